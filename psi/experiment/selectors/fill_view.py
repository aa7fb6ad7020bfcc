"""A line to fill a range with: from, to, how many or how far apart, on which scale."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from psi.experiment.choice_view import ChoiceBox
from psi.experiment.selectors.fill import SPACINGS, range_of, step_unit, texts_of
from psi.experiment.widget_view import quiet_label, set_property, set_text
from psi.models.ranges import Range


class FillBar(QFrame):
    """Asks for a range; Enter takes it, Escape closes."""

    #: A :class:`~psi.models.ranges.Range` was given.
    filled = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"fill_{name}")
        self._unit = ""
        self._n_cells = 0
        grid = QGridLayout(self)
        grid.setContentsMargins(4, 2, 4, 4)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(3)
        self.title = QLabel()
        self.start, self.stop, self.number = (QLineEdit() for _ in range(3))
        self.by, self.spacing = ChoiceBox(), ChoiceBox()
        self.by.addItems(["step", "n"])
        self.spacing.addItems(list(SPACINGS))
        parts: dict[str, QWidget] = {
            "start": self.start,
            "stop": self.stop,
            "number": self.number,
            "by": self.by,
            "spacing": self.spacing,
        }
        for what, part in parts.items():
            part.setObjectName(f"fill_{name}_{what}")
        self.spacing.setToolTip("Equal steps on which scale: linear, octaves (log), or dB of an amplitude")
        self.fill = QPushButton("Fill")
        self.fill.setObjectName(f"fill_{name}_go")
        self.fill.setAutoDefault(False)
        close = QPushButton("×")
        close.setToolTip("Close")
        close.setFixedWidth(22)
        close.setStyleSheet("padding: 0;")
        close.clicked.connect(self.hide)
        self.said = quiet_label()
        self.said.setWordWrap(True)
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(4)
        above: tuple[QWidget, ...] = (self.title, self.start, QLabel("to"), self.stop, close)
        below: tuple[QWidget, ...] = (self.by, self.number, self.spacing, self.fill)
        for row, widgets in ((first, above), (second, below)):
            for widget in widgets:
                row.addWidget(widget, int(isinstance(widget, QLineEdit)))
        grid.addLayout(first, 0, 0)
        grid.addLayout(second, 1, 0)
        grid.addWidget(self.said, 2, 0)
        for field in (self.start, self.stop, self.number):
            field.textEdited.connect(self._look)
            field.returnPressed.connect(self._fill)
        for box in (self.by, self.spacing):
            box.activated.connect(self._look)
        self.fill.clicked.connect(self._fill)
        self.hide()

    def open(self, title: str, unit: str, start: str = "", stop: str = "", n_cells: int = 0) -> None:
        """Ask for a range of what is called ``title``; of ``n_cells`` values, where so many wait for it."""
        self._unit, self._n_cells = unit, n_cells
        if n_cells:
            self.by.setCurrentText("n")
            self.number.setText(str(n_cells))
        set_text(self.title, f"Fill {title}")
        for field, text in ((self.start, start), (self.stop, stop)):
            field.setText(text)
        self.show()
        self.start.setFocus(Qt.FocusReason.OtherFocusReason)
        self.start.selectAll()
        self._look()

    def _typed(self) -> Range:
        return range_of(
            self.start.text(), self.stop.text(), self.by.currentText(), self.number.text(), self.spacing.currentText()
        )

    def _look(self, *_: object) -> None:
        unit = step_unit(self.spacing.currentText(), self._unit)
        self.number.setPlaceholderText(f"step in {unit}" if self.by.currentText() == "step" and unit else "")
        try:
            texts = texts_of(self._typed())
        except ValueError as error:
            complete = all(field.text().strip() for field in (self.start, self.stop, self.number))
            set_text(self.said, str(error) if complete else "")
            set_property(self.said, "tone", "red")
            self.fill.setEnabled(False)
            self.said.setVisible(complete)
            return
        shown = texts if len(texts) <= 7 else [*texts[:4], "…", texts[-1]]
        set_text(self.said, f"{len(texts)} value{'s' if len(texts) > 1 else ''}: {', '.join(shown)} {self._unit}")
        fits = self._n_cells in (0, len(texts))
        if not fits:
            self.said.setText(f"{self.said.text()}; {self._n_cells} cells are chosen")
        set_property(self.said, "tone", "" if fits else "edited")
        self.said.show()
        self.fill.setEnabled(True)

    def _fill(self) -> None:
        if self.fill.isEnabled():
            held = self._typed()
            self.hide()
            self.filled.emit(held)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
