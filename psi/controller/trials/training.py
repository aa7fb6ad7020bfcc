"""Who chooses the trials: the paradigm's rule, or the experimenter, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from psi.controller.trials.trial_sequence import NextTrial
from psi.core.errors import ConfigurationError
from psi.core.names import did_you_mean

#: 'automatic' follows the paradigm's sequence; in 'manual' each trial waits for the experimenter to say its type.
TrainingMode = Literal["automatic", "manual"]

#: Name of the type of trial, and of the selector, that reminders come from, by convention.
REMINDERS = "remind"


class Training:
    """The mode of one run, which changes at safe points, and the trial that is waited for in it.

    Parameters
    ----------
    types
        Type of trial -> the selector that gives its setting, ``None`` for the items' own values.
    """

    def __init__(self, types: Mapping[str, str | None]) -> None:
        self.types = dict(types)
        #: The mode that holds.
        self.mode: TrainingMode = "automatic"
        #: The mode that will hold from the next safe point on.
        self.wanted: TrainingMode = "automatic"
        #: Who wants it.
        self.who = "console"
        #: Whether the next trial waits for the experimenter.
        self.waiting = False

    def want(self, mode: str, who: str = "console") -> None:
        """Let ``mode`` hold from the next safe point on. Raises ``ConfigurationError`` where there is no such mode."""
        modes = get_args(TrainingMode)
        if mode not in modes:
            raise ConfigurationError(f"{mode!r} is no training mode{did_you_mean(mode, modes)}")
        self.wanted, self.who = "manual" if mode == "manual" else "automatic", who

    def state(self) -> dict[str, object]:
        """What consoles show."""
        return {"mode": self.mode, "wanted": self.wanted, "waiting": self.waiting, "types": list(self.types)}

    def trial(self, trial_type: str) -> NextTrial:
        """The trial that somebody asks for. Raises ``ConfigurationError`` for a type that there is none of."""
        if trial_type not in self.types:
            hint = did_you_mean(trial_type, self.types)
            raise ConfigurationError(f"this paradigm has no trials of type {trial_type!r}{hint}")
        return NextTrial(trial_type, self.types[trial_type], reminder=trial_type == REMINDERS)
