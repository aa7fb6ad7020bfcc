"""The top of the window: condition, subject, figures, and the buttons."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent, Qt, Signal
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QVBoxLayout

from psi.experiment.start.start_view import StartDialog
from psi.experiment.strips.alarm_view import AlarmBanner
from psi.experiment.strips.by_hand_view import ByHandView
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

    #: Its rows have changed, so that it needs more or less height.
    reshaped = Signal()

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
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight, frame)
        self._halves.setContentsMargins(12, 8, 12, 8)
        self._halves.setSpacing(12)
        row = self._facts = QHBoxLayout()
        row.setSpacing(12)
        self._halves.addLayout(row)
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
        row.addStretch(1)
        self.buttons: dict[str, QPushButton] = {}
        self.strip = SessionStrip(self.console, self)
        self.alarm = AlarmBanner(self.console, self)
        outer.addWidget(self.strip)
        outer.addWidget(self.alarm)
        self.alarm.instead = self.strip
        self._rows = QVBoxLayout()
        self._rows.setSpacing(5)
        self._halves.addLayout(self._rows, 1)
        course, trials = QHBoxLayout(), QHBoxLayout()
        for line in (course, trials):
            line.addStretch(1)
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
        self._fitted: object = None

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
        refusal = (self.console.message or self.console.get("fault", "")).replace("\n", " ")
        self.strip.refuse(refusal)
        # An alarm stands in the strip's place, which must not keep anybody from reading why a button does nothing.
        self.strip.setVisible(bool(refusal) or self.alarm.isHidden())
        self.buttons["reward"].setVisible(REWARD in self.console.get("events", []))
        self.by_hand.show_state("output" in said.enabled)
        self._fit()

    # -- room --------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where there is no room beside the buttons, draw the figures smaller; where that is too little, above them."""
        shown = [label for label in (*self.figures.values(), self.condition, self.warning) if not label.isHidden()]
        # What the room depends on: nothing is measured again for a digit that changes.
        kept = [name for name, button in self.buttons.items() if not button.isHidden()]
        asked = (self.width(), [len(label.text()) for label in shown], kept, len(self.by_hand.lines))
        if asked == self._fitted:
            return
        self._fitted = asked
        margins = self._halves.contentsMargins()
        room = self.width() - margins.left() - margins.right() - 2 * self._frame.frameWidth()
        beside = False
        for small in (False, True, False):
            for label in self.figures.values():
                set_property(label, "small", small)
            for layout in self._halves.findChildren(QLayout):
                # What it has measured of smaller letters is not true of larger ones.
                layout.invalidate()
            needed = self._facts.minimumSize().width() + self._halves.spacing() + self._rows.minimumSize().width()
            beside = needed <= room
            if beside:
                break
        ways = QBoxLayout.Direction
        self._halves.setDirection(ways.LeftToRight if beside else ways.TopToBottom)

    def event(self, event: QEvent | None) -> bool:
        done = super().event(event)
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self.reshaped.emit()
        return done

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
