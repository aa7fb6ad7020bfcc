"""The window in which a paradigm, a rig and a subject are chosen. Enter launches, Escape does not."""

from __future__ import annotations

import html
import itertools
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtGui import QKeySequence, QShowEvent
from qtpy.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from psi.experiment.choice_view import ChoiceBox
from psi.experiment.start.chooser import Chooser
from psi.experiment.start.offers_view import OffersView, standing_color
from psi.experiment.theme import DARK, Theme
from psi.experiment.widget_view import quiet_label, set_text


class ChooserDialog(QDialog):
    """Shows a :class:`~psi.experiment.start.chooser.Chooser`; closed when it has chosen, or when nothing is to be.

    ``poll`` is called again and again, for whoever checks.
    """

    #: ms between calls of ``poll``.
    INTERVAL = 40

    #: Once, when the window can be used.
    opened = Signal()

    def __init__(self, chooser: Chooser, poll: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chooser = chooser
        self.theme = DARK
        self._is_open = False
        self.setObjectName("chooser")
        self.setWindowTitle("psi – choose what to launch")
        self.resize(860, 640)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(8)
        self._columns = [OffersView(chooser, kind, self) for kind in ("paradigm", "rig")]
        columns = QHBoxLayout()
        columns.setSpacing(8)
        for column in self._columns:
            columns.addWidget(column, 1)
        layout.addLayout(columns, 3)
        layout.addWidget(self._check_panel(), 2)
        layout.addLayout(self._bottom())
        self._order_focus()
        chooser.observe("changed", self._changed)
        self.finished.connect(self._release)
        self._timer = QTimer(self)
        self._timer.timeout.connect(poll)
        self._timer.start(self.INTERVAL)
        self._show_state()

    # -- widgets -----------------------------------------------------------------------------

    def _check_panel(self) -> QFrame:
        panel = QFrame(self)
        panel.setObjectName("panel")
        layout = QVBoxLayout(panel)
        layout.setContentsMargins(10, 8, 10, 8)
        title = QLabel("CHECK", panel)
        title.setObjectName("title")
        self.line = QLabel(panel)
        self.line.setTextFormat(Qt.TextFormat.PlainText)
        self.line.setWordWrap(True)
        self.skip = self._button("skip", "Skip", "Do not wait for this check; the launch makes it anyway")
        self.again = self._button("again", "Check again", "Read every file afresh (F5)")
        self.again.setShortcut(QKeySequence(QKeySequence.StandardKey.Refresh))
        self.skip.clicked.connect(lambda: self.chooser.skip())
        self.again.clicked.connect(lambda: self.chooser.check_again())
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.skip)
        head.addWidget(self.again)
        self.progress = QProgressBar(panel)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        keeps = self.progress.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(keeps)
        self.findings = QTextEdit(panel)
        self.findings.setObjectName("findings")
        self.findings.setReadOnly(True)
        self.findings.setPlaceholderText("Type to find, ↑ ↓ to choose, Tab to go on. Enter launches, Esc leaves.")
        self.findings.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        layout.addLayout(head)
        layout.addWidget(self.line)
        layout.addWidget(self.progress)
        layout.addWidget(self.findings, 1)
        return panel

    def _bottom(self) -> QHBoxLayout:
        self.subject = ChoiceBox(self)
        self.subject.setObjectName("subject")
        self.subject.setEditable(True)
        self.subject.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.subject.setMinimumWidth(210)
        self.subject.addItems(self.chooser.subjects)
        edit = self.subject.lineEdit()
        assert edit is not None
        edit.setPlaceholderText(self.chooser.subject_from or "who is in the box")
        self.subject.setCurrentIndex(-1)
        self.subject.setCurrentText(self.chooser.subject)
        self.subject.setEnabled(not (self.chooser.subject_fixed or self.chooser.subject_from))
        self.subject.currentTextChanged.connect(lambda text: self.chooser.name_subject(text))
        self.refusal = QLabel(self)
        self.refusal.setObjectName("refusal")
        self.refusal.setWordWrap(True)
        self.cancel = self._button("cancel", "Cancel", "Launch nothing (Esc)")
        self.launch = self._button("launch", "Launch", "")
        self.launch.setDefault(True)
        self.launch.setMinimumWidth(110)
        self.cancel.clicked.connect(self.reject)
        self.launch.clicked.connect(lambda: self.chooser.launch())
        row = QHBoxLayout()
        row.addWidget(quiet_label("Subject"))
        row.addWidget(self.subject)
        row.addWidget(self.refusal, 1)
        row.addWidget(self.cancel)
        row.addWidget(self.launch)
        return row

    def _button(self, name: str, text: str, hint: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(hint)
        # Enter is for Launch, wherever the focus is.
        button.setAutoDefault(False)
        return button

    def _order_focus(self) -> None:
        order: list[QWidget] = [*(column.field for column in self._columns), self.subject, self.launch, self.cancel]
        for before, after in itertools.pairwise([*order, self.skip, self.again]):
            QWidget.setTabOrder(before, after)
        open_columns = [column for column in self._columns if column.field.isVisibleTo(self)]
        (open_columns[0].field if open_columns else self.subject).setFocus()

    # -- what is shown -----------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours from now on."""
        self.theme = theme
        for column in self._columns:
            column.set_theme(theme)
        self._show_state()

    def _changed(self, change: Any) -> None:
        self._show_state()
        if self.chooser.chosen is not None:
            self.accept()

    def _show_state(self) -> None:
        chooser = self.chooser
        for column in self._columns:
            column.show_state()
        standing = chooser.standing
        set_text(self.line, chooser.line)
        color = self.theme.text if standing == "checking" else standing_color(self.theme, standing)
        sheet = f"color: {color}; font-size: 13px; font-weight: 600;"
        if self.line.styleSheet() != sheet:
            self.line.setStyleSheet(sheet)
        self.progress.setVisible(standing == "checking")
        self.skip.setVisible(standing == "checking")
        self.again.setVisible(standing in ("fits", "warnings", "wrong", "skipped"))
        self._show_findings()
        set_text(self.refusal, chooser.refusal())
        self.launch.setEnabled(chooser.can_launch)
        self.launch.setText("Launching …" if chooser.pending else "Launch")
        hint = "Launches as soon as nothing is found wrong" if chooser.pending else "Launch the two (Enter)"
        self.launch.setToolTip(hint)

    def _show_findings(self) -> None:
        lines = []
        for finding in self.chooser.findings():
            color = self.theme.red if finding.severity == "error" else self.theme.edited
            where = f'<span style="color: {self.theme.muted}">{html.escape(str(finding.where))}</span>&nbsp; '
            lines.append(
                f'<p style="margin: 0 0 5px 16px; text-indent: -16px"><span style="color: {color}">●</span>&nbsp; '
                f"{where if finding.where else ''}{html.escape(finding.message)}</p>"
            )
        text = "".join(lines)
        if self.findings.property("shown") != text:
            # A text of one's own, since the widget gives back another than it was given.
            self.findings.setProperty("shown", text)
            self.findings.setHtml(text)

    def showEvent(self, event: QShowEvent | None) -> None:  # noqa: N802
        super().showEvent(event)
        if not self._is_open:
            self._is_open = True
            QTimer.singleShot(0, self.opened.emit)

    def _release(self) -> None:
        self._timer.stop()
        self.chooser.unobserve("changed", self._changed)
