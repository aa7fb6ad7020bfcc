"""The streams of a run as traces of the last seconds, read from where they pass by."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from psi.core.errors import RunFault
from psi.plots.envelope import Envelope, SampleReader
from psi.plots.ticks import nice_step, prefixed, rate_text
from psi.stream.ring import RingReader

_COLUMN_STEP = 32

#: Seconds that a meter looks back, and from one of its readings to the next.
METER = 0.5


class ClosableReader(SampleReader, Protocol):
    def close(self) -> None: ...


class Span:
    """A y range that holds still: it grows at once and shrinks only after the signal has been small for a while."""

    #: Seconds for which the signal must fill less than half of the range.
    PATIENCE = 4.0

    def __init__(self) -> None:
        self.low, self.high = -1.0, 1.0
        self._fitted = False
        self._small_since = math.inf

    def fit(self, low: float, high: float, now: float) -> bool:
        """Make ``low .. high`` fit, at ``now`` s; whether the range changed."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return False
        inside = self._fitted and low >= self.low and high <= self.high
        if inside:
            if high - low >= 0.5 * (self.high - self.low):
                self._small_since = math.inf
                return False
            self._small_since = min(self._small_since, now)
            if now - self._small_since < self.PATIENCE:
                return False
        self._small_since = math.inf
        before = self.low, self.high
        if high - low < 1e-9 * max(abs(low), abs(high), 1e-6):
            margin = max(abs(high) * 0.1, 0.5)
            low, high = low - margin, high + margin
        else:
            margin = 0.06 * (high - low)
            low, high = low - margin, high + margin
        # On round numbers, so that noise does not make it breathe.
        step = nice_step(high - low, 8)
        self.low, self.high = math.floor(low / step) * step, math.ceil(high / step) * step
        self._fitted = True
        return before != (self.low, self.high)


class Trace:
    """One stream: a reader of its ring, and what of it is on the screen.

    Parameters
    ----------
    plan
        The stream as the runtime publishes it: name, segment, fs, n_channels, dtype, unit, scale, labels, t0.
    """

    def __init__(self, plan: Mapping[str, Any], reader: ClosableReader, window: float, n_columns: int) -> None:
        self.name: str = plan["name"]
        self.fs = float(plan["fs"])
        self.n_channels = int(plan.get("n_channels", 1))
        #: True for levels, which are low or high.
        self.digital = plan.get("dtype") == "bool"
        self.unit: str = plan.get("unit", "")
        self.labels: Sequence[str] = plan.get("labels") or [str(number + 1) for number in range(self.n_channels)]
        self.scale = float(plan.get("scale", 1.0))
        self.t0 = float(plan.get("t0", 0.0))
        self.span = Span()
        #: Lowest and highest value of the last :data:`METER` s, as text; empty where one number says nothing.
        self.reading = ""
        self._reader = reader
        #: Seconds that are shown.
        self.window = window
        self._next_fit = -math.inf
        self._next_reading = -math.inf
        self.envelope = Envelope(self.fs, self.n_channels, window, n_columns)

    @property
    def title(self) -> str:
        return self.name.replace("_", " ")

    def short_label(self, channel: int) -> str:
        """``'ai3'`` of ``'Dev2/ai3'``."""
        return self.labels[channel].rpartition("/")[2]

    @property
    def end(self) -> float:
        """Time of the newest sample that is drawn, in s."""
        return self.t0 + self.envelope.end / self.fs

    def resize(self, n_columns: int) -> None:
        """Draw ``n_columns`` columns from now on; what is still in the ring is read again."""
        self.envelope = Envelope(self.fs, self.n_channels, self.window, n_columns)
        self.envelope.update(self._reader)

    def update(self, now: float) -> bool:
        """Take what is new; whether there was anything."""
        if not self.envelope.update(self._reader):
            return False
        if not self.digital:
            self._fit(now)
            if self.n_channels == 1 and now >= self._next_reading:
                self._next_reading = now + METER
                self._read_meter()
        return True

    def _read_meter(self) -> None:
        per_column, end = self.envelope.per_column, self.envelope.end
        low, high = self.envelope.at(np.arange(max(0, end - math.ceil(METER * self.fs)), end, per_column))
        if not np.isfinite(low).any():
            return
        bottom, top, factor, unit = self.limits()
        # As fine as the axis beside it allows to be seen. Adding 0.0 turns -0 into 0.
        decimals = max(0, 2 - math.floor(math.log10((top - bottom) / factor)))
        ends = [round(value * self.scale / factor, decimals) + 0.0 for value in (np.nanmin(low), np.nanmax(high))]
        self.reading = " … ".join(f"{end:.{decimals}f}".replace("-", "−") for end in ends) + f" {unit}".rstrip()

    def _fit(self, now: float) -> None:
        if self.n_channels == 1:
            values = self.envelope.curve()[1] * self.scale
            seen = values[np.isfinite(values)]
            if len(seen):
                self.span.fit(float(seen.min()), float(seen.max()), now)
        elif now >= self._next_fit:
            # Percentiles of many channels take a while, and the distance of channels need not be of this moment.
            self._next_fit = now + 0.5
            self.span.fit(0.0, _spacing(self.envelope.curve()[1] * self.scale), now)

    def limits(self) -> tuple[float, float, float, str]:
        """Lowest and highest value on the y axis, what to divide by for its numbers, and their unit."""
        if self.digital:
            return -0.15, 1.15, 1.0, ""
        if self.n_channels > 1:
            spacing = self.spacing
            return -0.8 * spacing, (self.n_channels - 0.2) * spacing, *prefixed(spacing, self.unit)
        low, high = self.span.low, self.span.high
        return low, high, *prefixed(max(abs(low), abs(high)), self.unit)

    @property
    def spacing(self) -> float:
        """Distance between the zero lines of two channels, in the stream's unit; the first is on top."""
        return self.span.high

    def on_screen(self, first: int, n: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest value under each of ``n`` pixels, each of shape ``(n_channels, n)``; NaN for none.

        Pixels are counted from time 0 on, ``width`` to a window, so that what has been drawn only moves and never
        changes. ``first`` is the number of the leftmost one.
        """
        middle = (first + np.arange(n) + 0.5) * (self.window / width)
        low, high = self.envelope.at(np.floor((middle - self.t0) * self.fs).astype(np.int64))
        if self.scale != 1.0:
            low, high = low * self.scale, high * self.scale
        if self.n_channels > 1:
            offsets = (self.n_channels - 1 - np.arange(self.n_channels))[:, None] * self.spacing
            return low + offsets, high + offsets
        return low, high

    def close(self) -> None:
        self._reader.close()


def _spacing(values: NDArray[np.float64]) -> float:
    """A distance at which channels hardly touch: the swing of the liveliest one, rare spikes left out.

    The spikes are drawn all the same, over their neighbours.
    """
    with np.errstate(all="ignore"):
        swings = [np.ptp(np.percentile(row[np.isfinite(row)], (1, 99))) for row in values if np.isfinite(row).any()]
    return max(float(max(swings, default=1.0)), 1e-12) * 1.2


def joined(low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Extend each pixel's stroke down or up to its left neighbour's, so that a step is drawn as a line."""
    before_low, before_high = low[..., :-1], high[..., :-1]
    low, high = low.copy(), high.copy()
    # fmin and fmax leave a stroke beside a hole as it is.
    low[..., 1:] = np.where(np.isnan(low[..., 1:]), np.nan, np.fmin(low[..., 1:], before_high))
    high[..., 1:] = np.where(np.isnan(high[..., 1:]), np.nan, np.fmax(high[..., 1:], before_low))
    return low, high


class Traces:
    """All streams of the run that is going on; of the last one until another begins.

    Parameters
    ----------
    window
        Seconds that are shown.
    attach
        Opens the ring of a segment.
    """

    def __init__(self, window: float = 10.0, attach: Callable[[str], ClosableReader] = RingReader) -> None:
        self.window = window
        self.traces: list[Trace] = []
        self._attach = attach
        self._segments: tuple[str, ...] = ()
        self._n_columns = 20 * _COLUMN_STEP

    @property
    def end(self) -> float:
        """Time at the right edge, in s."""
        return max((trace.end for trace in self.traces), default=0.0)

    @property
    def caption(self) -> str:
        """``'10 s · microphone 25 kHz · spikes 16 × 25 kHz'``."""
        parts = [f"{self.window:g} s"]
        for trace in self.traces:
            times = f"{trace.n_channels} × " if trace.n_channels > 1 else ""
            parts.append(f"{trace.title} {times}{rate_text(trace.fs)}")
        return " · ".join(parts)

    def resize(self, width: int) -> None:
        """The plots are ``width`` pixels wide."""
        # In steps, so that not every pixel of a window that is being dragged reads the rings again.
        n_columns = max(_COLUMN_STEP, width // _COLUMN_STEP * _COLUMN_STEP)
        if n_columns != self._n_columns:
            self._n_columns = n_columns
            for trace in self.traces:
                trace.resize(n_columns)

    def refresh(self, state: Mapping[str, Any]) -> bool:
        """Take what is new; whether anything must be drawn again."""
        status = state.get("status") or {}
        streams = (status.get("segments") or {}).get("streams") or ()
        segments = tuple(stream["segment"] for stream in streams)
        changed = bool(segments) and segments != self._segments and self._open(streams, segments)
        for trace in self.traces:
            changed |= trace.update(self.end)
        return changed

    def _open(self, streams: Sequence[Mapping[str, Any]], segments: tuple[str, ...]) -> bool:
        opened: list[Trace] = []
        # A ring that is gone belongs to a run that is just over; the state will say so in a moment.
        with suppress(RunFault):
            for stream in streams:
                reader = self._attach(stream["segment"])
                opened.append(Trace(stream, reader, self.window, self._n_columns))
        if len(opened) < len(streams):
            for trace in opened:
                trace.close()
            return False
        self.close()
        self.traces, self._segments = opened, segments
        return True

    def close(self) -> None:
        """Let go of the rings; again is fine."""
        for trace in self.traces:
            trace.close()
        self.traces, self._segments = [], ()
