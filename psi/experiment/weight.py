"""The subject's weight in words."""

from __future__ import annotations

from typing import Any


def weight_text(session: dict[str, Any]) -> tuple[str, bool]:
    """``'20.4 g, 82 % of baseline'``, and whether that is too little."""
    weight, baseline = session.get("weight"), session.get("baseline_weight")
    if weight is None:
        return "", False
    if baseline is None:
        return f"{weight:g} g", False
    percent = 100 * weight / baseline
    limit = session.get("minimum_weight")
    too_light = limit is not None and percent < limit
    text = f"{weight:g} g, {percent:.0f} % of baseline"
    return (f"{text}: under the {limit:g} % allowed" if too_light else text), too_light


def short_weight(session: dict[str, Any], too_light: bool) -> str:
    """``'20.4 g · 82 %'``, or ``'20.4 g · 82 % < 85 %'`` where that is too little."""
    weight, baseline = session.get("weight"), session.get("baseline_weight")
    if weight is None:
        return ""
    share = "" if baseline is None else f" · {100 * weight / baseline:.0f} %"
    return f"{weight:g} g{share}" + (f" < {session['minimum_weight']:g} %" if too_light else "")
