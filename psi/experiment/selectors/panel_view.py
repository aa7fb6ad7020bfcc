"""Selectors: one below the other, each edited as what it is."""

from __future__ import annotations

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from psi.experiment.selectors.card_view import SelectorCard
from psi.experiment.selectors.source import SelectorSource
from psi.experiment.widget_view import PanelWidget


class SelectorsView(PanelWidget):
    """A card for each selector."""

    KEYS = frozenset(
        {"draft", "selectors_now", "specs", "checked", "theme", "condition", "mode", "connected", "preview"}
    )

    def build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout.addWidget(self._scroll)
        self.views: dict[str, SelectorCard] = {}
        self._shape: tuple[object, ...] = ()
        # Trials may come many a second; the counts beside the tables need not.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(200)
        self._later.timeout.connect(self._show_views)

    def show_state(self, keys: set[str]) -> None:
        base = self.console.draft.base
        selectors = {} if base is None else base.selectors
        # What a selector is never changes while its window is open, but for the blocks in it.
        shape = tuple((name, held.kind, tuple(getattr(held, "blocks", ()))) for name, held in selectors.items())
        if shape != self._shape:
            self._shape = shape
            page = QWidget()
            column = QVBoxLayout(page)
            column.setContentsMargins(4, 0, 10, 0)
            self.views = {
                name: SelectorCard(SelectorSource(self.console, name), self.console.selector_views, name, parent=page)
                for name in selectors
            }
            for view in self.views.values():
                column.addWidget(view)
            column.addStretch(1)
            self._scroll.setWidget(page)
        if keys - {"selectors_now"}:
            self._show_views()
        elif not self._later.isActive():
            self._later.start()

    def _show_views(self) -> None:
        for view in self.views.values():
            view.show_state()
        self.say(*self._note())

    def _note(self) -> tuple[str, str]:
        """What stands beside the title: faults before edits before how many there are."""
        draft, n = self.console.draft, len(self.views)
        faults = [fault for name in draft.selectors() for fault in draft.selector_findings(name)]
        faults += [fault for said in draft.unfinished.values() for fault in said]
        if faults:
            return f"{len(faults)} fault{'s' if len(faults) > 1 else ''}", "red"
        edited = [name for name in self.views if f"selector.{name}" in draft.differs()]
        if edited:
            return f"edited: {', '.join(edited)}", "edited"
        return (f"{n} selector{'s' if n != 1 else ''}" if n else "this paradigm has none"), ""
