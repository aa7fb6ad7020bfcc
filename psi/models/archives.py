"""What archives of recordings ask for beside the data: the words of the session document that must not be missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: Field of the session document, and how it is to be written.
_WANTED = {
    "experimenter": "as 'Last, First'",
    "institution": "",
    "lab": "",
    "sex": "M, F, O or U",
    "species": "the Latin name, such as 'Meriones unguiculatus'",
}


def missing_for_archives(session: Mapping[str, Any]) -> dict[str, str]:
    """Field -> one line about what a session document lacks there for an archive; empty where it is whole."""
    found = {
        name: f"the session document has no {name}; {'write it ' + how if how else 'write it'}"
        for name, how in _WANTED.items()
        if not session.get(name)
    }
    experimenter = session.get("experimenter", "")
    if experimenter and not re.fullmatch(r"[^,]+, [^,]+", experimenter):
        found["experimenter"] = f"experimenter {experimenter!r} is to be written as 'Last, First'"
    if not session.get("birth_date") and not session.get("age"):
        found["birth_date"] = "the session document has neither birth_date nor age ('P90D')"
    return found
