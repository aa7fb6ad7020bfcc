"""A selector that is no table, as lines of text: what it is and how it is set."""

from __future__ import annotations

from typing import Any

from psi.models.selectors import BlocksSettings, CustomSettings, ProductSettings, SelectorSettings

#: What people call each kind.
KINDS = {
    "product": "every combination",
    "blocks": "blocks",
    "staircase": "staircase",
    "quest_plus": "QUEST+",
    "sequence": "table",
    "single": "single setting",
}

#: Values of a list that are written out.
_MOST = 8


def kind_text(settings: SelectorSettings) -> str:
    """What it is, in a word or two."""
    return settings.type if isinstance(settings, CustomSettings) else KINDS[settings.kind]


def settings_lines(settings: SelectorSettings) -> list[tuple[str, str]]:
    """Setting and value, of all that say something; what is at its default is left out."""
    if isinstance(settings, ProductSettings):
        lines = [(factor.item, f"{_text(factor.levels())}{_order(factor.order)}") for factor in settings.factors]
        return [*lines, *_fields(settings, {"kind", "factors"})]
    if isinstance(settings, BlocksSettings):
        lines = [
            (name, f"{kind_text(block)}: " + ", ".join(f"{field} {value}" for field, value in settings_lines(block)))
            for name, block in settings.blocks.items()
        ]
        return [*lines, *_fields(settings, {"kind", "blocks"})]
    if isinstance(settings, CustomSettings):
        return [("items", ", ".join(settings.items)), *((name, _text(v)) for name, v in settings.settings.items())]
    return _fields(settings, {"kind"})


def _order(order: str) -> str:
    return "" if order == "exact" else f" ({order})"


def _fields(settings: SelectorSettings, without: set[str]) -> list[tuple[str, str]]:
    given = settings.model_dump(exclude=without, exclude_defaults=True)
    return [(name.replace("_", " "), _text(value)) for name, value in given.items()]


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_text(inner)}" for name, inner in value.items())
    if isinstance(value, (list, tuple)):
        shown = [_text(inner) for inner in value]
        if len(shown) > _MOST:
            shown = [*shown[:3], "…", shown[-1]]
        return ", ".join(shown)
    return str(value)
