"""What is in a recording, in a few lines: for ``psi info``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psi.data.quality import said_of, stored_quality
from psi.data.recorded_epochs import Epochs
from psi.data.recording import Recording


def summarize(recording: Recording) -> dict[str, Any]:
    """A JSON-able summary.

    Keys: recording (path), finish_reason, start and end (UTC), streams (name, fs, unit, shape),
    epochs (name, n, fs, unit, n_channels, shortest and longest in samples),
    events (name: count, by name), trials (count), gaps (stream, s0, n), live (whether it is being written), files
    (that it is read from), quality (the report that was made at Stop, ``None`` where none was).
    """
    counts = recording.events["name"].value_counts()
    return {
        "recording": str(recording.path),
        "finish_reason": recording.finish_reason,
        "start": recording.attributes.get("start"),
        "end": recording.attributes.get("end"),
        "streams": [
            {"name": stream.name, "fs": stream.fs, "unit": stream.unit, "shape": list(stream.shape)}
            for stream in recording.streams.values()
        ],
        "epochs": [_epochs(epochs) for epochs in recording.epochs.values()],
        "events": {name: int(counts[name]) for name in sorted(counts.index)},
        "trials": len(recording.trials),
        "gaps": recording.gaps,
        "live": recording.live,
        "files": [str(path) for path in recording.files],
        "quality": stored_quality(recording),
    }


def _epochs(epochs: Epochs) -> dict[str, Any]:
    n = epochs.n_samples
    shortest, longest = (int(n.min()), int(n.max())) if len(epochs) else (0, 0)
    said = {"name": epochs.name, "n": len(epochs), "fs": epochs.fs, "unit": epochs.unit}
    return {**said, "n_channels": epochs.samples.shape[1], "shortest": shortest, "longest": longest}


def render(summary: dict[str, Any]) -> str:
    """``summary`` as aligned text for a terminal, without a last line break."""
    lines = [
        f"recording      {summary['recording']}",
        f"finish reason  {'still being written' if summary.get('live') else summary['finish_reason']}",
        f"start          {summary['start'] or 'unknown'}",
        f"end            {summary['end'] or 'unknown'}",
        f"trials         {summary['trials']}",
    ]
    streams = summary["streams"]
    lines.append(f"streams        {len(streams) or 'none'}")
    rows = [
        (
            stream["name"],
            f"{stream['fs']:g} samples/s",
            f"{stream['shape'][0]} x {stream['shape'][1]}",
            f"{stream['shape'][0] / stream['fs']:.3f} s",
            stream["unit"],
        )
        for stream in streams
    ]
    lines += _aligned(rows)
    epochs = summary["epochs"]
    if epochs:
        lines.append(f"epochs         {sum(each['n'] for each in epochs)}")
        lines += _aligned([_epochs_cells(each) for each in epochs])
    events = summary["events"]
    lines.append(f"events         {sum(events.values()) or 'none'}")
    lines += _aligned([(name, str(count)) for name, count in events.items()])
    gaps = summary["gaps"]
    files = summary.get("files", [])
    if len(files) > 1:
        lines.append(f"parts          {len(files)}; psi recover PATH joins them")
    lines.append(f"gaps           {len(gaps) or 'none'}")
    lines += [f"  {gap['stream']}: {gap['n']} {gap['unit']} from {gap['s0']}" for gap in gaps]
    lines += _quality_lines(summary.get("quality"))
    return "\n".join(lines)


def _quality_lines(report: dict[str, Any] | None) -> list[str]:
    """What the report on quality says, one line for each finding."""
    if report is None:
        return ["quality        not checked; psi report PATH does"]
    found = [(finding["check"], finding["text"]) for finding in report["findings"]]
    return [f"quality        {said_of(report)}", *(_aligned(found) if found else [])]


def _epochs_cells(epochs: dict[str, Any]) -> tuple[str, ...]:
    shortest, longest = (epochs[key] / epochs["fs"] for key in ("shortest", "longest"))
    duration = f"{shortest:.3f} s" if shortest == longest else f"{shortest:.3f} to {longest:.3f} s"
    channels = f"{epochs['n_channels']} channel{'s' if epochs['n_channels'] != 1 else ''}"
    return (epochs["name"], f"{epochs['fs']:g} samples/s", str(epochs["n"]), channels, duration, epochs["unit"])


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
