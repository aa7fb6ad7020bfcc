"""What may be asked of a run by name beside the commands of its manifests: the course of the session."""

from __future__ import annotations

from typing import NamedTuple


class SessionCommand(NamedTuple):
    """A request of the link that is sent like a command."""

    description: str
    #: Name -> kind.
    parameters: dict[str, type] = {}
    #: Those that must be given.
    required: tuple[str, ...] = ()


SESSION_COMMANDS: dict[str, SessionCommand] = {
    "pause": SessionCommand("Let trial logic stand still from the next trial on."),
    "resume": SessionCommand("Go on after a pause."),
    "stop": SessionCommand("End the run now."),
    "stop_after_trial": SessionCommand("End the run when this trial has ended."),
    "keep_going": SessionCommand("Take a stop after the trial back."),
    "abort_trial": SessionCommand("End this trial now; its row is kept and marked."),
    "remind": SessionCommand("Make the next trial a reminder."),
    "repeat": SessionCommand("Give this setting again in the next trial."),
    "train": SessionCommand("Who chooses the trials: 'manual' or 'automatic'.", {"mode": str}, ("mode",)),
    "trial": SessionCommand("Choose the type of the next trial.", {"type": str}, ("type",)),
    "stop_rule": SessionCommand(
        "Change when the run ends by itself; an empty value takes a rule away.",
        {"name": str, "value": str},
        ("name", "value"),
    ),
    "post": SessionCommand("Post an event, as the paradigm would.", {"event": str}, ("event",)),
    "note": SessionCommand("Keep a line of text with its time.", {"text": str}, ("text",)),
    "output": SessionCommand(
        "Work an output by hand: 'fire', 'prime', 'stop', 'start', 'high' or 'low'.",
        {"name": str, "action": str, "duration": float, "count": int, "gap": float},
        ("name", "action"),
    ),
}
