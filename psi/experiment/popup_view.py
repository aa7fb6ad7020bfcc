"""A small panel that opens under a widget, asks one thing, and goes when somebody clicks elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from psi.experiment.widget_view import set_text


class Popup(QFrame):
    """A heading, what a subclass puts into ``room``, a line for what is wrong, and a button that does it.

    It stops nothing else: the run goes on, and so does the window behind it.
    """

    def __init__(self, heading: str, word: str, under: QWidget) -> None:
        super().__init__(under.window(), Qt.WindowType.Popup)
        self.setObjectName("popup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._under = under
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(6)
        title = QLabel(heading)
        title.setProperty("group", True)
        title.setWordWrap(True)
        column.addWidget(title)
        self.room = QVBoxLayout()
        column.addLayout(self.room)
        self.refusal = QLabel("")
        self.refusal.setObjectName("refusal")
        self.refusal.setWordWrap(True)
        self.refusal.hide()
        column.addWidget(self.refusal)
        row = QHBoxLayout()
        row.addStretch(1)
        self.confirm = QPushButton(word, self)
        self.confirm.setObjectName("confirm")
        self.confirm.setAutoDefault(False)
        row.addWidget(self.confirm)
        column.addLayout(row)
        self.setMinimumWidth(230)
        self.setMaximumWidth(340)

    def refuse(self, words: str) -> None:
        """Say why it cannot be."""
        set_text(self.refusal, words)
        self.refusal.setVisible(bool(words))
        self.adjustSize()

    def open(self, done: Callable[[], object]) -> None:
        """Show it; ``done`` is called when the button is pressed."""
        self.confirm.clicked.connect(lambda: done())
        self.adjustSize()
        corner = self._under.mapToGlobal(QPoint(self._under.width(), self._under.height() + 2))
        screen = self._under.screen()
        room = screen.availableGeometry() if screen is not None else self.geometry()
        x = max(room.left(), corner.x() - self.width())
        y = corner.y() if corner.y() + self.height() <= room.bottom() else corner.y() - self.height() - 26
        self.move(x, max(room.top(), y))
        self.show()
