"""The session in one line: what was given, how much is left of the day's target, the animal's weight, when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psi.controller.trials.totals_text import outlet_text, rewards_text, today_text, volume_text
from psi.experiment.console import Console
from psi.experiment.strips.by_hand import output_title
from psi.experiment.weight import short_weight, weight_text
from psi.models.task import StopRules

#: Stop rule -> how it is said with its value.
_RULES = {
    "trials": "{} trials",
    "duration": "{:g} s",
    "minutes": "{:g} min",
    "volume": "{:g} mL",
    "no_response": "no response for {:g} min",
    "when": "{}",
}


@dataclass(frozen=True)
class Strip:
    """Ready to be shown."""

    #: What was given.
    given: str
    #: Weight against the baseline; empty where it is not known.
    weight: str
    #: The same in whole words.
    weight_words: str
    #: Whether the animal weighs less than the session allows.
    too_light: bool
    #: When the run ends by itself.
    rules: str
    #: 'automatic' or 'manual', as it will be from the next trial on.
    training: str
    #: Whether the next trial waits for the experimenter.
    waiting: bool
    #: What may be chosen in manual mode.
    types: tuple[str, ...]
    #: Whether the training mode can be changed now.
    trains: bool


def last_run(console: Console) -> dict[str, Any]:
    """How the last recorded run ended, while none is recorded; empty before the first, and while one goes on."""
    if console.get("condition") == "running" and console.status.get("condition") != "finished":
        return {}
    return dict(console.get("last_run") or {})


def totals_of(console: Console) -> dict[str, Any]:
    """The totals of the run that goes on, or of the last that was recorded."""
    return dict(last_run(console).get("totals") or console.status.get("totals") or {})


def given_text(console: Console) -> str:
    """``'57 rewards (3 by hand)  ·  Water dispense 1.24 mL  ·  0.76 mL left  ·  182 trials/h'``."""
    totals = totals_of(console)
    titles = {output["name"]: output_title(output) for output in console.get("outputs", [])}
    words = [rewards_text(totals)]
    for name, outlet in (totals.get("outlets") or {}).items():
        # A pellet for each reward needs no second word.
        if sum(outlet["pulses"].values()) and (outlet["volume"] is not None or outlet["pulses"] != totals["rewards"]):
            words.append(outlet_text(titles.get(name, name), outlet))
    if totals.get("left") is not None:
        words.append(f"{volume_text(totals['left'])} left of {volume_text(totals['target'])}")
    if totals.get("trials_per_hour"):
        words.append(f"{totals['trials_per_hour']:.0f} trials/h")
    words.append(today_text(totals))
    return "  ·  ".join(word for word in words if word)


def rules_text(stop: StopRules) -> str:
    """``'stops after 200 trials or 1.5 mL'``; empty without rules."""
    held = [text.format(getattr(stop, name)) for name, text in _RULES.items() if getattr(stop, name) is not None]
    return f"stops after {' or '.join(held)}" if held else "no stop rule"


def strip(console: Console) -> Strip:
    """What the line says now."""
    base = console.draft.base
    stop = base.stop if base is not None else StopRules()
    training = console.get("training") or {}
    session = console.get("session") or {}
    words, too_light = weight_text(session)
    going_on = console.get("condition") == "running" and bool(console.get("machine"))
    return Strip(
        given=given_text(console),
        weight=short_weight(session, too_light),
        weight_words=words,
        too_light=too_light,
        rules=rules_text(stop),
        training=training.get("wanted", "automatic") if going_on else "automatic",
        waiting=going_on and bool(training.get("waiting")),
        types=tuple(training.get("types", ())) if going_on else (),
        trains=going_on and console.connected,
    )
