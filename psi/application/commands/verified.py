"""A recording compared with what was written into it, with a bar that shows how far that is."""

from __future__ import annotations

from pathlib import Path

from psi.application.long_work import Progress
from psi.data.wholeness import Verdict, verify


def verified(path: Path) -> list[Verdict]:
    """What is to be said of each array of the recording at ``path``. Raises as :func:`psi.data.wholeness.verify`."""
    with Progress("comparing with what was written") as progress:
        return verify(path, progress)
