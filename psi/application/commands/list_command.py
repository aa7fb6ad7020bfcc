"""``psi list``: what can be chosen."""

from __future__ import annotations

import json

from psi.assembly.discovery import FOLDERS, listing


def show(*, where: bool, as_json: bool) -> int:
    """Print paradigms, rigs and manifests; with ``where`` their files, the hidden ones too. Returns the exit status."""
    found = {kind: listing(kind, hidden=where) for kind in FOLDERS}
    if as_json:
        shown = {
            f"{kind}s": [{"name": thing.name, "origin": thing.origin, "path": str(thing.path)} for thing in things]
            for kind, things in found.items()
        }
        print(json.dumps(shown, indent=1))
        return 0
    width = max((len(thing.name) for things in found.values() for thing in things), default=0)
    for kind, things in found.items():
        print(f"{kind}s")
        names: set[str] = set()
        for thing in things:
            if where:
                hidden = "  (hidden)" if thing.name in names else ""
                print(f"  {thing.name:<{width}}  {thing.origin}: {thing.path}{hidden}")
            else:
                print(f"  {thing.name}")
            names.add(thing.name)
        if not things:
            print("  none")
    return 0
