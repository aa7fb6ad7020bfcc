"""``psi report``: a page about a recording, for a browser."""

from __future__ import annotations

from pathlib import Path

from psi.application.commands.verified import verified
from psi.application.long_work import Progress
from psi.application.output_file import write_result
from psi.data.recording import open_recording


def report(path: Path, out: Path | None) -> int:
    """Write the page; returns the exit status. Raises ``RecordingError`` or ``ConfigurationError``."""
    from psi.application.report.page import report_page

    with open_recording(path) as recording:
        verdicts = [] if recording.live else verified(path)
        with Progress("reading samples") as progress:
            page = report_page(recording, progress, verdicts)
        target = out or recording.path.parent / "report.html"
    write_result(target, page, "--out")
    print(f"written: {target}")
    return 0
