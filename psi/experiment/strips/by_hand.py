"""What a person types to work one line by hand, what is wrong with it, and what is asked of the runtime."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from psi.outputs.pulse_series import DEFAULT_GAP, DEFAULT_PRIME, MAX_BY_HAND, MAX_COUNT, MAX_GAP


def kind_of(output: Mapping[str, Any]) -> str:
    """'toggle' or 'trigger' of what can be worked from the header; sounds are left to the paradigm."""
    actions = output.get("actions", [])
    if "high" in actions:
        return "toggle"
    return "trigger" if "fire" in actions else ""


def output_title(output: Mapping[str, Any]) -> str:
    """Its label, or its name as people say it: ``'room_light_toggle'`` is ``'Room light'``."""
    words = [word for word in output["name"].split("_") if word not in ("toggle", "trigger")]
    return output.get("label") or " ".join(words).capitalize() or output["name"]


@dataclass
class Pulses:
    """The texts of one line's fields, kept for as long as the window lives."""

    name: str
    #: Seconds that the line may be high.
    longest: float
    #: Field -> text: 'length' and 'gap' in ms, 'drops', 'prime' in s.
    texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, output: Mapping[str, Any]) -> Pulses:
        """The fields as they stand first: one pulse as the output declares it."""
        longest = output.get("max_duration") or MAX_BY_HAND
        length = f"{1000 * (output.get('duration') or 0.1):g}"
        texts = {"length": length, "drops": "1", "gap": f"{1000 * DEFAULT_GAP:g}"}
        return cls(output["name"], longest, {**texts, "prime": f"{min(DEFAULT_PRIME, longest):g}"})

    def faults(self) -> dict[str, str]:
        """Field -> what is wrong with it; empty where all is well."""
        faults = {}
        length, gap, prime = (self._number(name) for name in ("length", "gap", "prime"))
        if length is None or not 0 < length <= 1000 * self.longest:
            faults["length"] = f"more than 0, up to {1000 * self.longest:g} ms"
        if self._count() is None:
            faults["drops"] = f"a whole number, 1 to {MAX_COUNT}"
        if gap is None or not 0 <= gap <= 1000 * MAX_GAP:
            faults["gap"] = f"0 to {1000 * MAX_GAP:.0f} ms"
        if prime is None or not 0 < prime <= self.longest:
            faults["prime"] = f"more than 0, up to {self.longest:g} s"
        count = self._count()
        if not faults and length and count and gap == 0 and length * count > 1000 * self.longest:
            faults["gap"] = (
                f"without one the line is high for {length * count / 1000:g} s; allowed are {self.longest:g} s"
            )
        return faults

    def give(self) -> dict[str, Any] | None:
        """The request that gives the drops; ``None`` where a field that it needs is wrong."""
        length, count, gap = self._number("length"), self._count(), self._number("gap")
        if self.faults().keys() & {"length", "drops", "gap"} or length is None or gap is None:
            return None
        return {"name": self.name, "action": "fire", "duration": length / 1000, "count": count, "gap": gap / 1000}

    def prime(self) -> dict[str, Any] | None:
        """The request that opens the line for the seconds typed; ``None`` where they are wrong."""
        if "prime" in self.faults():
            return None
        return {"name": self.name, "action": "prime", "duration": self._number("prime")}

    def hold(self) -> dict[str, Any]:
        """The request that opens the line until it is stopped, and never longer than it allows."""
        return {"name": self.name, "action": "prime", "duration": self.longest}

    def stop(self) -> dict[str, Any]:
        """The request that ends drops and priming."""
        return {"name": self.name, "action": "stop"}

    def words(self) -> str:
        """What a click gives."""
        request = self.give()
        if request is None:
            return "something typed for it is wrong"
        length = f"{self.texts['length'].strip()} ms"
        if request["count"] == 1:
            return f"one pulse of {length}"
        return f"{request['count']} drops of {length}, {self.texts['gap'].strip()} ms apart"

    def _number(self, name: str) -> float | None:
        try:
            value = float(self.texts[name])
        except ValueError:
            return None
        return value if math.isfinite(value) else None

    def _count(self) -> int | None:
        text = self.texts["drops"].strip()
        return int(text) if text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MAX_COUNT else None


def given_words(state: Mapping[str, Any] | None) -> str:
    """``'given by hand: 12 pulses, 0.6 s'``."""
    state = state or {}
    pulses = state.get("pulses", 0)
    if not pulses:
        return "given by hand: nothing yet"
    return f"given by hand: {pulses} {'pulse' if pulses == 1 else 'pulses'}, {state.get('seconds', 0.0):.4g} s"


def doing_words(state: Mapping[str, Any] | None) -> str:
    """What goes on and can be stopped: ``'priming'``, ``'3 of 10'``; empty where nothing lasts."""
    match (state or {}).get("doing"):
        case "prime":
            return "priming"
        case "fire" if (state or {}).get("count", 1) > 1:
            return f"{(state or {}).get('begun', 0)} of {(state or {}).get('count')}"
    return ""
