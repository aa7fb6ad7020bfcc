"""Settings of adaptive selectors: staircases and QUEST+."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from psi.models.base import Model
from psi.models.ranges import Grid, Scale
from psi.models.values import ItemValue

Count = Annotated[int, Field(strict=True, ge=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class AdaptiveSettings(Model):
    """What every adaptive selector has: the item that it moves, how an answer is judged, and when it ends."""

    #: The roving parameter whose value follows the answers.
    item: str = Field(min_length=1)
    #: Other roving parameters and their values while this selector gives the setting.
    values: dict[str, ItemValue] = {}
    #: Expression over the trial's results: True where the answer was right ('yes' in a yes/no task), False
    #: where it was wrong, None where the trial does not count.
    correct: str = Field(min_length=1)
    #: Complete after so many trials that count; ``None`` for no limit.
    stop_trials: Count | None = None
    #: Complete when half of the threshold's 95 % interval is no wider, on the scale of its steps.
    stop_precision: Positive | None = None

    @model_validator(mode="after")
    def _moves_one_item(self) -> AdaptiveSettings:
        if self.item in self.values:
            raise ValueError(f"item {self.item!r} follows the answers; take it out of values")
        return self

    @property
    def items(self) -> tuple[str, ...]:
        return (self.item, *self.values)

    @property
    def expressions(self) -> dict[str, str]:
        return {"correct": self.correct}

    def setting_rows(self, levels: tuple[float, ...]) -> tuple[tuple[ItemValue, ...], ...]:
        """The settings at these levels."""
        return tuple((level, *self.values.values()) for level in levels)


class StaircaseSettings(AdaptiveSettings):
    """n-up m-down tracks, weighted or not, one or several interleaved."""

    kind: Literal["staircase"] = "staircase"
    #: First level of each track, in the item's unit.
    start: tuple[Finite, ...] = Field(min_length=1)
    #: So many wrong answers in a row make it easier.
    n_up: Count = 1
    #: So many right answers in a row make it harder.
    n_down: Count = 2
    #: Sizes of successive steps towards harder, on ``scale``; the last one holds to the end.
    steps: tuple[Positive, ...] = Field(min_length=1)
    #: Reversals after which the next step size holds.
    change_every: Count = 1
    #: A step towards easier is so many times one towards harder.
    weight: Positive = 1.0
    #: Scale of the steps: the item's unit, octaves ('log'), or dB ('dB').
    scale: Scale = "linear"
    #: Lowest and highest level that is ever given, in the item's unit.
    limits: tuple[Finite, Finite]
    #: Which way is harder.
    harder: Literal["lower", "higher"] = "lower"
    #: Reversals of each track that do not count; ``None`` is those before the last step size.
    skip_reversals: Annotated[int, Field(strict=True, ge=0)] | None = None
    #: Which track gives the next level.
    interleave: Literal["random", "alternate"] = "random"
    #: A track is complete after so many reversals that count; ``None`` for no limit.
    stop_reversals: Count | None = None

    @model_validator(mode="after")
    def _can_move(self) -> StaircaseSettings:
        low, high = self.limits
        if low >= high:
            raise ValueError(f"limits {low:g}, {high:g}: the first is the lower one")
        for level in self.start:
            if not low <= level <= high:
                raise ValueError(f"start {level:g} is out of the limits {low:g} to {high:g}")
        if self.scale != "linear" and low <= 0:
            raise ValueError(f"a staircase on a {self.scale} scale has limits above 0")
        return self

    @property
    def skipped(self) -> int:
        """Reversals of each track that do not count."""
        default = (len(self.steps) - 1) * self.change_every
        return default if self.skip_reversals is None else self.skip_reversals

    @property
    def rows(self) -> tuple[tuple[ItemValue, ...], ...]:
        """At its limits and where it begins."""
        return self.setting_rows((*dict.fromkeys((*self.limits, *self.start)),))


class QuestPlusSettings(AdaptiveSettings):
    """QUEST+ (Watson 2017): the level that is expected to say most about threshold, slope, lapse and guess rate."""

    kind: Literal["quest_plus"] = "quest_plus"
    #: Levels that may be given, in the item's unit; a larger one is easier.
    levels: Grid
    thresholds: Grid
    slopes: Grid
    lapses: Grid = (0.0, 0.02, 0.04)
    #: Alternatives of a forced choice, whose guess rate is one in so many; ``None`` for a yes/no task.
    alternatives: Annotated[int, Field(strict=True, ge=2)] | None = None
    #: Guess rates of a yes/no task: false alarms.
    guesses: Grid = (0.0, 0.05, 0.1, 0.2, 0.3)
    function: Literal["weibull", "norm_cdf"] = "weibull"
    #: Scale of the Weibull function: 'linear' for amplitudes, 'log10' for their logarithm, 'dB' for decibels.
    scale: Literal["linear", "log10", "dB"] = "dB"

    @model_validator(mode="after")
    def _is_a_domain(self) -> QuestPlusSettings:
        for name in ("levels", "thresholds", "slopes", "lapses", "guesses"):
            grid: tuple[float, ...] = getattr(self, name)
            if list(grid) != sorted(set(grid)):
                raise ValueError(f"{name} must be numbers that grow, each once")
        for name in ("lapses", "guesses"):
            grid = getattr(self, name)
            if grid[0] < 0 or grid[-1] > 0.5:
                raise ValueError(f"{name} are proportions from 0 to 0.5")
        if self.slopes[0] <= 0:
            raise ValueError("slopes are above 0")
        if self.function == "norm_cdf" and self.scale != "linear":
            raise ValueError("the function 'norm_cdf' has the scale 'linear'; write it, or take 'weibull'")
        positive = self.function == "weibull" and self.scale == "linear"
        if positive and (self.levels[0] < 0 or self.thresholds[0] <= 0):
            raise ValueError("a Weibull function on a linear scale has levels of 0 or more and thresholds above 0")
        size = math.prod(map(len, (self.levels, self.thresholds, self.slopes, self.lapses, self.guess_grid)))
        if size > 1_000_000:
            raise ValueError(f"the grid has {size} points; 1 000 000 are allowed: give fewer values")
        return self

    @property
    def guess_grid(self) -> tuple[float, ...]:
        """One in so many in a forced choice, else what may be."""
        return self.guesses if self.alternatives is None else (1 / self.alternatives,)

    @property
    def rows(self) -> tuple[tuple[ItemValue, ...], ...]:
        return self.setting_rows(self.levels)
