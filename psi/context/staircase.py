"""Staircases: n-up m-down tracks, weighted, transformed, interleaved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from psi.context.adaptive import AdaptiveSelection, Step
from psi.context.reversal_mean import mean_and_error
from psi.context.selection import Selection
from psi.models.adaptive import StaircaseSettings
from psi.models.ranges import SCALE_UNITS, from_scale, rounded, to_scale


def target_proportion(n_up: int, n_down: int, weight: float = 1.0) -> float:
    """The proportion of right answers at which a track moves neither way on average.

    A track moves when ``n_down`` right answers, or ``n_up`` wrong ones, came in a row; that the right ones come first
    has the probability ``p^(d-1) (1 - q^u) / (p^(d-1) + q^(u-1) - p^(d-1) q^(u-1))`` (Feller 1968, XIII.8), with d and
    u for the two numbers. It is at rest where that is ``weight / (1 + weight)``, for steps towards easier that are
    ``weight`` times those towards harder. 1-up 2-down: 0.707 and 1-up 3-down: 0.794 (Levitt 1971); 1-up 1-down with
    weight 3: 0.75 (Kaernbach 1991).
    """
    # Late, as everywhere: scipy takes part of a second to import.
    from scipy.optimize import brentq

    wanted = weight / (1 + weight)

    def harder_first(p: float) -> float:
        q = 1 - p
        right, wrong = p ** (n_down - 1), q ** (n_up - 1)
        return right * (1 - q**n_up) / (right + wrong - right * wrong)

    return float(brentq(lambda p: harder_first(p) - wanted, 1e-9, 1 - 1e-9))


@dataclass
class Track:
    """One track: where it is and how it came there. Levels are on the scale of its steps."""

    level: float
    right: int = 0
    wrong: int = 0
    #: Where it moved last: -1 towards harder, 1 towards easier, 0 before the first move.
    moved: int = 0
    reversals: list[float] = field(default_factory=list)
    n_trials: int = 0

    def take(self, correct: bool, settings: StaircaseSettings) -> None:
        """Move by one answer."""
        self.n_trials += 1
        self.right, self.wrong = (self.right + 1, 0) if correct else (0, self.wrong + 1)
        if self.right >= settings.n_down:
            self._move(-1, settings)
        elif self.wrong >= settings.n_up:
            self._move(1, settings)

    def _move(self, towards: int, settings: StaircaseSettings) -> None:
        self.right = self.wrong = 0
        if self.moved == -towards:
            self.reversals.append(self.level)
        self.moved = towards
        number = min(len(self.reversals) // settings.change_every, len(settings.steps) - 1)
        step = settings.steps[number] * (settings.weight if towards > 0 else 1.0)
        upwards = towards if settings.harder == "lower" else -towards
        self.level = self.clipped(self.level + upwards * step, settings)

    @staticmethod
    def clipped(level: float, settings: StaircaseSettings) -> float:
        """The level, kept within the limits."""
        low, high = (to_scale(limit, settings.scale) for limit in settings.limits)
        return min(max(level, low), high)

    def counted(self, settings: StaircaseSettings) -> list[float]:
        """Levels of the reversals that count."""
        return self.reversals[settings.skipped :]

    def midpoints(self, settings: StaircaseSettings) -> list[float]:
        """Means of successive pairs of the reversals that count, a peak and a valley each, the last ones first."""
        counted = self.counted(settings)
        return [(counted[i - 1] + counted[i]) / 2 for i in range(len(counted) - 1, 0, -2)]


class StaircaseSelection(AdaptiveSelection):
    """Tracks at work during one run.

    Its threshold is the mean of the reversals that count, taken in pairs of a peak and a valley, over all tracks; its
    standard error takes into account that they are correlated. It estimates the level of ``target_proportion``.
    """

    kind = "staircase"

    def __init__(self, settings: StaircaseSettings, generator: np.random.Generator) -> None:
        super().__init__(settings)
        self._settings = settings
        self._generator = generator
        self._target = target_proportion(settings.n_up, settings.n_down, settings.weight)
        self.tracks = [Track(to_scale(level, settings.scale)) for level in settings.start]
        self._last_track = -1

    @property
    def can_complete(self) -> bool:
        rules = ("stop_trials", "stop_reversals", "stop_precision")
        return any(getattr(self._settings, rule) is not None for rule in rules)

    def _next_level(self) -> tuple[float, int]:
        waiting = [number for number, track in enumerate(self.tracks) if not self._done(track)]
        # After its end it goes on with all tracks.
        waiting = waiting or list(range(len(self.tracks)))
        if self._settings.interleave == "random":
            number = waiting[int(self._generator.integers(len(waiting)))]
        else:
            number = next((track for track in waiting if track > self._last_track), waiting[0])
        self._last_track = number
        return self._level(self.tracks[number]), number

    def _level(self, track: Track) -> float:
        low, high = self._settings.limits
        # The rounding must not lead beyond a limit.
        return min(max(rounded(from_scale(track.level, self._settings.scale)), low), high)

    def _done(self, track: Track) -> bool:
        wanted = self._settings.stop_reversals
        return wanted is not None and len(track.counted(self._settings)) >= wanted

    def _take(self, step: Step) -> None:
        track = self.tracks[step["track"] % len(self.tracks)]
        # From where it was presented, which an edit or an earlier run may have put elsewhere.
        if rounded(step["level"]) != self._level(track):
            track.level = Track.clipped(to_scale(step["level"], self._settings.scale), self._settings)
        track.take(step["correct"], self._settings)

    def _reason(self) -> str:
        settings = self._settings
        if all(self._done(track) for track in self.tracks):
            return "reversals"
        if settings.stop_trials is not None and self.n_trials >= settings.stop_trials:
            return "trials"
        if settings.stop_precision is not None:
            _, error, half = self._estimate()
            if error is not None and half is not None and half <= settings.stop_precision:
                return "precision"
        return ""

    def _estimate(self) -> tuple[float | None, float | None, float | None]:
        """Threshold, standard error and half of the 95 % interval, on the scale; ``None`` where there is none yet."""
        return mean_and_error([track.midpoints(self._settings) for track in self.tracks])

    def result(self) -> dict[str, Any]:
        """The threshold in the item's unit; its standard error on the scale of the steps."""
        settings, scale = self._settings, self._settings.scale
        threshold, error, half = self._estimate()
        interval = None
        if threshold is not None and half is not None:
            interval = [rounded(from_scale(threshold + side * half, scale)) for side in (-1, 1)]
        return {
            "kind": self.kind,
            "item": settings.item,
            "target_proportion": round(self._target, 6),
            "threshold": None if threshold is None else rounded(from_scale(threshold, scale)),
            "standard_error": error,
            "standard_error_unit": SCALE_UNITS[scale],
            "interval_95": interval,
            "trials": len(self._steps),
            "tracks": [
                {
                    "trials": track.n_trials,
                    "level": self._level(track),
                    "reversals": [rounded(from_scale(level, scale)) for level in track.reversals],
                    "counted": len(track.counted(settings)),
                }
                for track in self.tracks
            ],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on as if the earlier run had not ended; a complete staircase begins anew at the levels it had reached."""
        steps = self._accept(state)
        if not state.get("complete"):
            for step in steps:
                self._add(step)
            self._n_before = len(steps)
            return
        for step in steps:
            self._take(step)
        self.tracks = [Track(track.level) for track in self.tracks]

    def resume(self, before: Selection) -> None:
        """Go on after an edit.

        Levels, runs of answers and reversals stay, under the new rules, and levels are put within the new limits.
        Another item, another scale, other starts: the tracks begin anew.
        """
        super().resume(before)
        if not isinstance(before, StaircaseSelection):
            return
        self._generator = before._generator
        kept = ("item", "scale", "start", "harder")
        if any(getattr(before._settings, name) != getattr(self._settings, name) for name in kept):
            return
        self.tracks, self._steps, self._n_before = before.tracks, before._steps, before._n_before
        self._last_track = before._last_track
        for track in self.tracks:
            track.level = Track.clipped(track.level, self._settings)
        self._complete = self._reason()

    def _text(self) -> str:
        n = sum(len(track.counted(self._settings)) for track in self.tracks)
        threshold = self._estimate()[0]
        found = "" if threshold is None else f", {from_scale(threshold, self._settings.scale):.4g}"
        return f"trial {self.n_trials}, reversal {n}{found}"
