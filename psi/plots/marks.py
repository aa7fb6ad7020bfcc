"""Events as marks and states as bands on a time axis."""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.plots.source import NewEvents, Rows

#: Marks of a kind that are kept although they are older than what is kept.
_MOST = 500

#: Sources of events that say what the trial logic did, which the bands show already.
_LOGIC = ("", "logic")


@dataclass(slots=True)
class Band:
    """The time that the trial logic spent in a state."""

    state: str
    #: As declared; a name that the palette knows.
    color: str
    start: float
    #: ``inf`` while it goes on.
    end: float = math.inf


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that an input or an output did."""

    name: str
    time: float
    #: An output's, not an input's.
    output: bool
    #: Whether something ended: a falling edge, the end of a stimulus.
    ends: bool


class Marks:
    """Follows the events of a run and keeps the last ``keep`` s of them.

    Only states with a colour make bands; of events, only those that come from an input or an output make marks.
    """

    def __init__(self, keep: float = 60.0) -> None:
        self.keep = keep
        self.bands: deque[Band] = deque()
        self.marks: deque[Mark] = deque()
        # Times of the marks by what they are: output's or input's, begin or end. Drawn 30 times a second.
        self._times: dict[tuple[bool, bool], array[float]] = {}
        #: When each state was last entered, in s.
        self.entered: dict[str, float] = {}
        self._colors: dict[str, str] = {}
        self._new = NewEvents()

    def refresh(self, state: Mapping[str, Any], rows: Rows) -> bool:
        """Take what is new; whether there was anything to draw."""
        events, restarted = self._new.take(rows)
        if restarted:
            self.bands.clear()
            self.marks.clear()
            self._times.clear()
            self.entered.clear()
        self._colors = {declared["name"]: declared.get("color", "") for declared in state.get("machine") or ()}
        outputs = {output["name"] for output in state.get("outputs") or ()}
        for event in events:
            self._add(event, outputs)
        if events:
            self._forget(events[-1]["time"] - self.keep)
        return bool(events) or restarted

    def _add(self, event: Mapping[str, Any], outputs: set[str]) -> None:
        name, time = event["name"], float(event["time"])
        subject, _, what = name.rpartition("_")
        source = event.get("source", "")
        if source in _LOGIC:
            if what in ("start", "end") and subject in self._colors:
                self._state(subject, what == "start", time)
            return
        mark = Mark(name, time, source in outputs, what in ("falling", "end"))
        self.marks.append(mark)
        self._times.setdefault((mark.output, mark.ends), array("d")).append(time)

    def _state(self, name: str, starts: bool, time: float) -> None:
        if starts:
            self.entered[name] = time
            if self._colors[name]:
                self.bands.append(Band(name, self._colors[name], time))
            return
        for band in reversed(self.bands):
            if band.state == name:
                band.end = min(band.end, time)
                return

    def _forget(self, before: float) -> None:
        while self.bands and self.bands[0].end < before:
            self.bands.popleft()
        while self.marks and self.marks[0].time < before:
            self.marks.popleft()
        for times in self._times.values():
            # Not at each event, since what stands behind has to move.
            if len(times) > 2 * _MOST and times[len(times) // 2] < before:
                del times[: len(times) // 2]

    def bands_in(self, start: float, end: float) -> list[Band]:
        """Bands with a part within ``start .. end`` s, oldest first; some have no length."""
        return [band for band in self.bands if band.end > start and band.start < end]

    def times_in(self, start: float, end: float) -> dict[tuple[bool, bool], NDArray[np.float64]]:
        """Times in s of the marks in ``start .. end``, by whether they are an output's and whether something ended."""
        found = {}
        for kind, kept in self._times.items():
            times = np.frombuffer(kept)
            found[kind] = times[(times >= start) & (times <= end)]
        return found

    def marks_in(self, start: float, end: float) -> list[Mark]:
        return [mark for mark in self.marks if start <= mark.time <= end]
