"""Colours of the window, dark and light."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from psi.plots import palette


@dataclass(frozen=True, slots=True)
class Theme(palette.Palette):
    """The colours of plots, and what else a window has. One accent; red is for stop, recording and faults only."""

    name: str
    #: Behind everything.
    window: str
    #: The quietest text.
    faint: str
    #: Edited and not yet in force; warnings.
    edited: str
    green: str
    orange: str
    red: str

    def state_color(self, word: str) -> str:
        """The colour of a state that was declared with ``word``; other names and ``#rrggbb`` stand for themselves."""
        return self.states.get(word, word) if word else self.faint

    def condition_color(self, condition: str) -> str:
        """The colour of one of the rig's conditions."""
        return {
            "running": self.green,
            "monitoring": self.accent,
            "open": self.accent,
            "paused": self.edited,
            "fault": self.red,
        }.get(condition, self.faint)


def _theme(of_plots: palette.Palette, **more: str) -> Theme:
    shared: dict[str, Any] = {part.name: getattr(of_plots, part.name) for part in fields(of_plots)}
    return Theme(**{**shared, **more})


DARK = _theme(
    palette.DARK,
    name="dark",
    window="#16181d",
    faint="#6b7280",
    edited="#f2c14e",
    green="#2fbf71",
    orange="#f0a13c",
    red="#e5534b",
)

LIGHT = _theme(
    palette.LIGHT,
    name="light",
    window="#f4f5f7",
    faint="#8a919c",
    edited="#b26a00",
    green="#15803d",
    orange="#b45309",
    red="#b91c1c",
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def theme_for(dark: bool) -> Theme:
    """The theme that goes with the system's."""
    return DARK if dark else LIGHT
