"""The alarm in the window: a large line, the window asking for attention, and a sound until somebody has seen it."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from psi.experiment.strips.alarm import Alarm, AlarmWatch
from psi.experiment.widget_view import PanelWidget, set_property, set_text


class AlarmBanner(PanelWidget):
    """Hidden until there is something to say; stays until it is dismissed, or the next run starts.

    It takes the place of the widget ``instead`` meanwhile, so that nothing else moves.
    """

    KEYS = frozenset("condition connected fault last_run rows".split())

    #: Milliseconds between sounds, and how many there are.
    EVERY = 700
    SOUNDS = 5

    def build(self) -> None:
        self.setObjectName("alarm_row")
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.frame = QFrame(self)
        self.frame.setObjectName("alarm")
        outer.addWidget(self.frame)
        row = QHBoxLayout(self.frame)
        row.setContentsMargins(14, 1, 6, 1)
        self.line = QLabel(self.frame)
        self.line.setObjectName("alarm_line")
        # It takes what room there is; the whole of it is in its tip.
        self.line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.dismiss = QPushButton("Seen", self.frame)
        self.dismiss.setObjectName("seen")
        self.dismiss.clicked.connect(self.quiet)
        row.addWidget(self.line, 1)
        row.addWidget(self.dismiss)
        self.hide()
        self.instead: QWidget | None = None
        #: What makes the sound; needs no sound device.
        self.sound: Callable[[], object] = QApplication.beep
        self._watch = AlarmWatch()
        self._left = 0
        self._timer = QTimer(self)
        self._timer.setInterval(self.EVERY)
        self._timer.timeout.connect(self._ring)

    def show_state(self, keys: set[str]) -> None:
        alarm = self._watch.look(self.console)
        if alarm is not None:
            self.give(alarm)
        elif self.console.get("condition") == "running" and self.console.connected and self.isVisible():
            self.quiet()

    def give(self, alarm: Alarm) -> None:
        """Show ``alarm`` and call for attention."""
        set_text(self.line, alarm.words)
        self.line.setToolTip(alarm.words)
        set_property(self.frame, "tone", alarm.kind)
        self._appear(True)
        window = self.window()
        if window is not None:
            QApplication.alert(window)
        self._left = self.SOUNDS if self.console.alarm_sound else 0
        self._ring()
        self._timer.start()

    def _ring(self) -> None:
        if self._left <= 0:
            self._timer.stop()
            return
        self._left -= 1
        self.sound()

    def quiet(self) -> None:
        """Somebody has seen it."""
        self._left = 0
        self._timer.stop()
        self._appear(False)

    def _appear(self, wanted: bool) -> None:
        if self.instead is not None:
            self.instead.setVisible(not wanted)
            self.setFixedHeight(self.instead.height())
        self.setVisible(wanted)

    def release(self) -> None:
        self._timer.stop()
        super().release()
