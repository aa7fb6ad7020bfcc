"""``psi info``: what is in a recording."""

from __future__ import annotations

import json
from pathlib import Path


def show(path: Path, *, as_json: bool) -> int:
    """Print the summary of the recording at ``path``; returns the exit status.

    Raises ``RecordingError`` when it is none, or cannot be read.
    """
    from psi.application.commands.info_session import session_lines, session_summary
    from psi.data.recording import open_recording
    from psi.data.summary import render, summarize

    with open_recording(path) as recording:
        summary, session = summarize(recording), session_summary(recording)
    if as_json:
        print(json.dumps({**summary, **session}, indent=1))
    else:
        print("\n".join([render(summary), *session_lines(session)]))
    return 0
