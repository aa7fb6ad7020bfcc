"""Selectors as declared in manifests: they give the settings of successive trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from atom.api import Dict, List, Str
from enaml.core.api import Declarative, d_
from pydantic import ValidationError

from psi.context.selection import RowSelection, Selection
from psi.core.contributions import where_of
from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.models.base import Model
from psi.models.task import SequenceSettings, SingleSettings


class Selector(Declarative):
    """Base of selectors. Contributed to ``psi.context.selectors``."""

    #: What people read; the name where empty.
    label = d_(Str())

    def settings(self) -> SequenceSettings | SingleSettings:
        """What was declared, as the Task keeps it. Raises ``ConfigurationError`` with everything wrong with it."""
        raise NotImplementedError(f"{type(self).__name__} has no settings")

    def start(self, generator: np.random.Generator, settings: SequenceSettings | SingleSettings) -> Selection:
        """A fresh selection for one run, drawing from ``generator``."""
        return RowSelection(settings, generator)

    def _validated(self, kind: type[Model], fields: Mapping[str, Any]) -> Any:
        try:
            return kind.model_validate(fields)
        except ValidationError as error:
            raise ConfigurationError(
                [self._finding([str(part) for part in detail["loc"]], detail["msg"]) for detail in error.errors()]
            ) from None

    def _finding(self, location: list[str], message: str) -> Finding:
        message = message.removeprefix("Value error, ").replace("Input should be", "must be")
        attribute = location[0] if location else None
        path = f" {'.'.join(location)}" if location else ""
        return Finding(f"selector {self.name!r}{path}: {message}", where_of(self, attribute))


class SequenceSelector(Selector):
    """Rows of values for roving parameters, given one row for each trial."""

    #: Names of the roving parameters; may be left out where rows are dictionaries.
    items = d_(List(Str()))

    #: One list of values (constants or texts of expressions), in the order of ``items``, or one dictionary per row.
    rows = d_(List())

    #: 'exact': as written; 'ascending', 'descending': sorted by the first item, then the second;
    #: 'shuffled': each row once per cycle; 'pseudorandom': independent draws. All go on for ever.
    order = d_(Str("exact"))

    def settings(self) -> SequenceSettings:
        orders = SequenceSettings.model_json_schema()["properties"]["order"]["enum"]
        if self.order not in orders:
            hint = did_you_mean(self.order, orders)
            raise ConfigurationError(
                f"selector {self.name!r} has the unknown order {self.order!r}{hint}", where_of(self, "order")
            )
        items = list(self.items)
        if not items and self.rows and isinstance(self.rows[0], dict):
            items = list(self.rows[0])
        rows = [self._row(number, row, items) for number, row in enumerate(self.rows, 1)]
        settings: SequenceSettings = self._validated(
            SequenceSettings, {"kind": "sequence", "items": items, "rows": rows, "order": self.order}
        )
        return settings

    def _row(self, number: int, row: Any, items: list[str]) -> Any:
        if not isinstance(row, dict):
            # One item needs no brackets.
            return row if isinstance(row, (list, tuple)) else [row]
        if set(row) != set(items):
            raise ConfigurationError(
                f"selector {self.name!r}: row {number} has values for {', '.join(map(repr, row))}; "
                f"give one for each of {', '.join(map(repr, items))}",
                where_of(self, "rows"),
            )
        return [row[item] for item in items]


class SingleSetting(Selector):
    """One setting, given again and again."""

    #: Roving parameter -> constant or text of an expression.
    values = d_(Dict(Str()))

    def settings(self) -> SingleSettings:
        settings: SingleSettings = self._validated(SingleSettings, {"kind": "single", "values": dict(self.values)})
        return settings
