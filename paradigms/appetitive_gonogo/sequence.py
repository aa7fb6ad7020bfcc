"""Which trial comes next in a go/no-go task."""

from __future__ import annotations

from atom.api import Str
from enaml.core.api import d_

from psi.api import NextTrial, TrialSequence


class GoNogoSequence(TrialSequence):
    """Go with ``go_probability``; at most ``max_nogo`` no-go trials in a row; a false alarm is repeated.

    A trial that the animal left early is presented again with the same setting, since it was not presented.
    """

    go = d_(Str("go"))
    nogo = d_(Str("nogo"))
    remind = d_(Str("remind"))

    def items(self):
        return ("go_probability", "max_nogo", "repeat_false_alarm", "initial_reminders")

    def selectors(self):
        return (self.go, self.nogo, self.remind)

    def trial_types(self):
        return {"go": self.go, "nogo": self.nogo, "remind": self.remind}

    def chooser(self, generator):
        return GoNogoChooser(self, generator)


class GoNogoChooser:
    """A :class:`GoNogoSequence` during one run."""

    def __init__(self, declared, generator):
        self._selectors = {"go": declared.go, "nogo": declared.nogo, "remind": declared.remind}
        self._generator = generator
        self._nogo_in_a_row = 0
        self._reminders = 0

    def next(self, context, last):
        chosen = self._choose(context, last)
        if not chosen.keep_setting:
            self._nogo_in_a_row = self._nogo_in_a_row + 1 if chosen.trial_type == "nogo" else 0
        return chosen

    def _choose(self, context, last):
        if last is not None and last["score"] == "EARLY":
            again = last["trial_type"]
            return NextTrial(again, self._selectors[again], last["repeat"], True, last["reminder"])
        if last is not None and last["score"] == "FA" and context.value("repeat_false_alarm"):
            return self._trial("nogo", repeat=True)
        if self._reminders < context.value("initial_reminders"):
            self._reminders += 1
            return self._trial("remind", reminder=True)
        # Drawn even where the choice is forced, so that max_nogo does not shift the numbers of later trials.
        goes = self._generator.random() < context.value("go_probability")
        if self._nogo_in_a_row >= context.value("max_nogo"):
            goes = True
        return self._trial("go" if goes else "nogo")

    def _trial(self, trial_type, repeat=False, reminder=False):
        return NextTrial(trial_type, self._selectors[trial_type], repeat=repeat, reminder=reminder)
