"""The figures of a recording: psychometric function, course of the session, events, traces, latency."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from psi.application.report.figure import BOTTOM, TOP, WIDTH, Figure
from psi.application.report.scores import KINDS, scoring_of, trial_rows
from psi.data.recording import Recording
from psi.data.saved_stream import Stream
from psi.models.scoring import ScoringSpec
from psi.plots.psychometric import Psychometric
from psi.plots.ticks import prefixed, rate_text, tick_labels, ticks

if TYPE_CHECKING:
    import pandas as pd

#: Columns of a trace, channels of a stream that are drawn, and rows of the events' raster.
COLUMNS, MOST_CHANNELS, MOST_ROWS = 900, 8, 16

#: Called with samples that have been read, and how many there are.
Progress = Callable[[int, int], None]


def psychometric_of(recording: Recording) -> Psychometric:
    """The psychometric function of all trials, on the roving parameter with the most levels."""
    task = recording.documents.get("task", {})
    units = {name: unit for name, _, unit in recording.trial_columns}
    found = Psychometric()
    rows = trial_rows(recording)
    specs = [
        {"name": name, "kind": "roving_parameter", "unit": units.get(name, "")}
        for name in task.get("roving", ())
        if name in units
    ]
    scoring = scoring_of(recording).model_dump(mode="json")
    state = {"run_id": recording.attributes.get("run_id", ""), "specs": specs, "scoring": scoring}
    found.refresh(state, rows, len(rows))
    return found


def psychometric_figure(found: Psychometric) -> str:
    """Answers by level with 95 % intervals, and the curve through them; empty where there are none."""
    if not found.points:
        return ""
    levels = [point.level for point in found.points]
    reach = max(levels) - min(levels) or 1.0
    catch_at = min(levels) - 0.14 * reach
    low = catch_at - 0.05 * reach if found.catch else min(levels) - 0.05 * reach
    figure = Figure((low, max(levels) + 0.05 * reach), (-0.02, 1.02), 300, 470, 62)
    marks = [mark for mark in ticks(*figure.x, 7) if mark >= min(levels) - 0.04 * reach]
    figure.x_axis(found.axis_label, at=list(zip(marks, tick_labels(marks), strict=True)))
    figure.y_axis(found.height)
    if found.fit is not None:
        x = np.linspace(min(levels) - 0.03 * reach, max(levels) + 0.03 * reach, 120)
        figure.line(zip(x.tolist(), found.fit(x).tolist(), strict=True), "accent")
        if min(levels) <= found.fit.threshold <= max(levels):
            at = found.fit.threshold
            y = float(found.fit(np.array([at]))[0])
            figure.line([(at, -0.02), (at, y)], "accent dashed")
    points = [(point.level, point) for point in found.points]
    if found.catch is not None:
        points.append((catch_at, found.catch))
        figure.words(figure.px(catch_at), figure.height - BOTTOM + 14, "none", "tick", "middle")
    most = max(point.n for _, point in points)
    for x_at, point in points:
        kind = "faint" if point is found.catch else "accent"
        figure.line([(x_at, point.interval[0]), (x_at, point.interval[1])], kind)
        radius = 3.0 + 4.0 * math.sqrt(point.n / most)
        figure.dot(x_at, point.proportion, radius, f"dot {kind}", f"{point.n_yes} of {point.n}")
    return figure.svg("psychometric function")


def course_figure(trials: pd.DataFrame, scoring: ScoringSpec, end: float) -> str:
    """Every trial as a stroke in the row of its score; empty where trials have none."""
    if "score" not in trials or "trial_end" not in trials:
        return ""
    scored = trials[trials["score"].notna()]
    kinds = {score.name: KINDS.get(score.color, "accent") for score in scoring.scores}
    names = [name for name in kinds if (scored["score"] == name).any()]
    names += sorted(set(scored["score"]) - set(names))
    if not names:
        return ""
    height = 20.0
    figure = Figure((0, end / 60), (0, 1), TOP + len(names) * height + BOTTOM)
    figure.x_axis("time (min)")
    for row, name in enumerate(names):
        chosen = scored[scored["score"] == name]
        top = TOP + row * height
        figure.words(figure.left - 8, top + 14, f"{name}  {len(chosen)}", "tick", "end")
        times = (chosen["trial_end"].to_numpy(float) / 60).tolist()
        figure.ticks_in_row(times, top + 3, height - 6, kinds.get(name, "faint"))
    return figure.svg("course of the session")


def events_figure(events: pd.DataFrame, end: float) -> str:
    """Events of inputs and outputs as a raster; where there are none, those of the trial logic."""
    if events.empty:
        return ""
    lines = events[~events["source"].isin(["", "logic"])]
    shown = lines if len(lines) else events
    names = list(shown["name"].value_counts().index[:MOST_ROWS])
    # In the order in which they first happened.
    names.sort(key=lambda name: float(shown[shown["name"] == name]["time"].min()))
    height, left = 17.0, 190.0
    figure = Figure((0, end / 60), (0, 1), TOP + len(names) * height + BOTTOM, WIDTH, left)
    figure.x_axis("time (min)")
    for row, name in enumerate(names):
        times = (shown[shown["name"] == name]["time"].dropna().to_numpy(float) / 60).tolist()
        top = TOP + row * height
        figure.words(left - 8, top + 12, f"{name}  {len(times)}", "tick", "end")
        figure.ticks_in_row(times, top + 2, height - 4, "accent")
    return figure.svg("events")


def latency_figure(edges: NDArray[np.float64], counts: NDArray[np.int64]) -> str:
    """The time from the arrival of an event to the call of its commands, on a logarithmic axis."""
    filled = np.flatnonzero(counts)
    if not len(filled):
        return ""
    first, last = max(0, int(filled[0]) - 2), min(len(counts) - 1, int(filled[-1]) + 2)
    decades = np.log10(edges[first : last + 2])
    figure = Figure((float(decades[0]), float(decades[-1])), (0, float(counts.max()) * 1.05), 300, 470, 62)
    exponents = range(math.floor(decades[0]), math.ceil(decades[-1]) + 1)
    marks = [math.log10(factor) + exponent for exponent in exponents for factor in (1, 2, 5)]
    figure.x_axis("from event to command", at=[(m, _time_text(10**m)) for m in marks if decades[0] <= m <= decades[-1]])
    figure.y_axis("events", 4)
    for number in range(first, last + 1):
        if counts[number]:
            begin, end = math.log10(edges[number]), math.log10(edges[min(number + 1, len(edges) - 1)])
            figure.bar(begin, end, float(counts[number]), "bar")
    return figure.svg("latency")


def _time_text(seconds: float) -> str:
    factor, unit = prefixed(seconds, "s")
    return f"{seconds / factor:.3g} {unit}"


def trace_figures(recording: Recording, progress: Progress) -> Iterator[tuple[str, str, str]]:
    """Name, what is said of it, and the figure of every stream: lowest and highest value of each column."""
    total = sum(stream.data.size for stream in recording.streams.values())
    done = 0
    for name, stream in recording.streams.items():
        n_samples, n_channels = stream.shape
        said = f"{rate_text(stream.fs)}, {n_channels} channel{'' if n_channels == 1 else 's'}, {n_samples} samples"
        if n_samples:
            before = done

            def tell(n: int, before: int = before) -> None:
                progress(before + n, total)

            low, high = envelope(stream, tell)
            yield name, said, _trace(stream, low, high)
        done += stream.data.size


def envelope(stream: Stream, progress: Callable[[int], None]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest value in each column, shape ``(n_columns, n_channels)``; read in blocks of about 16 MB."""
    n_samples, n_channels = stream.shape
    per_column = max(1, math.ceil(n_samples / COLUMNS))
    at_once = per_column * max(1, (2 << 20) // (per_column * n_channels))
    lows, highs = [], []
    for start in range(0, n_samples, at_once):
        block = np.asarray(stream.data[start : start + at_once], np.float64 if stream.dtype.kind != "f" else None)
        starts = np.arange(0, len(block), per_column)
        lows.append(np.fmin.reduceat(block, starts, axis=0))
        highs.append(np.fmax.reduceat(block, starts, axis=0))
        progress((start + len(block)) * n_channels)
    return np.concatenate(lows).astype(float), np.concatenate(highs).astype(float)


def _trace(stream: Stream, low: NDArray[np.float64], high: NDArray[np.float64]) -> str:
    """All channels of a stream, each in its row, on one scale."""
    n_samples, n_channels = stream.shape
    shown = min(n_channels, MOST_CHANNELS)
    finite = np.isfinite(low) & np.isfinite(high)
    if not finite.any():
        return ""
    bottom, top = float(low[finite].min()), float(high[finite].max())
    factor, unit = prefixed(max(abs(bottom), abs(top)), stream.unit)
    row = 110.0 if shown == 1 else 44.0
    times = (stream.t0 + np.arange(len(low)) * math.ceil(n_samples / COLUMNS) / stream.fs) / 60
    end = (stream.t0 + n_samples / stream.fs) / 60
    span = (top - bottom) / factor or 1.0
    if shown == 1:
        figure = Figure((0, end), (bottom / factor - 0.05 * span, top / factor + 0.05 * span), row + TOP + BOTTOM)
        figure.y_axis(unit or stream.name, 3)
    else:
        figure = Figure((0, end), (-shown * 1.1 * span, 0.0), row * shown + TOP + BOTTOM)
    figure.x_axis("time (min)")
    for channel in range(shown):
        shift = 0.0 if shown == 1 else -(channel + 1) * 1.1 * span + 0.05 * span - bottom / factor
        # At least a pixel high, so that a quiet line is seen.
        thin = 0.6 * (figure.y[1] - figure.y[0]) / (figure.height - TOP - BOTTOM)
        lows, highs = (values[:, channel] / factor + shift for values in (low, high))
        middle = (lows + highs) / 2
        lows, highs = np.minimum(lows, middle - thin), np.maximum(highs, middle + thin)
        figure.area(times.tolist(), lows.tolist(), highs.tolist(), f"t{channel}")
        if shown > 1:
            label = stream.labels[channel] if channel < len(stream.labels) else str(channel)
            figure.words(figure.left - 8, figure.py(float(np.nanmean(middle))) + 4, label, "tick", "end")
    svg = figure.svg(stream.name)
    if shown < n_channels:
        svg += f'<p class="more">{n_channels - shown} more channels are in the recording</p>'
    return svg
