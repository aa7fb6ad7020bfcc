"""What ``psi launch`` was not told is asked for in a window."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

from psi.application.child import Child
from psi.application.run_options import LaunchOptions
from psi.assembly.discovery import Kind, find
from psi.assembly.preferences import is_file
from psi.core.errors import ConfigurationError, Finding, RunFault
from psi.models.documents import load_document
from psi.models.task import Task

CHOOSER = "psi.application.chooser"

#: Seconds between looks whether the window is closed, and that it may take to go.
_LOOK = 0.2
_PATIENCE = 2.0


def with_task(options: LaunchOptions) -> LaunchOptions:
    """``options`` with the paradigm of their task document, where they name one and no paradigm.

    Raises ``ConfigurationError`` where the document cannot be read.
    """
    if options.paradigm or options.task is None:
        return options
    if not is_file(str(options.task)):
        raise ConfigurationError(
            f"there is no file {str(options.task)!r}; where it is the name of preferences, give PARADIGM too", "--task"
        )
    return dataclasses.replace(options, paradigm=load_document(options.task, Task).paradigm)


def missing(options: LaunchOptions) -> tuple[str, ...]:
    """What a launch needs and was not given, as the command line calls it."""
    needed = {"PARADIGM": options.paradigm, "--rig": options.rig}
    return tuple(name for name, value in needed.items() if not value)


def choose(options: LaunchOptions, chooser: str = CHOOSER) -> tuple[LaunchOptions | None, list[str]]:
    """Ask for what ``options`` leave open, with ``chooser`` as the window's module.

    Returns the options with it, ``None`` where nothing was chosen; and what the window has to say.
    Raises ``ConfigurationError`` where what was given does not exist, and ``RunFault`` where the window fails.
    """
    _require_given(options)
    said: list[str] = []
    with tempfile.TemporaryDirectory(prefix="psi-") as folder:
        window = Child("chooser", chooser, Path(folder) / "chooser.log")
        try:
            window.send(_given(options))
            while window.alive() or not window.lines.empty():
                message = window.next_line(_LOOK) or {}
                if "said" in message:
                    said.append(str(message["said"]))
                if "refused" in message:
                    raise ConfigurationError(Finding(**finding) for finding in message["refused"])
                if "chosen" in message:
                    window.wait(_PATIENCE)
                    return dataclasses.replace(options, **message["chosen"]), said
            if window.process.returncode != 0:
                status, words = window.process.returncode, window.last_words()
                raise RunFault(
                    f"no window could be opened to choose in (status {status}){': ' if words else ''}{words}"
                )
        finally:
            window.close()
    return None, said


def _require_given(options: LaunchOptions) -> None:
    """Raise ``ConfigurationError`` for what was given and does not exist: no window is needed to say so."""
    findings: list[Finding] = []
    given: tuple[tuple[Kind, str], ...] = (("paradigm", options.paradigm), ("rig", options.rig))
    for kind, name in given:
        try:
            if name:
                find(kind, name)
        except ConfigurationError as error:
            findings += error.findings
    if findings:
        raise ConfigurationError(findings)


def _given(options: LaunchOptions) -> dict[str, Any]:
    texts = {name: str(getattr(options, name) or "") for name in ("paradigm", "rig", "subject", "session", "task")}
    lists = {name: list(getattr(options, name)) for name in ("sets", "rig_sets", "manifests")}
    return {**texts, **lists, "no_default": options.no_default}
