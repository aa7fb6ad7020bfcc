"""``psi pack``: a complete recording, compressed."""

from __future__ import annotations

from pathlib import Path

from psi.application.long_work import Progress
from psi.data.packing import pack as pack_recording


def pack(path: Path) -> int:
    """Pack the recording at ``path``; returns the exit status. Raises ``RecordingError`` where it is not to be."""
    with Progress("packing and comparing") as progress:
        before, after = pack_recording(path, progress)
    print(f"packed: {before / 1e6:.1f} MB -> {after / 1e6:.1f} MB ({100 * after / before:.0f} %), every array compared")
    return 0
