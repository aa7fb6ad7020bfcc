"""NI's names: 'Dev1/ai0:3' is four channels, '/Dev1/ai/StartTrigger' a terminal."""

from __future__ import annotations

import re

from nidaqmx.error_codes import DAQmxErrors

from psi.testing.ni_server.errors import DaqFault

_RANGE = re.compile(r"(?P<stem>.*?)(?P<first>\d+)(?::(?:.*?\D)?(?P<last>\d+))?$")


def expand(names: str) -> list[str]:
    """'Dev1/ai0:2, Dev1/ai7' -> four names. Raises ``DaqFault`` -200498 for what is no range."""
    found: list[str] = []
    for part in filter(None, (name.strip() for name in names.split(","))):
        if ":" not in part:
            found.append(part)
            continue
        match = _RANGE.match(part)
        if not match or match["last"] is None:
            raise DaqFault(DAQmxErrors.INVALID_RANGE_OF_OBJECTS_SYNTAX_IN_STRING, f"Range: {part}")
        first, last = int(match["first"]), int(match["last"])
        step = 1 if last >= first else -1
        found.extend(f"{match['stem']}{i}" for i in range(first, last + step, step))
    return found


def terminal(name: str) -> str:
    """One spelling per terminal: without the leading slash, in lower case."""
    return name.strip().lstrip("/").lower()


def device_of(name: str) -> str:
    return name.strip().lstrip("/").split("/", 1)[0]
