"""``psi info``: what is in a recording."""

from __future__ import annotations

import json
from pathlib import Path

#: Exit status for a recording that does not hold what was written into it.
CHANGED = 3


def show(path: Path, *, verify: bool, as_json: bool) -> int:
    """Print the summary of the recording at ``path``; returns the exit status.

    With ``verify`` all of it is read and compared with what was written. Raises ``RecordingError`` when it is none, or
    cannot be read.
    """
    from psi.application.commands.info_session import session_lines, session_summary
    from psi.application.commands.verified import verified
    from psi.data import wholeness
    from psi.data.recording import open_recording
    from psi.data.summary import render, summarize

    # First: opening what is damaged may end this very process.
    verdicts = verified(path) if verify else None
    with open_recording(path) as recording:
        summary, session = summarize(recording), session_summary(recording)
    said = {} if verdicts is None else {"verified": wholeness.summarize(verdicts)}
    if as_json:
        print(json.dumps({**summary, **session, **said}, indent=1))
    else:
        rates = {stream["name"]: stream["fs"] for stream in summary["streams"]}
        lines = [] if verdicts is None else wholeness.render(verdicts, rates)
        print("\n".join([render(summary), *session_lines(session), *lines]))
    return CHANGED if verdicts is not None and wholeness.faults(verdicts) else 0
