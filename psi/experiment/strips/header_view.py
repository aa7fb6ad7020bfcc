"""The top of the window: condition, subject, figures, and the buttons."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from psi.experiment.alarm_view import AlarmBanner
from psi.experiment.by_hand_view import ByHandView
from psi.experiment.start.start_view import StartDialog
from psi.experiment.strips.headline import REWARD, Headline, headline
from psi.experiment.strips.session_strip_view import SessionStrip
from psi.experiment.strips.toolbar_view import ToolbarView
from psi.experiment.widget_view import PanelWidget, set_property, set_text, set_text_of

_Request = tuple[str, dict[str, Any]]

#: Name of the button, its text, what it asks for, and its hint.
_COURSE: tuple[tuple[str, str, _Request | None, str], ...] = (
    ("open", "Open", ("want", {"condition": "open"}), "Work outputs by hand; nothing is recorded"),
    ("monitoring", "Monitor", ("want", {"condition": "monitoring"}), "Inputs flow to the traces; nothing is recorded"),
    ("running", "▶ Start", None, "Start a run; it is recorded"),
    ("pause", "Pause", None, "Trial logic stands still from the next trial on; the recording goes on"),
    ("stop", "■ Stop", None, "End the run now; without a run, close the rig"),
    ("stop_after_trial", "Stop after trial", None, "End the run when this trial has ended; again to go on"),
)
_TRIALS: tuple[tuple[str, str, _Request | None, str], ...] = (
    ("remind", "Remind", ("remind", {}), "The next trial is a reminder"),
    ("repeat", "Repeat", ("repeat", {}), "Give this setting again in the next trial"),
    ("abort_trial", "Abort trial", ("abort_trial", {}), "End this trial now; its row is kept and marked"),
    ("reward", "Reward", ("post", {"event": REWARD}), "Deliver a reward now, as the paradigm would"),
)

#: Those that are there only while trials are.
_OF_TRIALS = ("remind", "repeat", "abort_trial")


class HeaderView(PanelWidget):
    """One glance from across the room."""

    KEYS = frozenset(
        "condition wanted fault connected rows status session selectors recording paused pausing outputs flags message "
        "watched_over by_hand events machine scoring stopping_after_trial last_run theme".split()
    )

    def build(self) -> None:
        self.setObjectName("header_row")
        frame = self._frame = QFrame(self)
        frame.setObjectName("header")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        outer.setSpacing(6)
        #: Buttons that manifests contribute.
        self.toolbar = ToolbarView(self.console, self)
        outer.addWidget(self.toolbar)
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(12)
        self.condition = self._label("condition", frame)
        self.condition.setMinimumHeight(36)
        self.condition.setMinimumWidth(136)
        self.condition.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.recording = self._label("recording", frame, "REC")
        self.recording.setMinimumHeight(36)
        row.addWidget(self.condition)
        row.addWidget(self.recording)
        self.figures: dict[str, QLabel] = {}
        self._captions: dict[str, QLabel] = {}
        self._figure_row = QHBoxLayout()
        self._figure_row.setSpacing(12)
        row.addLayout(self._figure_row)
        for caption in ("subject", "elapsed", "trials"):
            self._add_figure(caption)
        self.warning = self._label("warning", frame)
        row.addWidget(self.warning)
        self.buttons: dict[str, QPushButton] = {}
        self.strip = SessionStrip(self.console, self)
        self.alarm = AlarmBanner(self.console, self)
        outer.addWidget(self.strip)
        outer.addWidget(self.alarm)
        self.alarm.instead = self.strip
        self._rows = QVBoxLayout()
        self._rows.setSpacing(5)
        row.addLayout(self._rows, 1)
        course, trials = QHBoxLayout(), QHBoxLayout()
        self.refusal = self._label("refusal", frame)
        # It takes what room there is: no text may press buttons out of shape.
        self.refusal.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        course.addWidget(self.refusal, 1)
        trials.addStretch(1)
        for line in (course, trials):
            line.setSpacing(6)
            self._rows.addLayout(line)
        for line, buttons in ((course, _COURSE), (trials, _TRIALS)):
            for name, text, request, hint in buttons:
                line.addWidget(self._button(name, text, request, hint))
        self.buttons["running"].clicked.connect(self.start)
        self.buttons["pause"].clicked.connect(self._pause)
        self.buttons["stop_after_trial"].setCheckable(True)
        self.buttons["stop_after_trial"].clicked.connect(self._stop_after_trial)
        self.buttons["stop"].clicked.connect(self._stop)
        self.by_hand = ByHandView(self.console, self)
        trials.addWidget(self.by_hand)
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

    def _stop_after_trial(self) -> None:
        self.console.request("keep_going" if self.console.get("stopping_after_trial") else "stop_after_trial")

    def _stop(self) -> None:
        if "running" in (self.console.get("condition"), self.console.get("wanted")):
            self.console.request("stop")
        else:
            self.console.request("want", condition="closed")

    def _add_figure(self, caption: str) -> None:
        column = QVBoxLayout()
        column.setSpacing(0)
        # Beside two rows of buttons a figure and its caption stay together.
        column.addStretch(1)
        self.figures[caption] = self._label("figure", self._frame)
        self._captions[caption] = self._label("caption", self._frame, caption)
        column.addWidget(self.figures[caption])
        column.addWidget(self._captions[caption])
        column.addStretch(1)
        self._figure_row.addLayout(column)

    # -- what is shown -----------------------------------------------------------------------

    def show_state(self, keys: set[str]) -> None:
        said = headline(self.console)
        self._show_condition(said)
        set_text(self.figures["subject"], said.subject or "–")
        for caption, text in said.figures.items():
            if caption not in self.figures:
                self._add_figure(caption)
            set_text(self.figures[caption], text)
        for caption, figure in self.figures.items():
            # Which figures there are is the paradigm's to say.
            there = caption == "subject" or caption in said.figures
            figure.setVisible(there)
            self._captions[caption].setVisible(there)
        for name, button in self.buttons.items():
            button.setEnabled(name in said.enabled)
        for name in _OF_TRIALS:
            # Without trials their room is the outputs'.
            self.buttons[name].setVisible(said.condition in ("running", "paused"))
        set_text_of(self.buttons["pause"], said.pause_word)
        self.buttons["stop_after_trial"].setChecked(
            bool(self.console.get("stopping_after_trial")) and said.condition in ("running", "paused")
        )
        set_text_of(self.buttons["stop"], said.stop_word)
        set_text(self.refusal, self._line())
        self.buttons["reward"].setVisible(REWARD in self.console.get("events", []))
        self.by_hand.show_state("output" in said.enabled)

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
        if said.condition == "open":
            # Hollow: the rig can be worked, but nothing comes from it, as it does while monitoring.
            sheet = f"background: transparent; color: {color}; border: 2px solid {color};"
        if self.condition.styleSheet() != sheet:
            self.condition.setStyleSheet(sheet)
        self.recording.setVisible(said.recording)
        set_text(self.warning, said.warning.upper())
        self.warning.setVisible(bool(said.warning))
        set_property(self.warning, "tone", "alarm" if said.alarming else "")

    def release(self) -> None:
        if self.dialog is not None:
            self.dialog.close()
        for part in (self.toolbar, self.strip, self.alarm):
            part.release()
        super().release()
