"""The field of one item: a line of text that also knows the item's choices, its step, and the way back."""

from __future__ import annotations

from qtpy.QtCore import QStringListModel, Qt, Signal
from qtpy.QtGui import QKeyEvent, QKeySequence, QMouseEvent
from qtpy.QtWidgets import QCompleter, QLineEdit, QWidget

from psi.experiment.parameters.parameters import offered, stepped
from psi.models.items import ItemSpec

#: Ctrl+Y is redo on Windows, Ctrl+Shift+Z elsewhere; here both are, everywhere.
REDO_KEYS = ("Ctrl+Shift+Z", "Ctrl+Y")


def is_undo(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Undo)


def is_redo(event: QKeyEvent) -> bool:
    return QKeySequence(event.keyCombination()) in [QKeySequence(keys) for keys in REDO_KEYS]


class ItemField(QLineEdit):
    """Up and Down go by the item's step, or open its choices. Undo and Redo are the draft's, not the line's."""

    undo_asked = Signal()
    redo_asked = Signal()

    def __init__(self, spec: ItemSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self._choices = offered(spec)
        self.setObjectName(f"item_{spec.name}")
        self.setFixedHeight(22)
        self.setMinimumWidth(36)
        # What is too long for its field is read from its beginning.
        self.editingFinished.connect(lambda: self.home(False))
        if self._choices:
            completer = QCompleter(self)
            completer.setModel(QStringListModel(self._choices, completer))
            completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
            completer.activated[str].connect(self._choose)
            self.setCompleter(completer)
            self.setPlaceholderText("choose, or write an expression")

    def _choose(self, text: str) -> None:
        self.setText(text)
        self.textEdited.emit(text)
        self.editingFinished.emit()

    def _open_choices(self) -> None:
        completer = self.completer()
        if completer is not None:
            completer.setCompletionPrefix("")
            completer.complete()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802 - Qt's name
        super().mousePressEvent(event)
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._open_choices()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802 - Qt's name
        if event is None:
            return
        by = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        if is_undo(event):
            self.undo_asked.emit()
        elif is_redo(event):
            self.redo_asked.emit()
        elif by and self._choices:
            self._open_choices()
        elif by and (text := stepped(self._spec, self.text(), by)):
            self.setText(text)
            self.textEdited.emit(text)
        else:
            super().keyPressEvent(event)
