"""One check in a process of its own, which can be given up at any time and reads every file afresh.

``python -m psi.application.checker`` takes what is to be checked as one line of JSON, the members of
:class:`~psi.application.run_options.Choice`, and prints ``{"findings": [...]}``.
Nothing said is nothing to do.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

# All that takes a while is imported before anybody asks.
from psi.application.parent import when_parent_leaves
from psi.application.requests import request_of_choice
from psi.application.run_options import Choice
from psi.assembly.preparation import load_choice
from psi.core.errors import ConfigurationError


def choice_of(line: str) -> Choice:
    """What ``line`` asks to be checked."""
    asked = json.loads(line)
    return Choice(
        paradigm=asked["paradigm"],
        rig=asked["rig"],
        task=Path(asked["task"]) if asked.get("task") else None,
        no_default=bool(asked.get("no_default")),
        sets=tuple(asked.get("sets", ())),
        rig_sets=tuple(asked.get("rig_sets", ())),
        manifests=tuple(asked.get("manifests", ())),
    )


def main() -> int:
    """Entry point of ``python -m psi.application.checker``."""
    line = sys.stdin.readline()
    if not line:
        return 0
    when_parent_leaves(lambda: os._exit(0))
    try:
        findings = load_choice(request_of_choice(choice_of(line))).findings
    except ConfigurationError as error:
        findings = list(error.findings)
    print(json.dumps({"findings": [finding.as_dict() for finding in findings]}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
