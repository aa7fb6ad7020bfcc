"""Buttons for the outputs that are worked by hand."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from psi.experiment.console import Console
from psi.experiment.strips.by_hand import Pulses, doing_words, kind_of, output_title
from psi.experiment.strips.pulse_panel_view import PulsePanel
from psi.experiment.widget_view import set_text_of


class LineButton(QWidget):
    """A line's button, which gives what its panel says, and the small one beside it that opens the panel."""

    def __init__(self, console: Console, output: dict[str, Any], parent: QWidget) -> None:
        super().__init__(parent)
        self.console = console
        name = output["name"]
        self.title = output_title(output)
        self.pulses = Pulses.of(output)
        self.main = QPushButton(self.title, self)
        self.main.setObjectName(f"output_{name}")
        self.more = QPushButton("▾", self)
        self.more.setObjectName(f"more_{name}")
        self.more.setToolTip(f"{self.title}: length, drops, priming")
        for button, side in ((self.main, "left"), (self.more, "right")):
            button.setProperty("split", side)
        self.more.setFixedWidth(22)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.main)
        row.addWidget(self.more)
        self.panel = PulsePanel(console, self.pulses, self.title, self)
        self.panel.edited.connect(self._edited)
        self.main.clicked.connect(self._give)
        self.more.clicked.connect(self.open_panel)
        self._shown: tuple[bool, dict[str, Any] | None] = (False, None)
        self._edited()

    def _edited(self) -> None:
        request = self.pulses.give()
        count = 1 if request is None else request["count"]
        self.main.setText(self.title if count == 1 else f"{self.title} x {count}")
        self.main.setToolTip(f"{self.title} by hand: {self.pulses.words()}")
        self.panel.show_state(*self._shown)

    def _give(self) -> None:
        request = self.pulses.give()
        if request is None:
            self.open_panel()
        else:
            self.console.request("output", **request)

    def open_panel(self) -> None:
        """Show the panel under the button."""
        panel = self.panel
        panel.adjustSize()
        panel.move(self.mapToGlobal(QPoint(self.width() - panel.width(), self.height() + 3)))
        panel.show()
        panel.fields["length"].setFocus()
        panel.fields["length"].selectAll()

    def show_state(self, enabled: bool, state: dict[str, Any] | None) -> None:
        """Bring it up to date with what the runtime says of this line."""
        self._shown = enabled, state
        self.main.setEnabled(enabled)
        self.more.setEnabled(enabled)
        if not enabled:
            self.panel.hide()
        self.panel.show_state(enabled, state)


#: Buttons of outputs that the header has room for, 'More' among them.
_IN_ROW = 3


class ByHandView(QWidget):
    """One button for each output, and a Stop for each line that is busy for longer than a pulse.

    Where there are many outputs, the later ones stand in a panel that 'More' opens.
    """

    def __init__(self, console: Console, parent: QWidget) -> None:
        super().__init__(parent)
        self.console = console
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self.more = QPushButton("More ▾", self)
        self.more.setObjectName("more_outputs")
        self.more.setToolTip("Further outputs")
        self.more.clicked.connect(self._open_more)
        self.others = QFrame(self, Qt.WindowType.Popup)
        self.others.setObjectName("by_hand")
        self._column = QVBoxLayout(self.others)
        self._column.setContentsMargins(10, 10, 10, 10)
        self._column.setSpacing(6)
        self._outputs: list[dict[str, Any]] = []
        self._made: list[QWidget] = []
        self.toggles: dict[str, QPushButton] = {}
        self.lines: dict[str, LineButton] = {}
        self.stops: dict[str, QPushButton] = {}

    def show_state(self, enabled: bool) -> None:
        """Bring every button up to date."""
        outputs = [output for output in self.console.get("outputs", []) if kind_of(output)]
        if outputs != self._outputs:
            self._outputs = outputs
            self._make(outputs)
        flags, by_hand = self.console.get("flags", {}), self.console.get("by_hand", {})
        for name, toggle in self.toggles.items():
            toggle.setEnabled(enabled)
            # A rig that is closed, or does not answer, has nothing on as far as is known.
            toggle.setChecked(enabled and bool(flags.get(f"{name}_active")))
        states = {name: by_hand.get(name) if enabled else None for name in self.lines}
        busy = [name for name, state in states.items() if doing_words(state)]
        for name, line in self.lines.items():
            line.show_state(enabled, states[name])
            # Short as long as there is no doubt which: two lines with their names do not fit the header.
            set_text_of(self.stops[name], "■ Stop" if len(busy) == 1 else f"■ {line.title}")
            self.stops[name].setVisible(name in busy)

    def _make(self, outputs: list[dict[str, Any]]) -> None:
        for old in self._made:
            self._row.removeWidget(old)
            self._column.removeWidget(old)
            old.deleteLater()
        self._row.removeWidget(self.more)
        self._made, self.toggles, self.lines, self.stops = [], {}, {}, {}
        # Stops come first: the row stands at the right, so that nothing else moves when one appears.
        for output in (output for output in outputs if kind_of(output) == "trigger"):
            name = output["name"]
            stop = QPushButton("■ Stop", self)
            stop.setObjectName(f"stop_{name}")
            stop.setProperty("alarm", True)
            stop.setToolTip(f"{output_title(output)}: end drops and priming now")
            stop.clicked.connect(lambda _checked, name=name: self.console.request("output", name=name, action="stop"))
            stop.hide()
            self.stops[name] = stop
            self._add(stop)
        n_in_row = len(outputs) if len(outputs) <= _IN_ROW else _IN_ROW - 1
        for number, output in enumerate(outputs):
            name = output["name"]
            below = number >= n_in_row
            if kind_of(output) == "trigger":
                self.lines[name] = LineButton(self.console, output, self)
                self._add(self.lines[name], below)
            else:
                toggle = QPushButton(output_title(output), self)
                toggle.setObjectName(f"output_{name}")
                toggle.setToolTip(f"Work {name} by hand")
                toggle.setCheckable(True)
                toggle.clicked.connect(lambda _checked, name=name: self._toggle(name))
                self.toggles[name] = toggle
                self._add(toggle, below)
        self._row.addWidget(self.more)
        self.more.setVisible(n_in_row < len(outputs))

    def _add(self, widget: QWidget, below: bool = False) -> None:
        self._made.append(widget)
        (self._column if below else self._row).addWidget(widget)

    def _open_more(self) -> None:
        self.others.adjustSize()
        corner = QPoint(self.more.width() - self.others.width(), self.more.height() + 3)
        self.others.move(self.more.mapToGlobal(corner))
        self.others.show()

    def _toggle(self, name: str) -> None:
        action = "low" if self.console.get("flags", {}).get(f"{name}_active") else "high"
        self.console.request("output", name=name, action=action)
