"""What a view edits: one selector of the draft, or one block of it; and how it stands in the run."""

from __future__ import annotations

import re
from typing import Any

from psi.context.edits import item_value
from psi.core.errors import ConfigurationError
from psi.experiment.console import Console
from psi.experiment.drafts.checks import known_text_error, text_error
from psi.experiment.drafts.selector_table import SelectorTable, is_table
from psi.models.items import ItemSpec
from psi.models.selectors import BlocksSettings, CustomSettings, SelectorSettings, SequenceSettings


class SelectorSource:
    """Settings of a selector as the draft has them, and the one way to change them.

    Parameters
    ----------
    console
        The window's model.
    name
        Of the selector.
    """

    def __init__(self, console: Console, name: str) -> None:
        self.console = console
        self.name = name
        # Version of the draft that was looked at last, and what it says.
        self._seen: tuple[int, SelectorSettings | None] = (-1, None)

    @property
    def key(self) -> str:
        """Tells it from other sources of the same window."""
        return self.name

    @property
    def settings(self) -> SelectorSettings | None:
        """What the draft says; ``None`` while its table has faults, and before the runtime has said anything."""
        draft = self.console.draft
        if self._seen[0] != draft.version:
            try:
                self._seen = draft.version, draft.selector(self.name) if self.name in draft.selectors() else None
            except ConfigurationError:
                self._seen = draft.version, None
        return self._seen[1]

    @property
    def base(self) -> SelectorSettings | None:
        """What holds, or will from the next trial on."""
        task = self.console.draft.base
        return None if task is None else task.selectors.get(self.name)

    @property
    def held(self) -> SelectorSettings | None:
        """What holds in the run now."""
        task = self.console.draft.held
        return None if task is None else task.selectors.get(self.name)

    @property
    def now(self) -> dict[str, Any]:
        """How it stands in the run, or stood at the end of the last one; empty before the first."""
        found: dict[str, Any] = (self.console.get("selectors_now") or {}).get(self.name, {})
        return found

    @property
    def runs(self) -> bool:
        """Whether a run is going on that gives trials."""
        return bool(self.console.get("mode") == "running" and self.console.get("condition") == "running")

    def spec(self, item: str) -> ItemSpec | None:
        """What the item is."""
        return self.console.draft.specs.get(item)

    def set(self, settings: SelectorSettings, typing: bool = False) -> None:
        """Let these be its settings; with ``typing`` they are a letter of one text, not a step of their own."""
        self.console.draft.set_selector(self.name, settings, typing)
        self.console.edited()

    def seal(self) -> None:
        """The next letter begins a step of its own."""
        self.console.draft.seal()

    def set_unfinished(self, part: str, messages: list[str]) -> None:
        """Say what is wrong with texts that no settings can be made of, so that nothing is applied without them."""
        draft = self.console.draft
        key = f"{self.key}.{part}"
        unfinished = {name: said for name, said in draft.unfinished.items() if name != key}
        if messages:
            unfinished[key] = [f"selector {self.name!r}, {message}" for message in messages]
        if unfinished != draft.unfinished:
            draft.unfinished = unfinished
            draft.version += 1
            self.console.edited()

    def is_unfinished(self, part: str) -> bool:
        """Whether texts of ``part`` still wait to be put right."""
        return f"{self.key}.{part}" in self.console.draft.unfinished

    def block(self, block: str) -> SelectorSource:
        """One of its blocks, which is edited as a selector is."""
        return _Block(self, block)

    def rows_part(self) -> SelectorSource:
        """The rows of a selector that psi does not bring, edited as a table is."""
        return _Rows(self, "rows")

    # -- tables ------------------------------------------------------------------------------

    @property
    def table(self) -> SelectorTable:
        """Its table."""
        table: SelectorTable = self.console.draft.tables[self.name]
        return table

    def set_table(self, table: SelectorTable) -> None:
        """Let this be its table, as one step."""
        self.console.draft.set_table(self.name, table)
        self.console.edited()

    def cell_error(self, item: str, text: str) -> str:
        """What is wrong with the text as a value of the item."""
        spec = self.spec(item)
        if spec is None:
            return f"there is no item {item!r}"
        return (text_error if spec.file is not None else known_text_error)(spec, text)

    def value(self, item: str, text: str) -> Any:
        """The item's value of a text in which nothing is wrong."""
        spec = self.spec(item)
        return text if spec is None else item_value(spec, text)

    def checked_errors(self, table: SelectorTable) -> dict[tuple[int, int], str]:
        """What the runtime, which knows every symbol, finds wrong with cells of a table."""
        errors: dict[tuple[int, int], str] = {}
        begin = f"selector {self.name!r}, row "
        for message in self.console.checked:
            if message.startswith(begin) and (found := re.match(r"(\d+): item '(\w+)'", message[len(begin) :])):
                row, item = int(found[1]) - 1, found[2]
                if row < len(table.rows) and item in table.items:
                    errors[row, table.items.index(item)] = message[len(begin) + len(found[1]) + 2 :]
        return errors


class _Part(SelectorSource):
    """A part of what another source edits; a table in it that has faults is kept here until they are put right."""

    def __init__(self, parent: SelectorSource, part: str) -> None:
        super().__init__(parent.console, parent.name)
        self._parent = parent
        self._name = part
        self._unfinished: SelectorTable | None = None

    @property
    def key(self) -> str:
        return f"{self._parent.key}.{self._name}"

    def _of(self, settings: SelectorSettings | None) -> SelectorSettings | None:
        raise NotImplementedError

    @property
    def settings(self) -> SelectorSettings | None:
        return self._of(self._parent.settings)

    @property
    def base(self) -> SelectorSettings | None:
        return self._of(self._parent.base)

    @property
    def held(self) -> SelectorSettings | None:
        return self._of(self._parent.held)

    @property
    def now(self) -> dict[str, Any]:
        # What is counted is the whole, not each part.
        return {}

    @property
    def table(self) -> SelectorTable:
        if self._unfinished is not None and self.is_unfinished("table"):
            return self._unfinished
        settings = self.settings
        assert is_table(settings)
        return SelectorTable.of(settings)

    def set_table(self, table: SelectorTable) -> None:
        errors = [
            f"{self._name}, row {row + 1}: {error}"
            for row, column in table.cells()
            if (error := self.cell_error(table.items[column], table.rows[row][column]))
        ]
        self._unfinished = table if errors else None
        if not errors:
            self.set(table.settings(self.value))
        self.set_unfinished("table", errors)


class _Block(_Part):
    """One block of a selector whose settings are blocks."""

    def _of(self, settings: SelectorSettings | None) -> SelectorSettings | None:
        return settings.blocks.get(self._name) if isinstance(settings, BlocksSettings) else None

    def set(self, settings: SelectorSettings, typing: bool = False) -> None:
        whole = self._parent.settings
        assert isinstance(whole, BlocksSettings)
        blocks = {**whole.blocks, self._name: settings}
        self._parent.set(BlocksSettings.model_validate({**dict(whole), "blocks": blocks}), typing)


class _Rows(_Part):
    """The rows of a selector that psi does not bring, as a table."""

    def _of(self, settings: SelectorSettings | None) -> SelectorSettings | None:
        if not isinstance(settings, CustomSettings) or not settings.rows:
            return None
        return SequenceSettings(items=settings.items, rows=settings.rows)

    def set(self, settings: SelectorSettings, typing: bool = False) -> None:
        whole = self._parent.settings
        assert isinstance(whole, CustomSettings)
        self._parent.set(whole.model_copy(update={"rows": settings.rows}), typing)

    def checked_errors(self, table: SelectorTable) -> dict[tuple[int, int], str]:
        return self._parent.checked_errors(table)
