"""Adaptive selectors as declared in manifests: the answers say which level comes next."""

from __future__ import annotations

from typing import Any

import numpy as np
from atom.api import Dict, Float, Int, List, Str, Value
from enaml.core.api import d_

from psi.context.quest_plus import QuestPlusSelection
from psi.context.selection import Selection
from psi.context.selectors import Selector
from psi.context.staircase import StaircaseSelection
from psi.models.adaptive import QuestPlusSettings, StaircaseSettings


class AdaptiveSelector(Selector):
    """Base of adaptive selectors: one roving parameter follows the answers."""

    #: The roving parameter that follows the answers.
    item = d_(Str())

    #: Other roving parameters and their values while this selector gives the setting.
    values = d_(Dict(Str()))

    #: Expression over the trial's results: True for a right answer ('yes' in a yes/no task), False for a wrong one,
    #: None for a trial that does not count. For example ``'score == "HIT"'``.
    correct = d_(Str())

    #: Complete after so many trials that count; 0 for no limit.
    stop_trials = d_(Int())

    #: Complete when half of the threshold's 95 % interval is no wider, on the scale of the steps; 0 for no such rule.
    stop_precision = d_(Float())

    def _fields(self) -> dict[str, Any]:
        return {
            "item": self.item,
            "values": dict(self.values),
            "correct": self.correct,
            "stop_trials": self.stop_trials or None,
            "stop_precision": self.stop_precision or None,
        }


class Staircase(AdaptiveSelector):
    """n-up m-down staircase: ``n_up`` wrong answers in a row make it easier, ``n_down`` right ones harder."""

    #: First level in the item's unit; a list gives as many interleaved tracks.
    start_level = d_(Value())
    n_up = d_(Int(1))
    n_down = d_(Int(2))

    #: Successive step sizes on ``scale``; the last one holds to the end.
    steps = d_(List())

    #: Reversals after which the next step size holds.
    change_every = d_(Int(1))

    #: A step towards easier is so many times one towards harder.
    weight = d_(Float(1.0))

    #: 'linear' (the item's unit), 'log' (octaves) or 'dB'.
    scale = d_(Str("linear"))

    #: Lowest and highest level that is ever given, in the item's unit.
    limits = d_(Value())

    #: 'lower' or 'higher': which way is harder.
    harder = d_(Str("lower"))

    #: Reversals of each track that do not count; -1 is those before the last step size.
    skip_reversals = d_(Int(-1))

    #: 'random' or 'alternate': which track gives the next level.
    interleave = d_(Str("random"))

    #: A track is complete after so many reversals that count; 0 for no limit.
    stop_reversals = d_(Int())

    def settings(self) -> StaircaseSettings:
        start = self.start_level if isinstance(self.start_level, (list, tuple)) else [self.start_level]
        fields = {
            **self._fields(),
            "start": [] if self.start_level is None else list(start),
            "n_up": self.n_up,
            "n_down": self.n_down,
            "steps": list(self.steps),
            "change_every": self.change_every,
            "weight": self.weight,
            "scale": self.scale,
            "limits": self.limits,
            "harder": self.harder,
            "skip_reversals": None if self.skip_reversals < 0 else self.skip_reversals,
            "interleave": self.interleave,
            "stop_reversals": self.stop_reversals or None,
        }
        settings: StaircaseSettings = self._validated(StaircaseSettings, fields)
        return settings

    def start(self, generator: np.random.Generator, settings: StaircaseSettings) -> Selection:
        return StaircaseSelection(settings, generator)


class QuestPlusSelector(AdaptiveSelector):
    """QUEST+: each trial has the level that is expected to say most about threshold, slope, lapse and guess rate.

    Grids are lists of numbers that grow, or ranges: ``{'start': 0, 'stop': 60, 'step': 2}``.
    """

    #: Levels that may be given, in the item's unit; a larger one is easier.
    levels = d_(Value())

    #: Thresholds that may be, in the item's unit.
    thresholds = d_(Value())

    #: Slopes of the psychometric function that may be.
    slopes = d_(Value())

    #: Lapse rates that may be.
    lapses = d_(Value())

    #: Alternatives of a forced choice, whose guess rate is one in so many; 0 for a yes/no task.
    alternatives = d_(Int())

    #: Guess rates that may be in a yes/no task.
    guesses = d_(Value())

    #: 'weibull' or 'norm_cdf'.
    function = d_(Str("weibull"))

    #: Scale of the Weibull function: 'dB', 'log10' or 'linear'.
    scale = d_(Str("dB"))

    def settings(self) -> QuestPlusSettings:
        fields = {
            **self._fields(),
            "alternatives": self.alternatives or None,
            "function": self.function,
            "scale": self.scale,
        }
        for name in ("levels", "thresholds", "slopes", "lapses", "guesses"):
            if getattr(self, name) is not None:
                fields[name] = getattr(self, name)
        settings: QuestPlusSettings = self._validated(QuestPlusSettings, fields)
        return settings

    def start(self, generator: np.random.Generator, settings: QuestPlusSettings) -> Selection:
        return QuestPlusSelection(settings)
