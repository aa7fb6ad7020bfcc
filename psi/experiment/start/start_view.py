"""What is confirmed before a run starts: who, what, where, and what is different."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QCheckBox,
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
from psi.experiment.start.start import start_facts
from psi.experiment.strips.session_strip import weight_text
from psi.experiment.widget_view import quiet_label, set_property, set_text
from psi.experiment.worker import Answer

#: Differences that are seen at once; more are scrolled to.
_LINES = 8

#: Milliseconds without a keystroke after which the subject is taken to be typed.
_TYPED = 300

#: What of the console the differences are made of.
_KEYS = frozenset("last_session session task pending specs draft rig psi".split())


#: Numbers of the session that are typed: name, what is written before it, and its hint.
_AMOUNTS = (
    ("weight", "Weight [g]", "Of today"),
    ("baseline_weight", "Baseline weight [g]", "What it is compared with"),
    ("target_volume", "Target today [mL]", "What it is to get on this day, in all its recordings"),
)


def _number(text: str) -> float | str | None:
    """What stands in a field: nothing, a number, or a text that is none."""
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        return text


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
        session = console.get("session") or {}
        self.weights: dict[str, QLineEdit] = {}
        for name, caption, hint in _AMOUNTS:
            field = QLineEdit("" if session.get(name) is None else f"{session[name]:g}", self)
            field.setObjectName(name)
            field.setToolTip(hint)
            field.setPlaceholderText("not known")
            field.textChanged.connect(self._show_weight)
            form.addRow(caption, field)
            self.weights[name] = field
        self.too_light = quiet_label()
        self.too_light.setObjectName("too_light")
        form.addRow("", self.too_light)
        form.addRow("Paradigm", QLabel(facts.paradigm))
        form.addRow("Rig", QLabel(facts.rig))
        layout.addLayout(form)
        self._make_list(layout)
        self.go_on = QCheckBox("Continue the last session: selectors, tracks and totals go on", self)
        self.go_on.setObjectName("continue")
        layout.addWidget(self.go_on)
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
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED)
        self._typed.timeout.connect(self._look_back)
        self.subject.textChanged.connect(self._typing)
        console.observe("changed", self._changed)
        self.finished.connect(lambda _: console.unobserve("changed", self._changed))
        self._look_back()
        self._show_weight()

    # -- the animal --------------------------------------------------------------------------

    def _session(self) -> dict[str, Any]:
        """The session as it is typed; texts that are no numbers are left for the runtime to refuse."""
        session = {**(self.console.get("session") or {}), "subject": self.subject.text().strip()}
        return {**session, **{name: _number(field.text()) for name, field in self.weights.items()}}

    def _show_weight(self) -> None:
        session = self._session()
        known = all(session[name] is None or isinstance(session[name], float) for name in self.weights)
        text, too_light = weight_text(session) if known else ("", False)
        set_text(self.too_light, text)
        set_property(self.too_light, "tone", "red" if too_light else "")
        self.too_light.setVisible(bool(text))

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
        subject = self.subject.text().strip()
        if not subject:
            self.refusal.setText("name the subject")
            return
        self.confirm.setEnabled(False)
        session = self._session()
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
        last = start_facts(self.console, self.subject.text().strip()).last if self.go_on.isChecked() else ""
        self.console.request("want", condition="running", carry_over=last, callback=self._wanted)

    def _wanted(self, answer: Answer) -> None:
        if answer.error is None:
            self.accept()
        else:
            self._refused(answer)

    def _refused(self, answer: Answer) -> None:
        self.confirm.setEnabled(True)
        self.refusal.setText(answer.line)
