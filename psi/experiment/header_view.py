"""The top of the window: condition, subject, figures, and the buttons."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from psi.experiment.headline import Headline, headline
from psi.experiment.start_view import StartDialog
from psi.experiment.widget_view import PanelWidget, set_text

_Request = tuple[str, dict[str, Any]]

#: Name of the button, its text, what it asks for, and its hint.
_COURSE: tuple[tuple[str, str, _Request | None, str], ...] = (
    ("open", "Open", ("want", {"condition": "open"}), "Work outputs by hand; nothing is recorded"),
    ("monitoring", "Monitor", ("want", {"condition": "monitoring"}), "Inputs flow to the traces; nothing is recorded"),
    ("running", "▶ Start", None, "Start a run; it is recorded"),
    ("pause", "Pause", None, "Trial logic stands still from the next trial on; the recording goes on"),
    ("stop", "■ Stop", None, "End the run now; without a run, close the rig"),
    ("stop_after_trial", "Stop after trial", ("stop_after_trial", {}), "End the run when this trial has ended"),
)
_TRIALS: tuple[tuple[str, str, _Request | None, str], ...] = (
    ("remind", "Remind", ("remind", {}), "The next trial is a reminder"),
    ("repeat", "Repeat", ("repeat", {}), "Give this setting again in the next trial"),
    ("abort_trial", "Abort trial", ("abort_trial", {}), "End this trial now; its row is kept and marked"),
)


class HeaderView(PanelWidget):
    """One glance from across the room."""

    KEYS = frozenset(
        "condition wanted fault connected rows status session selectors recording paused pausing outputs flags message "
        "theme".split()
    )

    def build(self) -> None:
        self.setObjectName("header_row")
        frame = QFrame(self)
        frame.setObjectName("header")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(12)
        self.condition = self._label("condition", frame)
        self.condition.setMinimumHeight(36)
        self.condition.setMinimumWidth(120)
        self.condition.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.recording = self._label("recording", frame, "REC")
        self.recording.setMinimumHeight(36)
        row.addWidget(self.condition)
        row.addWidget(self.recording)
        self.figures: dict[str, QLabel] = {}
        for caption in ("subject", "elapsed", "trials", "hits, last 20", "d′"):
            column = QVBoxLayout()
            column.setSpacing(0)
            self.figures[caption] = self._label("figure", frame)
            column.addWidget(self.figures[caption])
            column.addWidget(self._label("caption", frame, caption))
            row.addLayout(column)
        self.warning = self._label("warning", frame)
        row.addWidget(self.warning)
        row.addStretch(1)
        self.buttons: dict[str, QPushButton] = {}
        self._rows = QVBoxLayout()
        self._rows.setSpacing(5)
        row.addLayout(self._rows)
        course, self._by_hand = QHBoxLayout(), QHBoxLayout()
        for line in (course, self._by_hand):
            line.setSpacing(6)
            line.addStretch(1)
            self._rows.addLayout(line)
        self.refusal = self._label("refusal", frame)
        self._by_hand.addWidget(self.refusal)
        for line, buttons in ((course, _COURSE), (self._by_hand, _TRIALS)):
            for name, text, request, hint in buttons:
                line.addWidget(self._button(name, text, request, hint))
        self.buttons["running"].clicked.connect(self.start)
        self.buttons["pause"].clicked.connect(self._pause)
        self.buttons["stop"].clicked.connect(self._stop)
        self._outputs: list[dict[str, Any]] = []
        self._output_buttons: dict[str, QPushButton] = {}
        self._pulse: QLineEdit | None = None
        self.dialog: StartDialog | None = None

    def _label(self, name: str, parent: QFrame, text: str = "") -> QLabel:
        label = QLabel(text, parent)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _button(self, name: str, text: str, request: _Request | None, hint: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(hint)
        if request is not None:
            command, params = request
            button.clicked.connect(lambda: self.console.request(command, **params))
        self.buttons[name] = button
        return button

    # -- what buttons do ---------------------------------------------------------------------

    def start(self) -> None:
        """Ask whether all is right, then start."""
        self.dialog = StartDialog(self.console, self.window())
        self.dialog.open()

    def _pause(self) -> None:
        self.console.request("resume" if self.buttons["pause"].text() == "Resume" else "pause")

    def _stop(self) -> None:
        if self.console.get("condition") == "running":
            self.console.request("stop")
        else:
            self.console.request("want", condition="closed")

    def _work(self, name: str, kind: str) -> None:
        if kind == "toggle":
            action = "low" if self.console.get("flags", {}).get(f"{name}_active") else "high"
            self.console.request("output", name=name, action=action, duration=None)
            return
        text = self._pulse.text().strip() if self._pulse is not None else ""
        try:
            duration = float(text) / 1000 if text else None
        except ValueError:
            self.refusal.setText(f"{text!r} is no pulse length in ms")
            return
        self.console.request("output", name=name, action="fire" if kind == "trigger" else "start", duration=duration)

    # -- what is shown -----------------------------------------------------------------------

    def show_state(self, keys: set[str]) -> None:
        said = headline(self.console)
        self._show_condition(said)
        set_text(self.figures["subject"], said.subject or "–")
        for caption, text in said.figures.items():
            set_text(self.figures[caption], text)
        for name, button in self.buttons.items():
            button.setEnabled(name in said.enabled)
        set_text_of(self.buttons["pause"], said.pause_word)
        set_text_of(self.buttons["stop"], "■ Stop" if self.console.get("condition") == "running" else "■ Close")
        set_text(self.refusal, self._line())
        self._show_outputs("output" in said.enabled)

    def _line(self) -> str:
        line = (self.console.message or self.console.get("fault", "")).replace("\n", " ")
        self.refusal.setToolTip(line)
        return line if len(line) <= 70 else line[:69] + "…"

    def _show_condition(self, said: Headline) -> None:
        color = self.console.theme.condition_color(said.condition)
        set_text(self.condition, f"● {said.word}")
        # White cannot be read on what is as bright as the pause's yellow.
        on = self.console.theme.window if said.condition == "paused" else self.console.theme.on_accent
        sheet = f"background: {color}; color: {on};"
        if self.condition.styleSheet() != sheet:
            self.condition.setStyleSheet(sheet)
        self.recording.setVisible(said.recording)
        set_text(self.warning, said.warning.upper())
        self.warning.setVisible(bool(said.warning))

    def _show_outputs(self, enabled: bool) -> None:
        outputs = [output for output in self.console.get("outputs", []) if kind_of(output)]
        if outputs != self._outputs:
            self._outputs = outputs
            self._make_output_buttons(outputs)
        flags = self.console.get("flags", {})
        for name, button in self._output_buttons.items():
            button.setEnabled(enabled)
            button.setChecked(bool(flags.get(f"{name}_active")) and button.isCheckable())

    def _make_output_buttons(self, outputs: list[dict[str, Any]]) -> None:
        for old in (*self._output_buttons.values(), *([self._pulse] if self._pulse is not None else [])):
            self._by_hand.removeWidget(old)
            old.deleteLater()
        self._output_buttons, self._pulse = {}, None
        for output in outputs:
            name, kind = output["name"], kind_of(output)
            button = QPushButton(output.get("label") or output_title(name), self)
            button.setObjectName(f"output_{name}")
            button.setToolTip(f"Work {name} by hand")
            button.setCheckable(kind == "toggle")
            button.clicked.connect(lambda _checked, name=name, kind=kind: self._work(name, kind))
            self._output_buttons[name] = button
            self._by_hand.addWidget(button)
        if any(kind_of(output) == "trigger" for output in outputs):
            self._pulse = QLineEdit(self)
            self._pulse.setObjectName("pulse")
            self._pulse.setPlaceholderText("ms")
            self._pulse.setToolTip("Length of pulses by hand in ms; empty takes the output's own")
            self._pulse.setFixedWidth(44)
            self._by_hand.addWidget(self._pulse)

    def release(self) -> None:
        if self.dialog is not None:
            self.dialog.close()
        super().release()


def kind_of(output: dict[str, Any]) -> str:
    """'toggle' or 'trigger' of what can be worked from the header; sounds are left to the paradigm."""
    actions = output.get("actions", [])
    if "high" in actions:
        return "toggle"
    return "trigger" if "fire" in actions else ""


def output_title(name: str) -> str:
    """``'room_light_toggle'`` as people say it: ``'Room light'``."""
    words = [word for word in name.split("_") if word not in ("toggle", "trigger")]
    return " ".join(words).capitalize() or name


def set_text_of(button: QPushButton, text: str) -> None:
    if button.text() != text:
        button.setText(text)
