"""The trial log, the event log, and the notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHeaderView, QLineEdit, QTableView, QVBoxLayout

from psi.experiment.counts import counts_text, scoring_of
from psi.experiment.table_view import LogModel, headers, log_table, show_log
from psi.experiment.trial_table import cell_text, columns_of
from psi.experiment.widget_view import PanelWidget


def _narrow_times(table: QTableView) -> None:
    """A column of times, and all the rest for what happened."""
    columns, _ = headers(table)
    columns.hide()
    columns.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
    columns.resizeSection(0, 72)


class TrialsView(PanelWidget):
    """One row per trial, newest first."""

    KEYS = frozenset({"rows", "specs", "scoring", "theme"})

    def build(self) -> None:
        self.table = log_table("trials", self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        layout.addWidget(self.table)
        self._specs: dict[str, Any] = {}
        #: Score -> colour word.
        self._colors: dict[str, str] = {}
        self.model: LogModel | None = None

    def show_state(self, keys: set[str]) -> None:
        specs = self.console.draft.specs
        if self.model is None or specs != self._specs:
            self._specs = dict(specs)
            columns = columns_of(specs.values())
            self.model = LogModel(
                [column.header for column in columns],
                lambda row, number: (cell_text(row, columns[number]), self._color(row, columns[number].name)),
                lambda name: getattr(self.console.theme, name),
            )
            self.table.setModel(self.model)
        rows = self.console.rows
        self._colors = scoring_of(self.console.state).colors
        show_log(self.table, self.model, rows.trials, rows.n_trials)
        self.say(counts_text(self.console.counts()) or "none yet")

    def _color(self, row: Mapping[str, Any], column: str) -> str:
        whole = "" if row.get("completed", True) else "faint"
        return self._colors.get(str(row.get("score"))) or whole if column == "score" else whole


class EventsView(PanelWidget):
    """What happened, newest first."""

    KEYS = frozenset({"rows", "theme"})
    # Nobody reads faster, and a table is dear to paint.
    REST = 0.1

    def build(self) -> None:
        self.table = log_table("events", self, grid=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        layout.addWidget(self.table)
        self.model = LogModel(
            ["time", "event"],
            self._cell,
            lambda name: getattr(self.console.theme, name),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
        )
        self.table.setModel(self.model)
        _narrow_times(self.table)

    @staticmethod
    def _cell(row: Mapping[str, Any], column: int) -> tuple[str, str]:
        return (f"{row['time']:.3f}", "muted") if column == 0 else (row["name"], "")

    def show_state(self, keys: set[str]) -> None:
        rows = self.console.rows
        # Who has scrolled back reads: the view stays where it is and says so.
        follows = show_log(self.table, self.model, rows.events, rows.n_events)
        self.say("following" if follows else f"{rows.n_events} events")


class NotesView(PanelWidget):
    """Lines that go to the audit with their time."""

    KEYS = frozenset({"rows", "condition", "connected", "theme"})
    REST = 0.1

    def build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        self.line = QLineEdit(self)
        self.line.setObjectName("note")
        self.line.setPlaceholderText("A note, kept with its time; Enter")
        self.line.returnPressed.connect(self._keep)
        layout.addWidget(self.line)
        self.table = log_table("notes", self, grid=False)
        self.model = LogModel(
            ["time", "note"],
            self._cell,
            lambda name: getattr(self.console.theme, name),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
        )
        self.table.setModel(self.model)
        _narrow_times(self.table)
        layout.addWidget(self.table)

    @staticmethod
    def _cell(row: Mapping[str, Any], column: int) -> tuple[str, str]:
        return (f"{row['time']:.1f}", "muted") if column == 0 else (str(row["info"].get("text", "")), "")

    def _keep(self) -> None:
        text = self.line.text().strip()
        if text:
            self.console.request("note", text=text)
            self.line.clear()

    def show_state(self, keys: set[str]) -> None:
        notes = [row for row in self.console.rows.audit if row.get("what") == "note"]
        self.model.show(notes, len(notes))
        running = self.console.get("condition") == "running"
        self.line.setEnabled(running and self.console.connected)
        self.say("" if running else "kept while a run is recorded")
