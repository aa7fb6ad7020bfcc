"""Colours of the window, dark and light."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """One accent; red is for stop, recording and faults only."""

    name: str
    #: Behind everything, behind a panel, behind a field or a plot.
    window: str
    panel: str
    field: str
    border: str
    #: Texts, from loud to quiet.
    text: str
    muted: str
    faint: str
    accent: str
    #: On the accent and on the condition's colours.
    on_accent: str
    #: Edited and not yet in force; warnings.
    edited: str
    green: str
    orange: str
    red: str
    #: Colour words of the trial logic's states -> colour.
    states: dict[str, str]
    #: Channels of a stream, in turn.
    traces: tuple[str, ...]
    #: Opacity of state bands behind traces, 0 to 1.
    band_opacity: float

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


DARK = Theme(
    name="dark",
    window="#16181d",
    panel="#1d2026",
    field="#16181d",
    border="#2c313a",
    text="#e6e8ec",
    muted="#9aa1ad",
    faint="#6b7280",
    accent="#4da3ff",
    on_accent="#ffffff",
    edited="#f2c14e",
    green="#2fbf71",
    orange="#f0a13c",
    red="#e5534b",
    states={"blue": "#4da3ff", "green": "#2fbf71", "orange": "#f0a13c", "red": "#e5534b", "yellow": "#f2c14e",
            "gray": "#6b7280", "grey": "#6b7280", "purple": "#a78bfa"},
    traces=("#4da3ff", "#2fbf71", "#f0a13c", "#e88bc4", "#a78bfa", "#5ad1cd", "#d7dae0", "#f2c14e"),
    band_opacity=0.22,
)  # fmt: skip

LIGHT = Theme(
    name="light",
    window="#f4f5f7",
    panel="#ffffff",
    field="#f2f4f7",
    border="#d9dde3",
    text="#1a1d23",
    muted="#5f6773",
    faint="#8a919c",
    accent="#1769d6",
    on_accent="#ffffff",
    edited="#b26a00",
    green="#15803d",
    orange="#b45309",
    red="#b91c1c",
    states={"blue": "#1769d6", "green": "#15803d", "orange": "#c2630a", "red": "#c62828", "yellow": "#a16207",
            "gray": "#6b7280", "grey": "#6b7280", "purple": "#7c3aed"},
    traces=("#1769d6", "#15803d", "#c2630a", "#b83280", "#7c3aed", "#0e7490", "#1a1d23", "#a16207"),
    band_opacity=0.16,
)  # fmt: skip

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def theme_for(dark: bool) -> Theme:
    """The theme that goes with the system's."""
    return DARK if dark else LIGHT
