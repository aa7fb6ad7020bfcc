"""``psi info``: what is in a recording."""

from __future__ import annotations

import json
from pathlib import Path


def show(path: Path, *, as_json: bool) -> int:
    """Print the summary of the recording at ``path``; returns the exit status.

    Raises ``RecordingError`` when it is none, or cannot be read.
    """
    from psi.data.recording import open_recording
    from psi.data.summary import render, summarize

    with open_recording(path) as recording:
        summary = summarize(recording)
    print(json.dumps(summary, indent=1) if as_json else render(summary))
    return 0
