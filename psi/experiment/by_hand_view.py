"""Buttons for the outputs that are worked by hand, and the panel with what can be asked of a line."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QPoint, Qt, Signal
from qtpy.QtGui import QHideEvent
from qtpy.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from psi.experiment.by_hand import Pulses, doing_words, given_words, kind_of, output_title
from psi.experiment.console import Console
from psi.experiment.widget_view import quiet_label, set_property, set_text, set_text_of

#: Field, what is written before it, and its hint.
_FIELDS = (
    ("length", "Length [ms]", "How long each pulse is"),
    ("drops", "Drops", "How many pulses"),
    ("gap", "Gap [ms]", "From the end of one pulse to the beginning of the next"),
)


class PulsePanel(QFrame):
    """Opens under a line's button: a pulse of a given length, some drops, priming, Stop."""

    edited = Signal()

    def __init__(self, console: Console, pulses: Pulses, title: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.console = console
        self.pulses = pulses
        self.setObjectName("by_hand")
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 12, 14, 12)
        grid.setVerticalSpacing(6)
        grid.setHorizontalSpacing(8)
        self.setFixedWidth(250)
        heading = QLabel(title)
        heading.setProperty("group", True)
        grid.addWidget(heading, 0, 0, 1, 2)
        self.fields: dict[str, QLineEdit] = {}
        self.reasons: dict[str, QLabel] = {}
        for name, caption, hint in _FIELDS:
            self._add_field(grid, name, caption, hint)
        self.give = self._button("Give", "give", "Give these pulses now")
        grid.addWidget(self.give, grid.rowCount(), 0, 1, 2)
        grid.setRowMinimumHeight(grid.rowCount(), 6)
        self._add_field(grid, "prime", "Prime [s]", "How long the line stays open")
        primes = QHBoxLayout()
        primes.setSpacing(6)
        self.prime = self._button("Prime", "prime", "Open the line for these seconds")
        self.hold = self._button("Hold to prime", "hold", f"Open while held, for {pulses.longest:g} s at most")
        primes.addWidget(self.prime)
        primes.addWidget(self.hold)
        grid.addLayout(primes, grid.rowCount(), 0, 1, 2)
        grid.setRowMinimumHeight(grid.rowCount(), 6)
        self.stop = self._button("■ Stop", "stop_line", "End drops and priming now")
        self.stop.setProperty("alarm", True)
        grid.addWidget(self.stop, grid.rowCount(), 0, 1, 2)
        self.given = quiet_label()
        self.given.setWordWrap(True)
        self.given.setObjectName("given")
        grid.addWidget(self.given, grid.rowCount(), 0, 1, 2)
        self.give.clicked.connect(self._give)
        self.prime.clicked.connect(self._prime)
        self.hold.pressed.connect(self._begin_hold)
        self.hold.released.connect(self._end_hold)
        self.stop.clicked.connect(lambda: self._ask(pulses.stop()))
        self._held = False
        self._show_faults()

    def _add_field(self, grid: QGridLayout, name: str, caption: str, hint: str) -> None:
        edit = QLineEdit(self.pulses.texts[name], self)
        edit.setObjectName(name)
        edit.setToolTip(hint)
        edit.setFixedWidth(84)
        edit.textChanged.connect(lambda text: self._edit(name, text))
        reason = QLabel("")
        reason.setObjectName("refusal")
        reason.setVisible(False)
        reason.setWordWrap(True)
        row = grid.rowCount()
        grid.addWidget(QLabel(caption), row, 0)
        grid.addWidget(edit, row, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(reason, row + 1, 0, 1, 2)
        self.fields[name], self.reasons[name] = edit, reason

    def _button(self, text: str, name: str, hint: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(hint)
        button.setAutoDefault(False)
        return button

    def _edit(self, name: str, text: str) -> None:
        self.pulses.texts[name] = text
        self._show_faults()
        self.edited.emit()

    def _show_faults(self) -> None:
        faults = self.pulses.faults()
        for name, reason in self.reasons.items():
            set_text(reason, faults.get(name, ""))
            reason.setVisible(name in faults)
            set_property(self.fields[name], "tone", "wrong" if name in faults else "")
        self.adjustSize()

    def _ask(self, request: dict[str, Any] | None) -> None:
        if request is not None:
            self.console.request("output", **request)

    def _give(self) -> None:
        self._ask(self.pulses.give())

    def _prime(self) -> None:
        self._ask(self.pulses.prime())

    def _begin_hold(self) -> None:
        self._held = True
        self._ask(self.pulses.hold())

    def _end_hold(self) -> None:
        if self._held:
            self._held = False
            self._ask(self.pulses.stop())

    def hideEvent(self, event: QHideEvent | None) -> None:  # noqa: N802 - Qt's name
        """A panel that goes away under the hand that holds lets go."""
        self._end_hold()
        super().hideEvent(event)

    def show_state(self, enabled: bool, state: dict[str, Any] | None) -> None:
        """Bring buttons and counts up to date."""
        doing = bool((state or {}).get("doing"))
        faults = self.pulses.faults().keys()
        self.give.setEnabled(enabled and not doing and not faults & {"length", "drops", "gap"})
        self.prime.setEnabled(enabled and not doing and "prime" not in faults)
        # It must not be taken from under the finger: a disabled button is never released.
        self.hold.setEnabled(enabled and (self._held or not doing))
        self.stop.setEnabled(enabled)
        going_on = doing_words(state)
        set_text(self.given, given_words(state) + (f" · {going_on}" if going_on else ""))


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
