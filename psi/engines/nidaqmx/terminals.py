"""NI's names: of devices in lines, and of the terminals that clocks and triggers are."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: What a terminal's name begins with where it says no device.
_PARTS = re.compile(r"^(ai|ao|di|do|ctr\d+)$", re.IGNORECASE)


def device_of(line: str) -> str:
    """The device that a line or terminal is on; empty where it says none.

    Examples
    --------
    >>> device_of('Dev1/ai0'), device_of('/Dev2/PFI0'), device_of('ao/StartTrigger')
    ('Dev1', 'Dev2', '')
    """
    first, slash, _ = line.lstrip("/").partition("/")
    return first if slash and not _PARTS.match(first) else ""


def terminal(name: str, device: str) -> str:
    """The full name of the terminal that ``name`` means to a task on ``device``.

    Examples
    --------
    >>> terminal('ao/StartTrigger', 'Dev1'), terminal('PFI0', 'Dev1'), terminal('Dev2/PFI0', 'Dev1')
    ('/Dev1/ao/StartTrigger', '/Dev1/PFI0', '/Dev2/PFI0')
    """
    if not name or name.startswith("/"):
        return name
    return f"/{name}" if device_of(name) else f"/{device}/{name}"


@dataclass(frozen=True)
class Signal:
    """A signal that a task gives to others, such as ``/Dev1/ao/StartTrigger``."""

    device: str
    #: The part of the device: 'ai', 'ao', 'di', 'do', 'ctr0'.
    part: str


def giver(full_name: str) -> Signal | None:
    """Which task gives the signal at the terminal ``full_name``; ``None`` for one from outside."""
    pieces = full_name.strip("/").split("/")
    if len(pieces) >= 3 and _PARTS.match(pieces[1]):
        return Signal(pieces[0].lower(), pieces[1].lower())
    return None
