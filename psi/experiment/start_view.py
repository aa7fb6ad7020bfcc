"""What is confirmed before a run starts: who, what, where, and what is different."""

from __future__ import annotations

from qtpy.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from psi.experiment.console import Console
from psi.experiment.start import start_facts
from psi.experiment.widget_view import quiet_label
from psi.experiment.worker import Answer


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
        layout.addWidget(quiet_label(facts.heading))
        for line in facts.differences:
            layout.addWidget(QLabel(line))
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
