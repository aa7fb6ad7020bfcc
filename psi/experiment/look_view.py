"""Colours of the application: dark or light, as the system is, also when it changes."""

from __future__ import annotations

from typing import Protocol

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QGuiApplication, QPalette
from qtpy.QtWidgets import QApplication

from psi.experiment.stylesheet import stylesheet
from psi.experiment.theme import Theme, theme_for


class Themed(Protocol):
    """What draws with a theme's colours itself, such as the console."""

    def set_theme(self, theme: Theme) -> None: ...


def dress(shown: Themed, theme: Theme) -> None:
    """Show everything in the colours of ``theme``."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, color in (
        (roles.Window, theme.window),
        (roles.WindowText, theme.text),
        (roles.Base, theme.field),
        (roles.AlternateBase, theme.field),
        (roles.Text, theme.text),
        (roles.Button, theme.panel),
        (roles.ButtonText, theme.text),
        (roles.PlaceholderText, theme.faint),
        (roles.Highlight, theme.accent),
        (roles.HighlightedText, theme.on_accent),
    ):
        palette.setColor(role, QColor(color))
    application.setPalette(palette)
    application.setStyleSheet(stylesheet(theme))
    shown.set_theme(theme)


#: Pixels beside and above a window that its frame may take.
_FRAME = 16, 48


def size_on_screen(width: int, height: int) -> tuple[int, int]:
    """``width`` and ``height`` in pixels, or less where the screen is smaller: no window opens beyond its edges."""
    screen = QGuiApplication.primaryScreen()
    if screen is None:
        return width, height
    room = screen.availableGeometry()
    return min(width, room.width() - _FRAME[0]), min(height, room.height() - _FRAME[1])


def follow_system(shown: Themed) -> None:
    """Look as the system does, from now on."""
    hints = QGuiApplication.styleHints()
    assert hints is not None

    def follow(scheme: Qt.ColorScheme) -> None:
        dress(shown, theme_for(scheme == Qt.ColorScheme.Dark))

    follow(hints.colorScheme())
    hints.colorSchemeChanged.connect(follow)
