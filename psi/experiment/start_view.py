"""What is confirmed before a run starts: who, what, where, and what is different."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from psi.experiment.console import Console
from psi.experiment.start import start_facts
from psi.experiment.widget_view import quiet_label, set_property, set_text
from psi.experiment.worker import Answer

#: Differences that are seen at once; more are scrolled to.
_LINES = 8

#: Milliseconds without a keystroke after which the subject is taken to be typed.
_TYPED = 300

#: What of the console the differences are made of.
_KEYS = frozenset("last_session session task pending specs draft rig psi".split())


class StartDialog(QDialog):
    """Asks once; Enter starts, Escape does not."""

    def __init__(self, console: Console, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.console = console
        self.setObjectName("start")
        self.setWindowTitle("Start a run")
        self.setMinimumWidth(420)
        facts = start_facts(console)
        layout = QVBoxLayout(self)
        form = QFormLayout()
        self.subject = QLineEdit(facts.subject, self)
        self.subject.setObjectName("subject")
        form.addRow("Subject", self.subject)
        form.addRow("Paradigm", QLabel(facts.paradigm))
        form.addRow("Rig", QLabel(facts.rig))
        layout.addLayout(form)
        self._make_list(layout)
        self.refusal = QLabel("")
        self.refusal.setObjectName("refusal")
        self.refusal.setWordWrap(True)
        layout.addWidget(self.refusal)
        row = QHBoxLayout()
        row.addStretch(1)
        self.cancel = QPushButton("Cancel", self)
        self.confirm = QPushButton("Start", self)
        self.confirm.setObjectName("confirm")
        self.confirm.setDefault(True)
        row.addWidget(self.cancel)
        row.addWidget(self.confirm)
        layout.addLayout(row)
        self.cancel.clicked.connect(self.reject)
        self.confirm.clicked.connect(self._start)
        self._subject = facts.subject
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED)
        self._typed.timeout.connect(self._look_back)
        self.subject.textChanged.connect(self._typing)
        console.observe("changed", self._changed)
        self.finished.connect(lambda _: console.unobserve("changed", self._changed))
        self._look_back()

    # -- what differs ------------------------------------------------------------------------

    def _make_list(self, layout: QVBoxLayout) -> None:
        self.heading = QLabel(self)
        self.heading.setObjectName("since")
        self.heading.setProperty("group", True)
        self.heading.setWordWrap(True)
        self.heading.setIndent(0)
        self.lines = QLabel(self)
        self.lines.setObjectName("differences")
        self.lines.setTextFormat(Qt.TextFormat.PlainText)
        self.lines.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.lines.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.list = QScrollArea(self)
        self.list.setWidgetResizable(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setWidget(self.lines)
        self.more = quiet_label()
        self.warning = quiet_label()
        set_property(self.warning, "tone", "edited")
        for widget in (self.heading, self.list, self.more, self.warning):
            layout.addWidget(widget)

    def _typing(self, _: str) -> None:
        # At once, so that nobody reads another animal's list; asked for when the name is whole.
        self.refusal.setText("")
        self._show_differences()
        self._typed.start()

    def _look_back(self) -> None:
        subject = self.subject.text().strip()
        if subject and start_facts(self.console, subject).looking:
            self.console.request("last_session", subject=subject, callback=self._looked)
        self._show_differences()

    def _looked(self, answer: Answer) -> None:
        if answer.error is not None:
            set_text(self.heading, "")
            self.refusal.setText(answer.line)

    def _changed(self, change: Any) -> None:
        if _KEYS & change["value"]:
            self._show_differences()

    def _show_differences(self) -> None:
        facts = start_facts(self.console, self.subject.text().strip())
        set_text(self.heading, facts.heading)
        set_text(self.lines, "\n".join(facts.differences))
        self.lines.setToolTip("\n".join(facts.differences))
        n = len(facts.differences)
        height = self.lines.fontMetrics().lineSpacing()
        self.list.setFixedHeight((min(n, _LINES) * height + height // 2) if n else 0)
        self.list.setVisible(n > 0)
        set_text(self.more, f"and {n - _LINES} more: scroll")
        self.more.setVisible(n > _LINES)
        set_text(self.warning, facts.warning)
        self.warning.setVisible(bool(facts.warning))

    # -- Start -------------------------------------------------------------------------------

    def _start(self) -> None:
        subject = self.subject.text().strip()
        if not subject:
            self.refusal.setText("name the subject")
            return
        self.confirm.setEnabled(False)
        if subject == self._subject:
            self._want()
            return
        session = {**(self.console.get("session") or {}), "subject": subject}
        self.console.request("session", session=session, callback=self._session_taken)

    def _session_taken(self, answer: Answer) -> None:
        if answer.error is None:
            self._want()
        else:
            self._refused(answer)

    def _want(self) -> None:
        self.console.request("want", condition="running", callback=self._wanted)

    def _wanted(self, answer: Answer) -> None:
        if answer.error is None:
            self.accept()
        else:
            self._refused(answer)

    def _refused(self, answer: Answer) -> None:
        self.confirm.setEnabled(True)
        self.refusal.setText(answer.line)
