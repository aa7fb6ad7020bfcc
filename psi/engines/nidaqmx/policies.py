"""What to do about what NI-DAQmx refuses: from its error codes to a meaning, and to one line for people."""

from __future__ import annotations

import re
from enum import Enum

from psi.core.errors import RunFault


class Meaning(Enum):
    """What an error of the driver means for a run."""

    #: The reader was too slow: samples have been overwritten.
    OVERRUN = "overrun"
    #: The writer was too slow: an output has run dry and holds its last value.
    UNDERRUN = "underrun"
    #: Somebody else holds the device, a line or its timing engine.
    RESERVED = "reserved"
    #: The task was stopped or cleared under a call that was on its way.
    STOPPED = "stopped"
    #: The device, or the way to it, is lost.
    GONE = "gone"
    #: What was asked for is not there yet: a time-out.
    NOT_YET = "not yet"
    #: The device or line is not there at all.
    UNKNOWN = "unknown"
    OTHER = "other"


_MEANINGS = {
    Meaning.OVERRUN: (-200279, -200278, -200361, -200283, -200010, -209829),
    Meaning.UNDERRUN: (-200290, -200018, -200621, -200016, -200017),
    Meaning.RESERVED: (-50103, -200587, -201352, -201420, -200597),
    Meaning.STOPPED: (-200088, -200983, -201452),
    Meaning.GONE: (-201003, -50405, -200045, -50802, -201438),
    Meaning.NOT_YET: (-200284, -200292, -200221, -200474),
    Meaning.UNKNOWN: (-200220, -200170),
}
_BY_CODE = {code: meaning for meaning, codes in _MEANINGS.items() for code in codes}


def meaning_of(code: int | None) -> Meaning:
    """What the driver's error ``code`` means; ``None`` is an error of the connection, without a code."""
    if code is None:
        return Meaning.GONE
    if -88799 <= code <= -88700:
        # The whole family of "the run-time is aborting", which routes and tasks give while one stops.
        return Meaning.STOPPED
    return _BY_CODE.get(code, Meaning.OTHER)


class NIError(Exception):
    """What NI-DAQmx raised, as plain values. ``code`` is ``None`` where the connection failed, not the device."""

    def __init__(self, code: int | None, text: str) -> None:
        self.code = code
        self.meaning = meaning_of(code)
        #: NI's message on one line, without the task's name and the code.
        self.text = _one_line(text)
        super().__init__(f"{self.text} ({code})" if code is not None else self.text)


def _one_line(text: str) -> str:
    kept = [line for line in text.splitlines() if not re.match(r"\s*(Task Name|Status Code)\b", line)]
    return " ".join(" ".join(kept).split()).rstrip(".")


_MEND = {
    Meaning.OVERRUN: "the computer did not fetch samples in time and some are lost; "
    "give a longer buffer_duration, or fewer or slower channels",
    Meaning.UNDERRUN: "the computer did not send samples in time and the output had run dry; "
    "its lines were put to their safe values; give a longer look_ahead",
    Meaning.RESERVED: "end the program that holds it, or let go by force with 'psi doctor {server}--reset {device}'",
    Meaning.STOPPED: "it was stopped by somebody else",
    Meaning.GONE: "what was acquired is kept; look at cable and power, or the device server, then start again",
    Meaning.NOT_YET: "no sample came in time; look at sample clock and start trigger",
    Meaning.UNKNOWN: "look at the names with 'psi doctor'",
    Meaning.OTHER: "",
}


def explain(engine: str, doing: str, error: NIError, device: str = "", what: str = "", server: str = "") -> str:
    """One line: which engine and resource, what it was doing, NI's own words, what to do.

    ``device`` is named in what to do, with the device ``server`` (``'HOST:PORT'``) where it is behind one.
    """
    subject = f"engine {engine!r}, {what}" if what else f"engine {engine!r}"
    code = f" ({error.code})" if error.code is not None else ""
    there = f"--server {server} " if server else ""
    mend = _MEND[error.meaning].format(device=device or "DEVICE", server=there)
    return f"{subject}: {doing} failed: {error.text}{code}" + (f"; {mend}" if mend else "")


class DeviceFault(RunFault):
    """A device failed during a run."""

    def __init__(self, message: str, meaning: Meaning) -> None:
        self.meaning = meaning
        super().__init__(message)
