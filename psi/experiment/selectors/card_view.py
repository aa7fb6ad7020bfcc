"""One selector in the window: its name, how it stands, and what edits it, a table, a form, or its author's view."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from psi.experiment.choice_view import ChoiceBox
from psi.experiment.drafts.selector_table import ORDERS, is_table
from psi.experiment.selectors.form_view import SettingsForm
from psi.experiment.selectors.preview_view import SelectorPreview
from psi.experiment.selectors.selector_words import effect
from psi.experiment.selectors.settings import kind_text
from psi.experiment.selectors.source import SelectorSource
from psi.experiment.selectors.table_view import SelectorTableView
from psi.experiment.widget_view import quiet_label, set_property, set_text
from psi.models.adaptive import AdaptiveSettings
from psi.models.selectors import BlocksSettings, CustomSettings, SelectorSettings

log = logging.getLogger(__name__)

#: Type of a third-party selector -> what gives the view of its settings, called with the source and the parent.
Views = Mapping[str, Callable[[], Callable[[SelectorSource, QWidget], QWidget]]]


class SelectorCard(QWidget):
    """A selector, or one block of one: what it is, how it stands, its settings and what comes next."""

    def __init__(
        self, source: SelectorSource, views: Views, title: str, inner: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._source = source
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10 if inner else 0, 0, 0, 2 if inner else 6)
        layout.setSpacing(2)
        head, tools = QHBoxLayout(), QHBoxLayout()
        for row in (head, tools):
            row.setSpacing(4)
            layout.addLayout(row)
        name = QLabel(title)
        name.setProperty("group", True)
        name.setIndent(0)
        self.progress = quiet_label()
        # What it says must not make the panel wider.
        self.progress.setMinimumWidth(1)
        self.progress.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.progress.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._kind = quiet_label()
        for widget, share in ((name, 0), (self._kind, 0), (self.progress, 1)):
            head.addWidget(widget, share)
        self.parts: list[Any] = []
        self.table: SelectorTableView | None = None
        self.form: SettingsForm | None = None
        self.order: ChoiceBox | None = None
        settings = source.base
        if settings is not None:
            self._make(layout, tools, settings, views)
        if not inner:
            preview = SelectorPreview(source, self)
            self.parts.append(preview)
            # What an adaptive selector has found is looked for at its name, not below its long form.
            layout.insertWidget(2 if isinstance(settings, AdaptiveSettings) else -1, preview)

    def _make(self, layout: QVBoxLayout, tools: QHBoxLayout, settings: SelectorSettings, views: Views) -> None:
        source = self._source
        set_text(self._kind, kind_text(settings))
        if isinstance(settings, CustomSettings) and settings.type in views:
            self._add(layout, _own_view(source, views[settings.type], self))
        elif is_table(settings):
            self.table = SelectorTableView(source, parent=self)
            if settings.kind == "sequence":
                set_text(self._kind, "")
                self._add_order(tools)
                self._add_more(tools)
                tools.addStretch(1)
                tools.addLayout(self.table.tools())
                self.form = SettingsForm(source, ("per_block", "cycles"), self)
                self._add(layout, self.form)
            self._add(layout, self.table)
        else:
            self.form = SettingsForm(source, parent=self)
            self._add(layout, self.form)
            if isinstance(settings, CustomSettings) and settings.rows:
                # How many there are, and what each is for, is its author's to say.
                self._add(layout, SelectorTableView(source.rows_part(), fixed=True, parent=self))
            if isinstance(settings, BlocksSettings):
                for block in settings.blocks:
                    inner = SelectorCard(source.block(block), views, block, inner=True, parent=self)
                    self._add(layout, inner)

    def _add(self, layout: QVBoxLayout, part: QWidget) -> None:
        layout.addWidget(part)
        self.parts.append(part)

    def _add_order(self, tools: QHBoxLayout) -> None:
        self.order = ChoiceBox(self)
        self.order.setObjectName(f"order_{self._source.key}")
        self.order.addItems(list(ORDERS))
        hint = f"In which sequence the rows of a cycle come. While it runs: {effect('sequence', 'order')}"
        self.order.setToolTip(hint)
        self.order.setFixedHeight(22)
        self.order.activated.connect(self._set_order)
        tools.addWidget(self.order)

    def _add_more(self, tools: QHBoxLayout) -> None:
        self._more = QPushButton("∞", self)
        self._more.setObjectName(f"{self._source.key}_cycles")
        self._more.setToolTip("Cycles, and rows per block: after how many it is complete")
        self._more.setCheckable(True)
        self._more.setFixedHeight(20)
        self._more.setMinimumWidth(22)
        self._more.setStyleSheet("padding: 0 4px;")
        self._more.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._more.clicked.connect(lambda _checked: self.show_state())
        tools.addWidget(self._more)

    def _set_order(self, number: int) -> None:
        self._source.set_table(self._source.table.ordered(ORDERS[number]))

    def show_state(self) -> None:
        """Show what the draft and the run say now."""
        source, draft = self._source, self._source.console.draft
        edited = f"selector.{source.name}" in draft.differs()
        text = source.now.get("text", "")
        set_text(self.progress, text)
        self.progress.setToolTip(text)
        set_property(self.progress, "tone", "edited" if edited else "")
        if self.order is not None and self.form is not None:
            table = source.table
            self.order.setCurrentIndex(ORDERS.index(table.order))
            self._more.setText("∞" if table.cycles is None else f"{table.cycles} ×")
            # The rows per block are a part of the order 'blocked'.
            self.form.setVisible(self._more.isChecked() or table.order == "blocked" or source.is_unfinished("form"))
        for part in self.parts:
            part.show_state()


def _own_view(
    source: SelectorSource, view: Callable[[], Callable[[SelectorSource, QWidget], QWidget]], parent: QWidget
) -> QWidget:
    """The author's view; where it cannot be made, a form, and why."""
    try:
        return view()(source, parent)
    except Exception as error:  # somebody else's view: its fault must not take the panel with it
        log.exception("the view of the selector %r failed", source.name)
        form = SettingsForm(source, parent=parent)
        form.say(f"Its own view failed: {type(error).__name__}: {error}")
        return form
