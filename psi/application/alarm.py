"""Calls a person when a run has ended by itself or with a fault: the terminal's bell, and a command of theirs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from psi.assembly.alarm_settings import AlarmSettings, load_alarm
from psi.core.errors import ConfigurationError

#: Says one line to whoever looks at the terminal.
Tell = Callable[[str], None]

#: Finish reasons for which nobody is called: a person ended the run, or it begins again by itself.
QUIET = ("stopped", "overrun", "")


@dataclass(frozen=True)
class Call:
    """What a person is called for."""

    #: 'fault' or 'end'.
    kind: str
    #: The run's finish reason, and the same in words.
    reason: str
    words: str
    run_id: str
    recording: str
    subject: str = ""


def call_of(reason: str, words: str, fault: bool, run_id: str, recording: str, subject: str = "") -> Call | None:
    """The call for a run that has ended; ``None`` where nobody needs one."""
    if not fault and reason in QUIET:
        return None
    return Call("fault" if fault else "end", reason, words, run_id, recording, subject)


def ring(call: Call, tell: Tell) -> threading.Thread | None:
    """Sound the bell and run the user's command, on a thread of its own; that thread, or ``None`` without a command.

    What fails is told and never raised: a session is not to end for its alarm.
    """
    try:
        settings = load_alarm()
    except ConfigurationError as error:
        tell(f"the alarm is not heard: {error}")
        return None
    if settings.sound and sys.stderr.isatty():
        sys.stderr.write("\a")
        sys.stderr.flush()
    if not settings.command:
        return None
    # No daemon: psi run ends only when the command has, or its time is over.
    thread = threading.Thread(target=lambda: _run(settings, call, tell), name="psi-alarm")
    thread.start()
    return thread


def _run(settings: AlarmSettings, call: Call, tell: Tell) -> None:
    problem = run_command(settings, call)
    if problem:
        tell(f"the alarm's command {settings.command[0]!r} {problem}")


def run_command(settings: AlarmSettings, call: Call) -> str:
    """Run the user's command and wait for it; what went wrong, or an empty text.

    It is given kind, reason, run id and recording as four more arguments, and all of the call in variables
    ``PSI_ALARM``, ``PSI_REASON``, ``PSI_WORDS``, ``PSI_RUN_ID``, ``PSI_RECORDING`` and ``PSI_SUBJECT``.
    """
    facts = {
        "PSI_ALARM": call.kind,
        "PSI_REASON": call.reason,
        "PSI_WORDS": call.words,
        "PSI_RUN_ID": call.run_id,
        "PSI_RECORDING": call.recording,
        "PSI_SUBJECT": call.subject,
    }
    try:
        done = subprocess.run(
            [*settings.command, call.kind, call.reason, call.run_id, call.recording],
            env={**os.environ, **facts},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=settings.timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"had not ended after {settings.timeout:g} s and was ended"
    except OSError as error:
        return f"cannot be run: {error.strerror or error}"
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return f"ended with status {done.returncode}{f': {said[-1]}' if said else ''}"
    return ""
