"""Which side comes next in a forced-choice task."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np
from atom.api import Int, Str
from enaml.core.api import d_

from psi.api import NextTrial, TrialSequence

from .outlets import side_of


class SideSequence(TrialSequence):
    """Sides drawn evenly, or against the animal's recent bias; at most ``max_same_side`` trials in a row on one side.

    A trial that was left early or not answered is given again, side and setting. With ``correction_trials`` so is one
    that was answered wrong, as a repeat, which neither rates nor tracks count.
    """

    #: How many sides there are.
    n = d_(Int(2))
    adaptive = d_(Str("track"))
    fixed = d_(Str("fixed"))

    def items(self):
        return ("method", "max_same_side", "bias_correction", "bias_window", "correction_trials", "max_corrections")

    def selectors(self):
        return (self.adaptive, self.fixed)

    def trial_types(self):
        return {f"side_{side}": self.adaptive for side in range(1, self.n + 1)}

    def chooser(self, generator):
        return SideChooser(self, generator)


class SideChooser:
    """A :class:`SideSequence` during one run."""

    def __init__(self, declared, generator):
        self._sides = range(1, declared.n + 1)
        self._selectors = {"adaptive": declared.adaptive, "fixed": declared.fixed}
        self._generator = generator
        self._in_a_row = (0, 0)
        self._choices = deque(maxlen=1000)
        self._corrections = 0
        self._chosen = None

    def next(self, context, last):
        if last is not None:
            self._learn(last)
        selector = self._selectors[context.value("method")]
        if last is not None and not last["completed"]:
            return self._again(last, selector, keep_setting=True, repeat=last["repeat"])
        if self._corrects(context, last):
            self._corrections += 1
            self._count(last["side"])
            return self._again(last, selector, repeat=True)
        self._corrections = 0
        side, probability = self._draw(context)
        self._count(side)
        return NextTrial(f"side_{side}", selector, sets={"side_probability": probability})

    def asked(self, context, last, planned):
        """A trial that the experimenter asks for: its level is by the method in use, and its side counts as any."""
        if last is not None:
            self._learn(last)
        self._corrections = 0
        self._count(side_of(planned.trial_type))
        return replace(planned, selector=self._selectors[context.value("method")])

    def _learn(self, last):
        if last["completed"] and not last["repeat"]:
            self._choices.append(last["choice"])

    @staticmethod
    def _again(last, selector, **how):
        return NextTrial(last["trial_type"], selector, sets={"side_probability": 1.0}, **how)

    def _corrects(self, context, last):
        if last is None or last["score"] != "WRONG" or not context.value("correction_trials"):
            return False
        return self._corrections < context.value("max_corrections")

    def _count(self, side):
        before, n = self._in_a_row
        self._in_a_row = (side, n + 1 if side == before else 1)

    def _draw(self, context):
        """The side, and the probability that it had."""
        weights = side_weights(
            list(self._choices)[-context.value("bias_window") :], len(self._sides), context.value("bias_correction")
        )
        side, n = self._in_a_row
        most = context.value("max_same_side")
        if most and n >= most:
            weights[side - 1] = 0.0
        # One number for each trial that is drawn, whatever the limits do.
        up_to = np.cumsum(weights)
        chosen = int(np.searchsorted(up_to, self._generator.random() * up_to[-1], side="right"))
        return self._sides[chosen], weights[chosen] / float(up_to[-1])


def side_weights(choices, n, correction):
    """Probability of each of ``n`` sides, given the recent ``choices`` (sides from 1).

    Without ``correction`` they are equal. With a correction of 1 a side comes up as often as the animal went
    elsewhere: ``(1 - share) / (n - 1)``, where its share of the choices is taken as if it had made one choice more of
    each side.
    """
    shares = [(choices.count(side) + 1) / (len(choices) + n) for side in range(1, n + 1)]
    return [(1 - correction) / n + correction * (1 - share) / (n - 1) for share in shares]
