"""A run's totals in words, the same in the terminal, in ``psi info`` and in the window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def volume_text(millilitres: float) -> str:
    """``'1.24 mL'``, or in µL where it is less than a tenth of one."""
    if 0 < abs(millilitres) < 0.1:
        return f"{1000 * millilitres:.3g} µL"
    return f"{millilitres:.3g} mL"


def rewards_text(totals: Mapping[str, Any]) -> str:
    """``'57 rewards (3 by hand)'``; empty where none was given."""
    rewards = totals.get("rewards") or {}
    n, by_hand = sum(rewards.values()), rewards.get("hand", 0)
    if not n:
        return ""
    return f"{n} reward{'' if n == 1 else 's'}{f' ({by_hand} by hand)' if by_hand else ''}"


def outlet_text(name: str, outlet: Mapping[str, Any]) -> str:
    """``'water_dispense_trigger 1.24 mL (0.2 mL by hand)'``; in pulses where its volume is not known."""
    volume = outlet.get("volume")
    if volume is not None:
        by_hand = f" ({volume_text(volume['hand'])} by hand)" if volume["hand"] else ""
        return f"{name} {volume_text(sum(volume.values()))}{by_hand}"
    pulses = outlet["pulses"]
    n = sum(pulses.values())
    by_hand = f" ({pulses['hand']} by hand)" if pulses["hand"] else ""
    return f"{name} {n} pulse{'' if n == 1 else 's'}{by_hand}"


def reason_text(reason: str, words: str) -> str:
    """``'volume (1.5 mL are delivered)'``; the reason alone where it says all, or there are no words."""
    return f"{reason} ({words})" if words and reason not in ("trials", "duration") else reason


def totals_text(totals: Mapping[str, Any]) -> str:
    """Rewards, then every outlet that has given something, then the day where it has seen more; empty for nothing."""
    words = [rewards_text(totals)]
    for name, outlet in (totals.get("outlets") or {}).items():
        if sum(outlet["pulses"].values()):
            words.append(outlet_text(name, outlet))
    words.append(today_text(totals))
    return ", ".join(word for word in words if word)


def today_text(totals: Mapping[str, Any]) -> str:
    """``'today 2 recordings, 310 trials, 1.9 mL'`` where the day has seen more than this recording; else empty."""
    today = totals.get("today") or {}
    if today.get("recordings", 1) <= 1:
        return ""
    volume = f", {volume_text(today['volume'])}" if totals.get("volume") is not None else ""
    return f"today {today['recordings']} recordings, {today['trials']} trials{volume}"
