"""What a task says of every item: where its value comes from, and what depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psi.context.dependencies import closure, evaluation_order, inverted, names_in, own_value
from psi.context.sources import Source
from psi.models.items import ItemSpec
from psi.models.task import SelectorSettings, Task


class TaskSources:
    """The sources of all items as one task has them, read once.

    Parameters
    ----------
    specs
        The items by name.
    settings
        The settings of each selector that hold with the task.
    task
        Items' values, and what is roved.
    symbols
        What expressions may use beside items.

    Raises
    ------
    ConfigurationError
        A value is no expression.
    """

    def __init__(
        self,
        specs: Mapping[str, ItemSpec],
        settings: Mapping[str, SelectorSettings],
        task: Task,
        symbols: Mapping[str, Any],
    ) -> None:
        self._specs = specs
        self._symbols = symbols
        roved = {item for selector in settings.values() for item in selector.items}
        values = {name: own_value(spec, task) for name, spec in specs.items() if spec.kind != "result"}
        edges = {name: set(names_in(specs[name], value)) for name, value in values.items()}
        # A product may have thousands of rows, and this is done between two trials: each text is looked at once.
        texts = dict.fromkeys(
            (item, cell)
            for selector in settings.values()
            for row in selector.rows
            for item, cell in zip(selector.items, row, strict=True)
            if isinstance(cell, str)
        )
        for item, text in texts:
            edges.setdefault(item, set()).update(names_in(specs[item], text))
        inverse = inverted(edges)
        #: Item -> source, of every item but results.
        self.own = {name: Source(specs[name], value, symbols) for name, value in values.items()}
        self._cells = {(item, text): Source(specs[item], text, symbols) for item, text in texts}
        constants = {name: source.constant() for name, source in self.own.items()}
        #: What every trial begins with: symbols, and items whose value never changes.
        self.known = {**symbols, **{name: value for name, held in constants.items() for value in held}}
        #: Items so that each comes after those that it needs; empty where they need each other.
        self.order = evaluation_order({name: edges[name] for name in values if name not in self.known})
        #: Items that are roved.
        self.roving = frozenset(roved if task.roving is None else roved & set(task.roving))
        #: Result -> items that must be computed again when it is set.
        self.dependents = {
            name: frozenset(closure([name], inverse)) for name, spec in specs.items() if spec.kind == "result"
        }

    def cell(self, name: str, cell: Any) -> Source:
        """The source for what a selector gives the item ``name``, a constant or an expression."""
        if not isinstance(cell, str):
            return Source(self._specs[name], cell, self._symbols)
        source = self._cells.get((name, cell))
        if source is None:
            source = self._cells[name, cell] = Source(self._specs[name], cell, self._symbols)
        return source
