"""Whether a recording holds what was written into it: every array is read and compared with the sums noted at Stop."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from psi.core.errors import RecordingError
from psi.data.layout import FILE_NAME, VALID
from psi.data.reading_process import ReadingProcess
from psi.data.sums import Span

State = Literal["whole", "changed", "unreadable", "unknown"]

#: Arrays that may end the process which reads them before psi gives up.
_MOST_CRASHES = 200


@dataclass(frozen=True)
class Verdict:
    """What is to be said of one array."""

    #: Of the array in the file.
    path: str
    #: ``'unknown'`` can be read, but nobody noted what was in it.
    state: State
    #: Rows that it should have.
    n: int
    #: Spans in which rows have changed: the first, and one past the last. Known to a chunk or a 128th of the array.
    spans: tuple[Span, ...] = ()

    @property
    def what(self) -> str:
        """``'microphone'``, ``'epochs of spikes'``, ``'document rig'``, ``'trials, column level'``."""
        kind, *names = self.path.strip("/").split("/")
        if kind == "streams":
            return names[0]
        if kind == "documents":
            return f"document {names[0]}"
        if kind == "epochs" and names[-1] == "data":
            return f"epochs of {names[0]}"
        if names[-1] in ("bytes", "offsets") and len(names) > 1:
            names = names[:-1]
        if kind == "trials" and names[0] == VALID:
            return f"{kind}, mask of column {names[-1]}"
        return f"{'/'.join([kind, *names[:-1]])}, column {names[-1]}"

    @property
    def unit(self) -> str:
        """What its rows are called."""
        if self.path.startswith("/streams/") or self.path.endswith("/data"):
            return "samples"
        return "bytes" if self.path.startswith("/documents/") or self.path.endswith("/bytes") else "rows"

    def text(self, rates: Mapping[str, float] | None = None) -> str:
        """One line about an array that is not whole; with the ``rates`` of streams also where that is in seconds."""
        if self.state == "unreadable":
            return f"{self.what} cannot be read to its end"
        fs = (rates or {}).get(self.what) if self.path.startswith("/streams/") else None
        seconds = [f" ({start / fs:.3f} to {stop / fs:.3f} s)" if fs else "" for start, stop in self.spans]
        found = ", ".join(
            f"{stop - start} {self.unit} from number {start} on{where}"
            for (start, stop), where in list(zip(self.spans, seconds, strict=True))[:5]
        )
        more = f" and {len(self.spans) - 5} more spans" if len(self.spans) > 5 else ""
        return f"{self.what}: {found}{more} are not what was written"


def verify(path: str | os.PathLike[str], progress: Callable[[int, int], None] = lambda done, of: None) -> list[Verdict]:
    """Read all of the recording at ``path``, its folder or its file, and compare; a verdict for each array.

    It is read in a process of its own, which a damaged file may end. ``progress`` hears bytes done and bytes in all.
    Raises ``RecordingError`` where it is being written, or cannot be opened.
    """
    file = Path(path)
    file = file / FILE_NAME if file.is_dir() else file
    if not file.exists():
        raise RecordingError(f"no recording at {path}: there is no such file or folder")
    skip: list[str] = []
    found: list[Verdict] = []
    for _ in range(_MOST_CRASHES):
        last, found, why = _read(file, skip, progress)
        if "done" in last:
            return found
        if "error" in last:
            raise RecordingError(f"{path}: {last['error']}")
        if not last or last["at"] in skip:
            raise RecordingError(f"{path} cannot be compared: the process that read it ended ({why})")
        skip.append(last["at"])
    raise RecordingError(f"{path} cannot be compared: {_MOST_CRASHES} of its arrays end the process that reads them")


def _read(
    file: Path, skip: Sequence[str], progress: Callable[[int, int], None]
) -> tuple[dict[str, Any], list[Verdict], str]:
    """What the process said last of where it is, its verdicts, and why it ended."""
    found: list[Verdict] = []
    last: dict[str, Any] = {}
    process = ReadingProcess("psi.data.verifying", [os.fspath(file)], skip)
    for said in process.lines():
        if "read" in said:
            progress(said["read"], said["of"])
        elif "array" in said:
            found.append(Verdict(said["array"], said["state"], said["n"], tuple(map(_span, said["spans"]))))
        else:
            last = said
    # What Python itself says is a mistake of psi's, and not an array's.
    return ({} if process.status == 1 else last), found, process.why


def _span(said: Sequence[int]) -> Span:
    return said[0], said[1]


def faults(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Those of arrays that are not whole."""
    return [verdict for verdict in verdicts if verdict.state in ("changed", "unreadable")]


def state_of(verdicts: Sequence[Verdict]) -> State:
    """Of the recording: ``'changed'`` where an array has, ``'unknown'`` where no sums were noted."""
    if faults(verdicts):
        return "changed"
    return "whole" if any(verdict.state == "whole" for verdict in verdicts) else "unknown"


def summarize(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """JSON-able: ``state`` of the recording, and of each of its ``arrays`` path, state, n and spans."""
    return {"state": state_of(verdicts), "arrays": [asdict(verdict) for verdict in verdicts]}


def render(verdicts: Sequence[Verdict], rates: Mapping[str, float]) -> list[str]:
    """Lines for a terminal: one for each stream, epochs and table, and one for each fault.

    ``rates`` are the samples per second of streams by name.
    """
    said = {
        "whole": "everything is what was written",
        "changed": "NOT what was written; 'psi recover' marks what can be told, and 'psi report' shows it",
        "unknown": "everything can be read; an older psi made it, which did not note what was written",
    }
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.what.partition(",")[0], []).append(verdict)
    width = max(map(len, groups), default=0)
    lines = [f"verified       {said[state_of(verdicts)]}"]
    for name, group in groups.items():
        count = f"  {group[0].n} samples" if group[0].unit == "samples" else ""
        lines.append(f"  {name:<{width}}  {state_of(group):<7}{count}".rstrip())
        lines += [f"    {verdict.text(rates)}" for verdict in faults(group)]
    return lines


def with_verdicts(report: Mapping[str, Any], verdicts: Sequence[Verdict], rates: Mapping[str, float]) -> dict[str, Any]:
    """The ``report`` on quality with what was found out since (see :mod:`psi.data.quality`)."""
    found = [{"check": "whole", "text": verdict.text(rates)} for verdict in faults(verdicts)]
    checks = [check for check in report["checks"] if check["name"] != "whole"]
    old = [finding for finding in report["findings"] if finding["check"] == "whole"]
    # Nobody has looked where nothing is known.
    if old or state_of(verdicts) != "unknown":
        title = "Everything is what was written"
        checks.insert(1, {"name": "whole", "title": title, "findings": len(old) + len(found)})
    return {**report, "good": report["good"] and not found, "checks": checks, "findings": [*report["findings"], *found]}
