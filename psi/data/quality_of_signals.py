"""Checks of a recording's streams and clocks. Each gives one line for everything that it finds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from psi.data.recording import Recording
from psi.data.signal_check import SignalCheck

#: Seconds by which a stream may differ from the run's time, beside a few blocks: how long Stop takes.
SLACK = 0.25

#: Parts per million that two quartz clocks are allowed to differ, and s that a clock may leave the line through it.
DRIFT_PPM, RESIDUAL = 200.0, 0.005


def check_samples(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    """Sample counts against elapsed time."""
    elapsed = float(recording.attributes.get("end_time", math.nan))
    if not math.isfinite(elapsed):
        return
    slack = SLACK + 4 * float(recording.documents.get("rig", {}).get("block_duration") or 0.0)
    for name, stream in recording.streams.items():
        lasted = stream.t0 + len(stream.data) / stream.fs
        if abs(lasted - elapsed) > slack + stream.delay + 2 / stream.fs:
            more = "more" if lasted > elapsed else "less"
            yield (
                f"{name} has {len(stream.data)} samples, {lasted:.3f} s, which is {abs(lasted - elapsed):.3f} s {more} "
                f"than the run took ({elapsed:.3f} s)"
            )


def check_gaps(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    for gap in recording.gaps:
        stream, n = str(gap["stream"]), int(gap["n"])
        seconds = f" ({n / recording.streams[stream].fs:.3g} s)" if stream in recording.streams else ""
        yield f"{n} {gap.get('unit', 'samples')} of {stream} are lost from number {gap['s0']} on{seconds}"


def check_drift(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    """Drift between engines, from the line through each one's clock pairs that the run drew."""
    rows = recording.audit[recording.audit["what"] == "clock"]
    drifts: dict[str, float] = {}
    for name, info in zip(rows["name"], rows["info"], strict=True):
        # Few pairs say little of a slope.
        if int(info.get("pairs", 0)) >= 30:
            drifts[name] = float(info["drift_ppm"])
            if float(info["residual"]) > RESIDUAL:
                yield f"the clock of {name} leaves a straight line by {1e3 * float(info['residual']):.3g} ms"
    if len(drifts) > 1:
        (slow, low), (fast, high) = min(drifts.items(), key=_second), max(drifts.items(), key=_second)
        if high - low > DRIFT_PPM:
            yield (
                f"{fast} and {slow} drift apart by {high - low:.0f} parts per million; let them share one sample clock"
            )


def _second(pair: tuple[str, float]) -> float:
    return pair[1]


def check_saturation(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    for name, check in signals.items():
        for channel in check.n_saturated.nonzero()[0].tolist():
            n = int(check.n_saturated[channel])
            low, high = check.limits
            yield (
                f"{_channel(recording, name, channel)} was at its limit ({low:g} to {high:g} "
                f"{recording.streams[name].unit}) for {n} sample{'' if n == 1 else 's'}, {100 * n / check.n:.2g} %; "
                "lower the gain or widen expected_range"
            )


def check_flat(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    for name, check in signals.items():
        stream = recording.streams[name]
        if stream.dtype.kind in "ub" and not stream.unit:
            continue  # levels stay as they are for as long as they like
        for channel in sorted({flat.channel for flat in check.flats}):
            spans = [flat for flat in check.flats if flat.channel == channel]
            seconds = sum(flat.stop - flat.start for flat in spans) / stream.fs
            where = f"from {stream.t0 + spans[0].start / stream.fs:.1f} s on"
            which = _channel(recording, name, channel)
            yield f"{which} did not move at all for {seconds:.1f} s, {where}; is it connected?"


def _channel(recording: Recording, name: str, channel: int) -> str:
    stream = recording.streams[name]
    if stream.shape[1] == 1:
        return name
    label = stream.labels[channel] if channel < len(stream.labels) else str(channel)
    return f"{name} channel {label}"
