"""What people are told of selectors' settings: a label, a unit, help, and what an edit does to a run."""

from __future__ import annotations

from dataclasses import dataclass

#: In place of a unit: that of the item that follows the answers, and what its steps are counted in.
ITEM, SCALE = "item", "scale"


@dataclass(frozen=True)
class Words:
    """Of one setting."""

    label: str
    help: str
    unit: str = ""
    #: What stands in an empty field.
    empty: str = ""


_CYCLES = Words("Cycles", "Complete after so many; empty goes on for ever.", "cycles", "no end")
_CORRECT = Words(
    "Right where",
    "Expression over the trial's results: True for a right answer ('yes' in a yes/no task), False for a wrong one, "
    "None for a trial that does not count.",
)
_STOP_TRIALS = Words(
    "Ends after", "Complete after so many trials that count; empty for no limit.", "trials", "no limit"
)
_STOP_PRECISION = Words(
    "Ends at ±", "Complete when half of the threshold's 95 % interval is no wider.", SCALE, "no such rule"
)

#: Kind of selector -> setting -> its words.
WORDS: dict[str, dict[str, Words]] = {
    "sequence": {
        "order": Words("Order", "In which sequence the rows of a cycle come."),
        "per_block": Words("Per block", "How often each row comes in a cycle of the order 'blocked'.", "×"),
        "cycles": _CYCLES,
    },
    "product": {
        "order": Words("Order", "'nested' goes through the factors in their own orders; else combinations are rows."),
        "per_block": Words("Per block", "How often each combination comes in the order 'blocked'.", "×"),
        "cycles": _CYCLES,
    },
    "blocks": {
        "trials": Words("Trials", "Of each block, at most; empty where only a rule ends it.", "trials", "no limit"),
        "jitter": Words("Jitter", "Up to so many trials more, drawn anew for each block.", "trials"),
        "until": Words(
            "Until",
            "Expression over the last results that ends a block: trials, streak, correct_rate(n), recent(name, n).",
            "",
            "no rule",
        ),
        "min_trials": Words("At least", "Trials that count before the rule is asked.", "trials"),
        "correct": Words("Right where", _CORRECT.help, "", "not judged"),
        "cycles": Words("Cycles", "Complete after all blocks came so often; empty: never.", "cycles", "no end"),
    },
    "staircase": {
        "item": Words("Follows answers", "The roving parameter that moves."),
        "correct": _CORRECT,
        "start": Words("Start", "First level; several make as many interleaved tracks.", ITEM),
        "n_up": Words("Up after", "So many wrong answers in a row make it easier.", "wrong"),
        "n_down": Words("Down after", "So many right answers in a row make it harder.", "right"),
        "steps": Words("Steps", "Sizes of successive steps towards harder; the last one holds to the end.", SCALE),
        "change_every": Words("Next step after", "Reversals after which the next step size holds.", "reversals"),
        "weight": Words("Weight", "A step towards easier is so many times one towards harder.", "×"),
        "scale": Words("Scale", "Of the steps: the item's unit (linear), octaves (log), or dB."),
        "limits": Words("Limits", "Lowest and highest level that is ever given.", ITEM),
        "harder": Words("Harder is", "Which way is harder."),
        "skip_reversals": Words(
            "Skips", "Reversals of each track that do not count; empty is those before the last step size.",
            "reversals", "before last step",
        ),
        "interleave": Words("Interleave", "Which track gives the next level."),
        "stop_reversals": Words(
            "Ends after", "A track is complete after so many reversals that count.", "reversals", "no limit"
        ),
        "stop_trials": _STOP_TRIALS,
        "stop_precision": _STOP_PRECISION,
    },
    "quest_plus": {
        "item": Words("Follows answers", "The roving parameter that moves."),
        "correct": _CORRECT,
        "levels": Words("Levels", "Levels that may be given; a larger one is easier.", ITEM),
        "thresholds": Words("Thresholds", "Thresholds that may be.", ITEM),
        "slopes": Words("Slopes", "Slopes of the psychometric function that may be."),
        "lapses": Words("Lapses", "Lapse rates that may be, 0 to 0.5."),
        "alternatives": Words(
            "Alternatives", "Of a forced choice, whose guess rate is one in so many; empty for a yes/no task.",
            "", "yes/no task",
        ),
        "guesses": Words("Guesses", "Guess rates (false alarms) of a yes/no task that may be, 0 to 0.5."),
        "function": Words("Function", "Of the psychometric function."),
        "scale": Words("Scale", "Of the Weibull function: dB, log10 of an amplitude, or the amplitude (linear)."),
        "stop_trials": _STOP_TRIALS,
        "stop_precision": _STOP_PRECISION,
    },
}  # fmt: skip

#: Kind -> settings whose edit begins it anew, and what an edit of any other does to a run that is going on.
_ANEW = {
    "staircase": ("item", "scale", "start", "harder"),
    "quest_plus": ("item",),
    "sequence": ("order",),
    "product": ("order",),
}
_KEEPS = {
    "staircase": "tracks keep their levels and reversals, under the new rules and within the new limits",
    "quest_plus": "all answers are taken again on the new grids",
    "sequence": "what was given in this cycle is not given again in it",
    "product": "what was given in this cycle is not given again in it",
    "blocks": "it stays in the block that it is in, with the trials it had",
    "single": "the next trial has the new values",
    "custom": "its author says what becomes of what it keeps (resume); without a word it begins anew",
}
_BEGINS = {
    "staircase": "the tracks begin anew: reversals and threshold so far are left behind",
    "quest_plus": "it begins anew: what it knows is left behind",
    "sequence": "a new cycle begins",
    "product": "a new cycle begins",
}


def effect(kind: str, field: str) -> str:
    """What becomes of a selector that is at work where this setting is edited."""
    return _BEGINS[kind] if field in _ANEW.get(kind, ()) else _KEEPS.get(kind, "")
