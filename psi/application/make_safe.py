"""Puts a rig's outputs to their safe values when the process that ran them is dead.

``python -m psi.application.make_safe`` takes one :class:`~psi.assembly.request.RunRequest` as a line of JSON on its
standard input, loads the rig alone, and calls ``make_safe`` of every engine that has outputs. It says one line of JSON:
``{"safe": [engines], "failed": [lines]}``, and ends with status 0, or 1 where an output may not be safe.
"""

from __future__ import annotations

import json
import os
import sys

from psi.application.parent import when_parent_leaves
from psi.assembly.request import RunRequest
from psi.core.errors import ConfigurationError

NOT_SAFE = 1


def make_safe(request: RunRequest) -> tuple[list[str], list[str]]:
    """The engines whose outputs were put to their safe values, and one line for each that could not be."""
    from psi.application.device_locks import take_devices
    from psi.assembly.workbench import load_rig
    from psi.controller.wiring import make_wiring
    from psi.hardware.engine import Engine

    workbench = load_rig(request.rig, request.rig_sets)
    safe: list[str] = []
    failed: list[str] = []
    engines = make_wiring(workbench).tree.engines
    # Whoever has taken a device since the death of the run puts its outputs right, and must not be disturbed.
    locks = take_devices(engines, request)
    for engine in engines:
        if not any(channel.direction == "output" for channel in engine.channels()):
            continue
        name = engine.name or type(engine).__name__
        if type(engine).make_safe is Engine.make_safe:
            failed.append(f"engine {name!r} ({type(engine).__name__}) says not how: it writes no make_safe()")
            continue
        try:
            engine.make_safe()
            safe.append(name)
        except ConfigurationError as error:
            failed += [str(finding) for finding in error.findings]
        except Exception as error:  # whatever its library raises must not keep the other engines from it
            failed.append(f"engine {name!r}: {type(error).__name__}: {' '.join(str(error).split())}")
    locks.release()
    return safe, failed


def main() -> int:
    """Entry of the process; returns its exit status."""
    line = sys.stdin.readline()
    if not line:
        return 0
    # What manifests and libraries print goes to the log.
    say = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    when_parent_leaves(lambda: os._exit(NOT_SAFE))
    try:
        safe, failed = make_safe(RunRequest.model_validate_json(line))
    except ConfigurationError as error:
        safe, failed = [], [str(finding) for finding in error.findings]
    say.write(json.dumps({"safe": safe, "failed": failed}) + "\n")
    say.flush()
    return NOT_SAFE if failed else 0


if __name__ == "__main__":
    sys.exit(main())
