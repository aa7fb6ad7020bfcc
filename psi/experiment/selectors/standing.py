"""How a selector stands, in words: what comes next, how far it is, what it has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psi.experiment.drafts.selector_table import text_of
from psi.experiment.selectors.source import SelectorSource

#: Orders in which chance has a hand.
CHANCE = frozenset({"shuffled", "pseudorandom", "blocked", "counterbalanced", "latin_square"})


def next_text(source: SelectorSource, settings: Sequence[Mapping[str, Any]]) -> str:
    """The settings that come: ``'60 › 30 › 40 dB SPL'``, ``'(Hz, dB SPL): 4000, 60 › 2000, 40'``."""
    if not settings:
        return ""
    units = [spec.unit if (spec := source.spec(item)) is not None else "" for item in settings[0]]
    shown = "  ›  ".join(", ".join(_shown(value) for value in setting.values()) for setting in settings)
    if len(units) == 1:
        return f": {shown} {units[0]}".rstrip()
    return f" ({', '.join(unit or '–' for unit in units)}): {shown}" if any(units) else f": {shown}"


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else text_of(value)


def found_text(source: SelectorSource) -> str:
    """What an adaptive selector has found: ``'threshold 31.4 (28.9 to 33.1) dB SPL, 40 trials, 6 reversals'``."""
    found = source.now.get("estimate")
    if not found:
        return ""
    spec = source.spec(found["item"])
    unit = f" {spec.unit}" if spec is not None and spec.unit else ""
    parts = []
    if found["threshold"] is None:
        parts.append("no threshold yet")
    else:
        interval = found["interval"]
        around = "" if interval is None else f" ({interval[0]:.4g} to {interval[1]:.4g})"
        parts.append(f"threshold {found['threshold']:.4g}{around}{unit}")
    parts.append(f"{found['trials']} trial{'' if found['trials'] == 1 else 's'}")
    if found["reversals"] is not None:
        parts.append(f"{' + '.join(map(str, found['reversals']))} reversals count")
    if found["levels"] is not None:
        parts.append(f"at {', '.join(f'{level:g}' for level in found['levels'])}{unit}")
    if found["complete"]:
        parts.append(f"complete ({found['complete']})")
    return ", ".join(parts)


def is_by_chance(settings: object) -> bool:
    """Whether the order of what it gives is drawn."""
    orders = [getattr(settings, "order", "")]
    orders += [getattr(factor, "order", "") for factor in getattr(settings, "factors", ())]
    inner = getattr(settings, "blocks", {})
    custom = getattr(settings, "kind", "") == "custom"
    return custom or any(order in CHANCE for order in orders) or any(is_by_chance(block) for block in inner.values())
