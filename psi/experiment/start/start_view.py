"""What is confirmed before a run starts: who, what, where, and what is different."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from psi.experiment.console import Console
from psi.experiment.start.session_form import SessionForm
from psi.experiment.start.session_form_view import SessionFormView
from psi.experiment.start.start import start_facts
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
        facts = start_facts(console)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 14)
        layout.setSpacing(8)
        # As high as what it says, no more and no less.
        layout.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)
        title = QLabel(f"{facts.paradigm} on {facts.rig}")
        title.setObjectName("what")
        layout.addWidget(title)
        self.form = SessionFormView(SessionForm(console.get("session") or {}), self)
        layout.addWidget(self.form)
        self.missing = quiet_label()
        self.missing.setObjectName("missing")
        self.missing.setWordWrap(True)
        self.missing.setToolTip("'psi export nwb' asks for them; the recording is whole without")
        layout.addWidget(self.missing)
        self._make_list(layout)
        self.go_on = QCheckBox("Continue the last session: selectors, tracks and totals go on", self)
        self.go_on.setObjectName("continue")
        layout.addWidget(self.go_on)
        self.refusal = QLabel("")
        self.refusal.setObjectName("refusal")
        self.refusal.setWordWrap(True)
        self.refusal.hide()
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
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED)
        self._typed.timeout.connect(self._look_back)
        self.form.typed.connect(self._typing)
        console.observe("changed", self._changed)
        self.finished.connect(lambda _: console.unobserve("changed", self._changed))
        self._take_last()
        self._look_back()
        self.form.fields["subject"].setFocus()

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

    @property
    def _subject(self) -> str:
        return self.form.form.subject

    def _typing(self, name: str) -> None:
        self._say("")
        self._show_missing()
        if name == "subject":
            # At once, so that nobody reads another animal's list; asked for when the name is whole.
            self._show_differences()
            self._typed.start()

    def _look_back(self) -> None:
        subject = self._subject
        nobody = "subject" in self.form.form.faults()
        if not nobody and start_facts(self.console, subject).looking:
            self.console.request("last_session", subject=subject, callback=self._looked)
        self._show_differences()

    def _take_last(self) -> None:
        """Let the form know what was written down of the animal the last time."""
        last = self.console.get("last_session") or {}
        self.form.form.look_back(last.get("session"))
        self.form.show_texts()
        self._show_missing()

    def _show_missing(self) -> None:
        missing = self.form.form.missing()
        set_text(self.missing, f"Still missing for an archive (NWB): {', '.join(missing)}")
        self.missing.setVisible(bool(missing))

    def _looked(self, answer: Answer) -> None:
        if answer.error is not None:
            set_text(self.heading, "")
            self._say(answer.line)

    def _changed(self, change: Any) -> None:
        if "last_session" in change["value"]:
            self._take_last()
        if _KEYS & change["value"]:
            self._show_differences()

    def _show_differences(self) -> None:
        facts = start_facts(self.console, self._subject)
        set_text(self.heading, facts.heading)
        self.go_on.setVisible(bool(facts.last))
        if not facts.last:
            # Another animal's past is not gone on with.
            self.go_on.setChecked(False)
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
        if not self.form.require():
            return
        self.confirm.setEnabled(False)
        session = self.form.form.document()
        if session == self.console.get("session"):
            self._want()
            return
        self.console.request("session", session=session, callback=self._session_taken)

    def _session_taken(self, answer: Answer) -> None:
        if answer.error is None:
            self._want()
        else:
            self._refused(answer)

    def _want(self) -> None:
        last = start_facts(self.console, self._subject).last if self.go_on.isChecked() else ""
        self.console.request("want", condition="running", carry_over=last, callback=self._wanted)

    def _wanted(self, answer: Answer) -> None:
        if answer.error is None:
            self.accept()
        else:
            self._refused(answer)

    def _refused(self, answer: Answer) -> None:
        self.confirm.setEnabled(True)
        self._say(answer.line)

    def _say(self, refusal: str) -> None:
        set_text(self.refusal, refusal)
        self.refusal.setVisible(bool(refusal))
