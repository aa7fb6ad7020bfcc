"""The task as somebody is editing it: what differs from what holds, what is wrong with it, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from atom.api import Atom, Dict, Int, List, Typed

from psi.context.checks import value_findings
from psi.context.edits import item_value
from psi.core.errors import ConfigurationError, Finding
from psi.experiment.selector_table import SelectorTable, counterparts, is_table, text_of
from psi.models.items import ItemSpec
from psi.models.task import Task

#: What a step of the history goes back over: ('item', name), ('selector', name) or ('roving', '').
_Key = tuple[str, str]


class TaskDraft(Atom):
    """Texts of every item, a table for each selector, and which parameters rove.

    It follows the task that holds, except where it was edited: an edit stays until it is applied, reverted or
    undone, also when another console applies something in between. Names that expressions use are left to
    the runtime's check, which knows every symbol; all else is checked here with each keystroke.
    """

    #: Item -> what it is.
    specs = Dict()

    #: The task that holds, or will from the next trial on; ``None`` until the runtime has said it.
    base = Typed(Task)

    #: The task that holds now.
    held = Typed(Task)

    #: Item -> text, of all that a person can set.
    texts = Dict()

    #: Selector -> its :class:`~psi.experiment.selector_table.SelectorTable`.
    tables = Dict()

    #: Roving parameters that take their values from selectors.
    roving = Typed(tuple, ())

    #: Counts every change, so that views know when to look again.
    version = Int()

    _history = List()
    _open_key = Typed(tuple)

    # -- following the runtime ---------------------------------------------------------------

    def declare(self, specs: Sequence[ItemSpec]) -> None:
        """The items are these."""
        self.specs = {spec.name: spec for spec in specs}
        self.version += 1

    def rebase(self, held: Task, pending: Task | None = None) -> None:
        """``held`` holds now and ``pending`` will from the next trial on. What was not edited follows."""
        before, self.held, self.base = self.base, held, pending or held
        self.version += 1
        if before == self.base:
            return
        old_texts, old_tables, old_roving = self._of(before)
        texts, tables, roving = self._of(self.base)
        for name, text in self.texts.items():
            if name in texts and text != old_texts.get(name):
                texts[name] = text
        for name, table in self.tables.items():
            if name in tables and table != old_tables.get(name):
                tables[name] = table
        self.roving = roving if self.roving == old_roving else self.roving
        self.texts, self.tables = texts, tables
        self.seal()

    def _of(self, task: Task | None) -> tuple[dict[str, str], dict[str, SelectorTable], tuple[str, ...]]:
        if task is None:
            return {}, {}, ()
        values = {name: task.items.get(name, spec.default) for name, spec in self.settable().items()}
        texts = {name: text_of(value) for name, value in values.items()}
        # Selectors of other kinds are no tables; they stay as they are.
        tables = {name: SelectorTable.of(held) for name, held in task.selectors.items() if is_table(held)}
        return texts, tables, tuple(task.roving or ())

    def settable(self) -> dict[str, ItemSpec]:
        """The items that a person sets."""
        return {name: spec for name, spec in self.specs.items() if spec.kind != "result"}

    # -- items -------------------------------------------------------------------------------

    def set_item(self, name: str, text: str) -> str:
        """Let the item be ``text``; what is wrong with that, or an empty text."""
        if text != self.texts.get(name, ""):
            self._remember(("item", name), self.texts.get(name, ""))
            self.texts = {**self.texts, name: text}
            self.version += 1
        return self.item_error(name)

    def item_error(self, name: str) -> str:
        """What is wrong with the item's text."""
        return self._error(name, self.texts.get(name, ""))

    def _error(self, name: str, text: str) -> str:
        spec = self.specs.get(name)
        if spec is None:
            return f"there is no item {name!r}"
        if not text.strip() and spec.dtype != "text":
            return f"item {name!r} needs a value"
        findings = value_findings(spec, text, None, {})
        return findings[0].message if findings else ""

    def set_roving(self, name: str, roves: bool) -> None:
        """Let the parameter take its values from selectors, or keep its own."""
        if roves == (name in self.roving):
            return
        self._remember(("roving", ""), self.roving)
        self.roving = (*self.roving, name) if roves else tuple(item for item in self.roving if item != name)
        self.seal()
        self.version += 1

    # -- selectors ---------------------------------------------------------------------------

    def set_row(self, selector: str, row: int, texts: Sequence[str]) -> str:
        """Let a row be ``texts``; what is wrong with it."""
        self.set_table(selector, self.tables[selector].with_row(row, texts))
        return next((error for column in range(len(texts)) if (error := self.cell_error(selector, row, column))), "")

    def set_cell(self, selector: str, row: int, column: int, text: str) -> str:
        """Let one cell be ``text``; what is wrong with it."""
        texts = list(self.tables[selector].rows[row])
        texts[column] = text
        self.set_table(selector, self.tables[selector].with_row(row, texts))
        return self.cell_error(selector, row, column)

    def cell_error(self, selector: str, row: int, column: int) -> str:
        """What is wrong with a cell."""
        table = self.tables[selector]
        return self._error(table.items[column], table.rows[row][column])

    def cell_differs(self, selector: str, row: int, column: int) -> bool:
        """Whether a cell was edited, or its row was added."""
        table = self.tables[selector]
        old = None if self.base is None else self.base.selectors.get(selector)
        if not is_table(old) or old.items != table.items:
            return True
        rows = SelectorTable.of(old).rows
        before = counterparts(rows, table.rows)[row]
        return before is None or rows[before][column] != table.rows[row][column]

    def add_row(self, selector: str, after: int | None = None) -> int:
        """A copy of row ``after``, or of the last, below it; its number."""
        table = self.tables[selector]
        row = len(table.rows) - 1 if after is None else after
        self.set_table(selector, table.with_copy(row))
        return row + 1

    def delete_row(self, selector: str, row: int) -> None:
        """Take a row out; the last one stays, since a selector without rows has no next setting."""
        self.set_table(selector, self.tables[selector].without(row))

    def move_row(self, selector: str, row: int, to: int) -> None:
        """Put a row where row ``to`` is."""
        self.set_table(selector, self.tables[selector].moved(row, to))

    def set_order(self, selector: str, order: str) -> None:
        """Give the rows in another order."""
        self.set_table(selector, self.tables[selector].ordered(order))

    def set_table(self, selector: str, table: SelectorTable) -> None:
        """Let a selector be ``table``, as one step."""
        if table == self.tables[selector]:
            return
        self.seal()
        self._remember(("selector", selector), self.tables[selector])
        self.tables = {**self.tables, selector: table}
        self.seal()
        self.version += 1

    # -- what there is -----------------------------------------------------------------------

    def findings(self) -> list[str]:
        """Everything that is wrong, as far as it can be said here."""
        errors = [self.item_error(name) for name in self.texts]
        for selector, table in self.tables.items():
            for row, column in table.cells():
                error = self.cell_error(selector, row, column)
                errors.append(error and f"selector {selector!r} row {row + 1}: {error}")
        return [error for error in errors if error]

    def differs(self) -> dict[str, tuple[Any, Any]]:
        """What was edited: item, ``selector.NAME`` or ``roving`` -> (what holds or will, what the draft says)."""
        old_texts, old_tables, old_roving = self._of(self.base)
        edits: dict[str, tuple[Any, Any]] = {}
        for name, text in self.texts.items():
            if text != old_texts.get(name) and not self._same(name, old_texts.get(name, ""), text):
                edits[name] = old_texts.get(name), text
        for name, table in self.tables.items():
            if table != old_tables.get(name):
                edits[f"selector.{name}"] = old_tables.get(name), table
        if set(self.roving) != set(old_roving):
            edits["roving"] = old_roving, self.roving
        return edits

    def waiting(self) -> set[str]:
        """What was applied and holds from the next trial on."""
        held, coming = self._of(self.held), self._of(self.base)
        names = {name for name, text in coming[0].items() if text != held[0].get(name)}
        names |= {f"selector.{name}" for name, table in coming[1].items() if table != held[1].get(name)}
        return names | ({"roving"} if held[2] != coming[2] else set())

    def _same(self, name: str, one: str, other: str) -> bool:
        try:
            return self._value(name, one) == self._value(name, other)
        except ConfigurationError:
            return False

    def _value(self, name: str, text: str) -> Any:
        return item_value(self.specs[name], text)

    def task(self) -> Task:
        """The draft as a task. Raises ``ConfigurationError`` with all that is wrong with it."""
        if self.base is None:
            raise ConfigurationError("the runtime has not said yet which task holds")
        errors = self.findings()
        if errors:
            raise ConfigurationError(Finding(error) for error in errors)
        edits = self.differs()
        items = dict(self.base.items)
        items.update({name: self._value(name, self.texts[name]) for name in edits if name in self.texts})
        selectors = dict(self.base.selectors)
        for name, table in self.tables.items():
            if f"selector.{name}" in edits:
                selectors[name] = table.settings(lambda item, text: self._value(item, text))
        update: dict[str, Any] = {"items": items, "selectors": selectors}
        if "roving" in edits:
            update["roving"] = self.roving
        return self.base.model_copy(update=update)

    # -- the way back ------------------------------------------------------------------------

    def revert(self) -> None:
        """Forget every edit."""
        self.texts, self.tables, self.roving = self._of(self.base)
        self._history = []
        self._open_key = None
        self.version += 1

    @property
    def can_undo(self) -> bool:
        return bool(self._history)

    def undo(self) -> None:
        """Take the last step back. Over an Apply too: what it goes back to is then an edit to be applied."""
        if not self._history:
            return
        (what, name), value = self._history.pop()
        match what:
            case "item":
                self.texts = {**self.texts, name: value}
            case "selector":
                self.tables = {**self.tables, name: value}
            case _:
                self.roving = value
        self._open_key = None
        self.version += 1

    def seal(self) -> None:
        """The next keystroke begins a step of its own."""
        self._open_key = None

    def _remember(self, key: _Key, value: Any) -> None:
        # The letters of one text are one step.
        if key != self._open_key:
            self._history.append((key, value))
            self._open_key = key
