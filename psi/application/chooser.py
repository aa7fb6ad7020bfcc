"""The chooser's process: a small window in which a paradigm, a rig and a subject are chosen.

``python -m psi.application.chooser`` takes one line of JSON on its standard input: what the command line gave. It
prints ``{"chooser": "ready"}`` when the window is open, ``{"said": LINE}`` for who sits at the terminal, and
``{"chosen": {"paradigm", "rig", "subject"}}`` or, where nothing was chosen, nothing. It ends with who started it.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from psi.application.checks import Checks
from psi.application.parent import when_parent_leaves
from psi.assembly.discovery import Kind, find, listing, name_of
from psi.assembly.summary import summary_of
from psi.assembly.user_folders import config_dir
from psi.core.errors import ConfigurationError
from psi.experiment.start.choice_memory import ChoiceMemory, LastChoice
from psi.experiment.start.chooser import Chooser
from psi.experiment.start.offers import Column, Offer

#: Members of the line that every check needs.
CHECKED = ("task", "no_default", "sets", "rig_sets", "manifests")


def read_given(line: str) -> dict[str, Any]:
    """What the command line gave. Raises ``ConfigurationError`` where the line does not say it."""
    try:
        given = json.loads(line)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not {"paradigm", "rig", "subject", "session", *CHECKED} <= given.keys():
        raise ConfigurationError("a chooser is told what was given on its first line; use 'psi launch'")
    return given


def offers_of(kind: Kind, given: str = "") -> list[Offer]:
    """Everything of ``kind`` that can be chosen, or what was ``given``, which may be a path.

    Raises ``ConfigurationError`` where that does not exist, or where it cannot be said what there is.
    """
    if given:
        path = find(kind, given)
        return [_offer(given, name_of(path), path)]
    return [_offer(thing.name, thing.name, thing.path) for thing in listing(kind)]


def _offer(launched_by: str, name: str, path: Path) -> Offer:
    summary = summary_of(path)
    return Offer(launched_by, summary.title or name, summary.line, str(path))


def make_chooser(given: dict[str, Any], last: LastChoice) -> Chooser:
    """What can be chosen, and what was chosen last chosen already."""
    chooser = Chooser(
        paradigms=Column(offers_of("paradigm", given["paradigm"]), given["paradigm"]),
        rigs=Column(offers_of("rig", given["rig"]), given["rig"]),
        subject=given["subject"],
        subject_fixed=bool(given["subject"]),
        subject_from=f"as {given['session']} says" if given["session"] and not given["subject"] else "",
        subjects=last.subjects,
    )
    chooser.choose("paradigm", last.paradigm)
    chooser.choose("rig", last.rig)
    return chooser


def run_chooser(given: dict[str, Any]) -> int:
    """Open the window and stay until something is chosen, or nothing; the exit status."""
    with tempfile.TemporaryDirectory(prefix="psi-") as folder:
        memory = ChoiceMemory(config_dir())
        last, fault = memory.load()
        chooser = make_chooser(given, last)
        checks = Checks(chooser, {name: given[name] for name in CHECKED}, Path(folder))
        try:
            if fault:
                _print(said=fault)
            _show(chooser, checks)
        finally:
            checks.close()
        if chooser.chosen is not None:
            paradigm, rig, subject = chooser.chosen.paradigm, chooser.chosen.rig, chooser.chosen.subject
            fault = memory.save(last.after(paradigm, rig, subject))
            if fault:
                _print(said=fault)
            _print(chosen={"paradigm": paradigm, "rig": rig, "subject": subject})
    return 0


def _show(chooser: Chooser, checks: Checks) -> None:
    from qtpy.QtWidgets import QApplication

    from psi.experiment.look_view import follow_system
    from psi.experiment.start.chooser_view import ChooserDialog

    application = QApplication(sys.argv[:1])
    # Qt would end the process at the first exception in one of its callbacks.
    sys.excepthook = _tell
    # The keyboard's interrupt is for who started us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    left = threading.Event()
    when_parent_leaves(left.set)

    def poll() -> None:
        checks.poll()
        if left.is_set():
            dialog.reject()

    dialog = ChooserDialog(chooser, poll)
    follow_system(dialog)
    dialog.finished.connect(application.quit)
    dialog.opened.connect(lambda: _print(chooser="ready"))
    dialog.show()
    application.exec()


def _print(**message: Any) -> None:
    print(json.dumps(message), flush=True)


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("psi").error("the chooser failed and goes on", exc_info=(kind, error, trace))


def main() -> int:
    """Entry point of ``python -m psi.application.chooser``."""
    try:
        return run_chooser(read_given(sys.stdin.readline()))
    except ConfigurationError as error:
        _print(refused=[finding.as_dict() for finding in error.findings])
        print(f"psi: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
