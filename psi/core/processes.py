"""Which process is meant, and whether it is there: an id alone is given to another process sooner or later."""

from __future__ import annotations

import psutil


def created(process: psutil.Process) -> int:
    """When ``process`` was made, in ms since 1970."""
    return round(process.create_time() * 1000)


def lives(pid: int, made: int) -> bool:
    """Whether the process ``pid`` that was made at ``made``, as :func:`created` says it, is there."""
    try:
        process = psutil.Process(pid)
        # A killed process that its parent has not looked at yet is there by name only.
        return created(process) == made and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        # Who may not be asked is another user's, which has taken the id over.
        return False
