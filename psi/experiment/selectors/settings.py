"""What people call each kind of selector."""

from __future__ import annotations

from psi.models.selectors import CustomSettings, SelectorSettings

#: The word for each kind.
KINDS = {
    "product": "every combination",
    "blocks": "blocks",
    "staircase": "staircase",
    "quest_plus": "QUEST+",
    "sequence": "table",
    "single": "single setting",
}


def kind_text(settings: SelectorSettings) -> str:
    """What it is, in a word or two."""
    return settings.type if isinstance(settings, CustomSettings) else KINDS[settings.kind]
