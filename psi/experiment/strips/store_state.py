"""What a window says of the store: how long the disk lasts, and whether it keeps up."""

from __future__ import annotations

from psi.data.plan import DISK_LOW
from psi.experiment.console import Console

#: Free fraction of the rings below which it is said in large letters.
BEHIND = 0.25


def disk_text(seconds: float) -> str:
    """``'8 min'``, ``'31 h'``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"


def store_warning(console: Console) -> str:
    """What is wrong with the recording that is being written, in few words; empty where nothing is."""
    status = console.status
    if console.get("condition") != "running" or not console.connected:
        return ""
    left, headroom = status.get("disk_seconds"), status.get("headroom")
    # What ends the run first stands first: the rings hold for seconds, a disk for minutes.
    if left == 0:
        return "disk full"
    if status.get("store_gone"):
        return "store restarts"
    if headroom is not None and headroom < BEHIND:
        return f"disk is slow: {100 * max(headroom, 0):.0f} % room"
    return f"disk: {disk_text(left)} left" if left is not None and left < DISK_LOW[0] else ""


def store_words(console: Console) -> list[str]:
    """The same for the quiet line, with what becomes of it."""
    if console.get("condition") != "running":
        return []
    status, words = console.status, []
    left = status.get("disk_seconds")
    if left is not None:
        words.append(f"disk {disk_text(left)} left")
        if left < DISK_LOW[0]:
            words[-1] += "; then the run is stopped, and what it has recorded is whole: make room"
    if status.get("store_gone"):
        words.append("the store died; another goes on from the rings, nothing is lost")
    return words
