"""What every text panel of the window has in common."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSize, Qt, QTimer, Signal
from qtpy.QtGui import QPainter, QPaintEvent
from qtpy.QtWidgets import QLabel, QPushButton, QWidget

if TYPE_CHECKING:
    from psi.experiment.console import Console

log = logging.getLogger(__name__)


class PanelWidget(QWidget):
    """Looks at the console whenever something that it shows has changed.

    A subclass names in ``KEYS`` what it shows, and brings itself up to date in :meth:`show_state`.
    """

    #: Keys of :attr:`Console.changed`; empty is every one.
    KEYS: frozenset[str] = frozenset()

    #: Seconds between two looks at the least; what changes meanwhile is shown together.
    REST = 0.0

    #: A few words beside the title, and their tone: '', 'edited' or 'red'.
    noted = Signal(str, str)

    def __init__(self, console: Console, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.console = console
        self.note = ("", "")
        self._missed: set[str] = set()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(round(1000 * self.REST))
        self._rest.timeout.connect(self._rested)
        self.build()
        self.show_state(set(self.KEYS))
        console.observe("changed", self._changed)
        self._looking = True

    def release(self) -> None:
        """Look no more; to be called before the widget goes."""
        if self._looking:
            self._looking = False
            self.console.unobserve("changed", self._changed)

    def _changed(self, change: Any) -> None:
        keys = change["value"]
        if self.KEYS and not keys & self.KEYS:
            return
        if self._rest.isActive():
            self._missed |= keys
            return
        self._look(keys)

    def _rested(self) -> None:
        if self._missed and self._looking:
            keys, self._missed = self._missed, set()
            self._look(keys)

    def _look(self, keys: set[str]) -> None:
        if self.REST:
            self._rest.start()
        try:
            self.show_state(keys)
        except Exception as error:  # one panel's fault is shown in its place and must not end the window
            log.exception("%s failed", type(self).__name__)
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Show what is wrong where the panel was, and look no more."""
        self.release()
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            child.hide()
        label = QLabel(f"This panel has stopped.\n{type(error).__name__}: {error}", self)
        label.setToolTip(label.text())
        label.setObjectName("refusal")
        label.setWordWrap(True)
        label.setMargin(2)
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = self.layout()
        if layout is None:
            label.setGeometry(self.rect())
        else:
            layout.addWidget(label)
        label.show()

    def say(self, text: str, tone: str = "") -> None:
        """Write beside the title."""
        if (text, tone) != self.note:
            self.note = (text, tone)
            self.noted.emit(text, tone)

    def build(self) -> None:
        """Make the widgets."""

    def show_state(self, keys: set[str]) -> None:
        """Bring them up to date."""


class CutLabel(QLabel):
    """A label that takes the room it is given: what is longer is cut with an ellipsis."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(30, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), self.alignment(), shown)
        painter.end()


def quiet_label(text: str = "") -> QLabel:
    """A label in the quiet colour."""
    label = QLabel(text)
    label.setProperty("quiet", True)
    return label


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Give the widget a property that the style sheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        style = widget.style()
        assert style is not None
        style.unpolish(widget)
        style.polish(widget)


def set_text(label: QLabel, text: str) -> None:
    """Write only what is new, so that nothing is drawn for nothing."""
    if label.text() != text:
        label.setText(text)


def set_text_of(button: QPushButton, text: str) -> None:
    """As :func:`set_text`."""
    if button.text() != text:
        button.setText(text)
