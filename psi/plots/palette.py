"""Colours that plots are drawn in: whatever the window gives, or psi's own, dark and light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Theme(Protocol):
    """What plots ask of a window's theme. Colours are ``#rrggbb``."""

    @property
    def panel(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def border(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def muted(self) -> str: ...
    @property
    def accent(self) -> str: ...
    @property
    def on_accent(self) -> str: ...

    #: Colour words of ``State.color``.
    @property
    def states(self) -> Mapping[str, str]: ...

    #: Channels of a stream, in turn.
    @property
    def traces(self) -> tuple[str, ...]: ...

    #: Opacity of state bands, 0 to 1.
    @property
    def band_opacity(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a plot that stands alone."""

    panel: str
    field: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    states: dict[str, str]
    traces: tuple[str, ...]
    band_opacity: float


DARK = Palette(
    panel="#1d2026",
    field="#16181d",
    border="#2c313a",
    text="#e6e8ec",
    muted="#9aa1ad",
    accent="#4da3ff",
    on_accent="#ffffff",
    states={
        "blue": "#4da3ff",
        "green": "#2fbf71",
        "orange": "#f0a13c",
        "red": "#e5534b",
        "yellow": "#f2c14e",
        "gray": "#6b7280",
        "grey": "#6b7280",
        "purple": "#a78bfa",
    },
    traces=("#4da3ff", "#2fbf71", "#f0a13c", "#e88bc4", "#a78bfa", "#5ad1cd", "#d7dae0", "#f2c14e"),
    band_opacity=0.22,
)

LIGHT = Palette(
    panel="#ffffff",
    field="#f2f4f7",
    border="#d9dde3",
    text="#1a1d23",
    muted="#5f6773",
    accent="#1769d6",
    on_accent="#ffffff",
    states={
        "blue": "#1769d6",
        "green": "#15803d",
        "orange": "#c2630a",
        "red": "#c62828",
        "yellow": "#a16207",
        "gray": "#6b7280",
        "grey": "#6b7280",
        "purple": "#7c3aed",
    },
    traces=("#1769d6", "#15803d", "#c2630a", "#b83280", "#7c3aed", "#0e7490", "#1a1d23", "#a16207"),
    band_opacity=0.16,
)


def palette(dark: bool) -> Palette:
    return DARK if dark else LIGHT


def state_color(theme: Theme, word: str) -> str:
    """The colour of a state that was declared with ``word``, which may be ``#rrggbb``; others are quiet."""
    return theme.states.get(word) or (word if word.startswith("#") else theme.muted)
