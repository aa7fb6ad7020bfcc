"""The task as somebody is editing it: what differs from what holds, what is wrong with it, and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from atom.api import Dict
from pydantic import ValidationError

from psi.context.edits import item_value
from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.experiment.drafts.checks import known_text_error, selector_errors, text_error, validation_line
from psi.experiment.drafts.content import Key, content_of
from psi.experiment.drafts.roving import with_item, without_item
from psi.experiment.drafts.selector_table import SelectorTable, counterparts, is_table
from psi.experiment.drafts.values import DraftValues
from psi.models.items import ItemSpec
from psi.models.selectors import SelectorSettings
from psi.models.task import Task


class TaskDraft(DraftValues):
    """How the values are edited, and what is wrong with them.

    Names that expressions use are left to the runtime's check, which knows every symbol; all else is checked here
    with each keystroke.
    """

    # Selector -> the value and the specs that were looked at last, and what was wrong.
    _looked_at = Dict()

    def settable(self) -> dict[str, ItemSpec]:
        """The items that a person sets."""
        return {name: spec for name, spec in self.specs.items() if spec.kind != "result"}

    # -- items -------------------------------------------------------------------------------

    def set_item(self, name: str, text: str) -> str:
        """Let the item be ``text``; what is wrong with that, or an empty text."""
        if Key("item", name) in self._content:
            self._edit({Key("item", name): text}, typing=True)
        return self._error(name, text)

    def item_error(self, name: str) -> str:
        """What is wrong with the item's text."""
        return self._error(name, self.texts.get(name, ""))

    def _error(self, name: str, text: str) -> str:
        spec = self.specs.get(name)
        if spec is None:
            return f"there is no item {name!r}{did_you_mean(name, self.specs)}"
        # A table has the same few texts again and again; whether there is a file may change.
        return (text_error if spec.file is not None else known_text_error)(spec, text)

    # -- roving ------------------------------------------------------------------------------

    def set_roving(self, name: str, roves: bool) -> None:
        """Let the parameter take its values from the selectors that have it, or keep its own."""
        self._edit({Key("roving", name): roves})

    def selectors_with(self, name: str) -> list[str]:
        """The selectors that give values of the item."""
        return [selector for selector in self.selectors() if name in self.value_of(selector).items]

    def selectors_without(self, name: str) -> list[str]:
        """The selectors that the item can be put into; all but those that psi does not know how to change."""
        others = [selector for selector in self.selectors() if name not in self.value_of(selector).items]
        return [selector for selector in others if getattr(self.value_of(selector), "kind", "") != "custom"]

    def rove(self, name: str, selectors: Iterable[str] = ()) -> str:
        """Put the item into ``selectors``, filled with its present value, and let it rove, as one step.

        Returns why that cannot be, in which case nothing has changed; else an empty text.
        """
        spec = self.specs.get(name)
        if spec is None or spec.kind != "roving_parameter":
            return f"{name!r} is no roving parameter; only those rove"
        put: dict[Key, Any] = {}
        if selectors := list(selectors):
            if error := self.item_error(name):
                return f"{error}; put that right, then let it rove"
            text = self.texts[name]
            value = self._value(name, text)
            for selector in selectors:
                put[Key("selector", selector)] = with_item(self.value_of(selector), name, text, value)
        elif not self.selectors_with(name):
            return f"no selector has {name!r}; choose those that it goes into"
        self._edit({**put, Key("roving", name): True})
        return ""

    def unrove(self, name: str) -> str:
        """Take the item out of every selector, so that its own value holds, as one step.

        Returns why that cannot be, in which case nothing has changed; else an empty text.
        """
        taken: dict[Key, Any] = {}
        refusals = []
        for selector in self.selectors_with(name):
            try:
                taken[Key("selector", selector)] = without_item(self.value_of(selector), name)
            except ConfigurationError as error:
                refusals.append(f"selector {selector!r} {error}")
        if refusals:
            return "; ".join(refusals)
        self._edit({**taken, Key("roving", name): False})
        return ""

    # -- selectors ---------------------------------------------------------------------------

    def selectors(self) -> list[str]:
        """Their names."""
        return [key.name for key in self._content if key.what == "selector"]

    def value_of(self, selector: str) -> SelectorTable | SelectorSettings:
        """Its table, or its settings where it is none."""
        value: SelectorTable | SelectorSettings = self._content[Key("selector", selector)]
        return value

    def selector(self, name: str) -> SelectorSettings:
        """The settings that the draft says, of any kind.

        Raises ``ConfigurationError`` where its table has faults, ``KeyError`` where there is none of this name.
        """
        if self.base is not None and self._content[Key("selector", name)] == self._base.get(Key("selector", name)):
            return self.base.selectors[name]
        value = self.value_of(name)
        if not isinstance(value, SelectorTable):
            return value
        try:
            return value.settings(self._value)
        except ValidationError as error:
            raise ConfigurationError(Finding(f"selector {name!r}: {validation_line(error)}")) from None

    def set_selector(self, name: str, settings: SelectorSettings, typing: bool = False) -> list[str]:
        """Let a selector of any kind have these settings, as one step; what is wrong with them.

        With ``typing`` it is a letter of one text, as in :meth:`set_item`.

        Raises ``ConfigurationError`` where they are of another kind, which a selector keeps.
        """
        if self.base is not None and (kind := self.base.selectors[name].kind) != settings.kind:
            raise ConfigurationError(f"selector {name!r} is of kind {kind!r}; these settings are {settings.kind!r}")
        value = SelectorTable.of(settings) if is_table(settings) else settings
        self._edit({Key("selector", name): value}, typing)
        return self.selector_findings(name)

    def selector_findings(self, name: str) -> list[str]:
        """Everything wrong with a selector's values, as far as it can be said here."""
        value = self.value_of(name)
        looked_at = self._looked_at.get(name)
        if looked_at is None or looked_at[0] is not value or looked_at[1] is not self.specs:
            looked_at = value, self.specs, selector_errors(name, value, self.specs, self._error, self._value)
            self._looked_at[name] = looked_at
        return list(looked_at[2])

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
        """Whether a cell was edited, or its row or column was added."""
        table, old = self.tables[selector], self._base.get(Key("selector", selector))
        if not isinstance(old, SelectorTable):
            return True
        if old.items != table.items:
            item = table.items[column]
            if item not in old.items or len(old.rows) != len(table.rows):
                return True
            return bool(old.rows[row][old.items.index(item)] != table.rows[row][column])
        before = counterparts(old.rows, table.rows)[row]
        return before is None or old.rows[before][column] != table.rows[row][column]

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
        self._edit({Key("selector", selector): table})

    # -- what there is -----------------------------------------------------------------------

    def findings(self) -> list[str]:
        """Everything that is wrong, as far as it can be said here."""
        errors = [self.item_error(name) for name in self.texts]
        for selector in self.selectors():
            errors += self.selector_findings(selector)
        errors += [message for messages in self.unfinished.values() for message in messages]
        return [error for error in errors if error]

    def _same(self, name: str, one: str, other: str) -> bool:
        try:
            return bool(self._value(name, one) == self._value(name, other))
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
        return self.sound_part()

    def sound_part(self) -> Task:
        """The draft as a task, with what is wrong here left as it holds; for the runtime, which may find more."""
        assert self.base is not None
        edits = self.differs()
        # What has just been taken and then typed back looks like no edit; it is one of what was taken.
        typed = [*edits, *(key.name for key in self._taken if key.what == "item" and key.name not in edits)]
        items = {
            name: self._value(name, self.texts[name])
            for name in typed
            if name in self.texts and not self.item_error(name)
        }
        selectors = {
            name: self.selector(name)
            for name in self.selectors()
            if f"selector.{name}" in edits and not self.selector_findings(name)
        }
        update: dict[str, Any] = {
            "items": {**self.base.items, **items},
            "selectors": {**self.base.selectors, **selectors},
        }
        if "roving" in edits:
            update["roving"] = self.roving
        return self.base.model_copy(update=update)

    def load(self, task: Task) -> list[str]:
        """Edit everything into what ``task`` says, as one step; in words what of it there is no place for."""
        content = content_of(task, self.specs)
        known: Mapping[str, Any] = self.base.selectors if self.base is not None else {}
        left_out = [f"there is no item {name!r}" for name in task.items if name not in self.texts]
        values: dict[Key, Any] = {}
        for key, value in content.items():
            if key not in self._content:
                if key.what == "selector":
                    left_out.append(f"there is no selector {key.name!r}")
            elif key.what == "selector" and known[key.name].kind != task.selectors[key.name].kind:
                kinds = known[key.name].kind, task.selectors[key.name].kind
                left_out.append(f"selector {key.name!r} is of kind {kinds[0]!r}, there it is {kinds[1]!r}")
            elif key.what != "roving" or task.roving is not None:
                values[key] = value
        self._edit(values)
        return left_out
