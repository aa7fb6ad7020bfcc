"""Selectors as declared in manifests: they give the settings of successive trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from atom.api import Dict, Int, List, Str, Value
from enaml.core.api import Declarative, d_
from pydantic import ValidationError

from psi.context.blocks import BlockSelection, recent_names
from psi.context.rows import RowSelection
from psi.context.selection import Selection
from psi.core.contributions import where_of
from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.core.random_streams import substream
from psi.models.base import Model
from psi.models.selectors import (
    BlocksSettings,
    CustomSettings,
    ProductSettings,
    SelectorSettings,
    SequenceSettings,
    SingleSettings,
)


class Selector(Declarative):
    """Base of selectors. Contributed to ``psi.context.selectors``.

    A new kind declares what its author may set as members, gives them as plain values in :meth:`settings`
    (see :meth:`custom_settings`), and makes a :class:`~psi.context.selection.Selection` in :meth:`start`.
    """

    #: What people read; the name where empty.
    label = d_(Str())

    def settings(self) -> SelectorSettings:
        """What was declared, as the Task keeps it. Raises ``ConfigurationError`` with everything wrong with it."""
        raise NotImplementedError(f"{type(self).__name__} has no settings")

    def start(self, generator: np.random.Generator, settings: Any) -> Selection:
        """A fresh selection for one run, drawing from ``generator``. ``settings`` are those of the task."""
        raise NotImplementedError(f"{type(self).__name__} gives no settings")

    def custom_settings(
        self, items: Sequence[str], rows: Sequence[Sequence[Any]] = (), **settings: Any
    ) -> CustomSettings:
        """What :meth:`settings` of a new kind of selector returns.

        Parameters
        ----------
        items
            The roving parameters that it gives values of.
        rows
            Settings that it may give, one value for each item: these are checked before a run.
        settings
            Plain values (numbers, texts, lists, dictionaries) that :meth:`start` needs.
        """
        made: CustomSettings = self._validated(
            CustomSettings,
            {"type": type(self).__name__, "items": list(items), "rows": [list(r) for r in rows], "settings": settings},
        )
        return made

    def _validated(self, kind: type[Model], fields: Mapping[str, Any]) -> Any:
        try:
            return kind.model_validate(fields)
        except ValidationError as error:
            raise ConfigurationError(
                [self._finding([str(part) for part in detail["loc"]], detail["msg"]) for detail in error.errors()]
            ) from None

    def _finding(self, location: list[str], message: str) -> Finding:
        message = message.removeprefix("Value error, ").replace("Input should be", "must be")
        message = message.replace("Field required", "is missing; give it a value")
        attribute = location[0] if location else None
        path = f" {'.'.join(location)}" if location else ""
        place = where_of(self, attribute if attribute in self.members() else None)
        return Finding(f"selector {self.name!r}{path}: {message}", place)

    def _known_order(self, kind: type[Model]) -> None:
        orders = kind.model_json_schema()["properties"]["order"]["enum"]
        if self.order not in orders:
            hint = did_you_mean(self.order, orders)
            raise ConfigurationError(
                f"selector {self.name!r} has the unknown order {self.order!r}{hint}", where_of(self, "order")
            )


class SequenceSelector(Selector):
    """Rows of values for roving parameters, given one row for each trial."""

    #: Names of the roving parameters; may be left out where rows are dictionaries.
    items = d_(List(Str()))

    #: One list of values (constants or texts of expressions), in the order of ``items``, or one dictionary per row.
    rows = d_(List())

    #: 'exact': as written; 'ascending', 'descending': sorted by the first item, then the second; 'shuffled': each row
    #: once per cycle; 'pseudorandom': independent draws; 'blocked': each row ``per_block`` times per cycle;
    #: 'counterbalanced': each row follows each other once per cycle; 'latin_square': rows of a Williams design.
    order = d_(Str("exact"))

    #: Of each row in a block, for the order 'blocked'.
    per_block = d_(Int(1))

    #: Complete after so many cycles; 0 goes on for ever.
    cycles = d_(Int())

    def settings(self) -> SequenceSettings:
        self._known_order(SequenceSettings)
        items = list(self.items)
        if not items and self.rows and isinstance(self.rows[0], dict):
            items = list(self.rows[0])
        rows = [self._row(number, row, items) for number, row in enumerate(self.rows, 1)]
        fields = {"items": items, "rows": rows, "order": self.order, "per_block": self.per_block}
        settings: SequenceSettings = self._validated(SequenceSettings, {**fields, "cycles": self.cycles or None})
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

    def start(self, generator: np.random.Generator, settings: SequenceSettings) -> Selection:
        return RowSelection(settings, generator)


class SingleSetting(Selector):
    """One setting, given again and again."""

    #: Roving parameter -> constant or text of an expression.
    values = d_(Dict(Str()))

    def settings(self) -> SingleSettings:
        settings: SingleSettings = self._validated(SingleSettings, {"kind": "single", "values": dict(self.values)})
        return settings

    def start(self, generator: np.random.Generator, settings: SingleSettings) -> Selection:
        return RowSelection(settings, generator)


class Factor(Declarative):
    """A roving parameter in a :class:`CartesianProduct`, and its values."""

    #: Name of the roving parameter.
    item = d_(Str())

    #: Its values: constants, texts of expressions. Or a range instead:
    values = d_(List())

    #: First and last value of a range, in the item's unit.
    start = d_(Value())
    stop = d_(Value())

    #: Number of values of a range; 0 where ``step`` says it.
    n = d_(Int())

    #: From one value to the next: in the item's unit (linear), octaves (log) or dB. Above 0.
    step = d_(Value())

    #: 'linear', 'log' or 'dB': on which scale the range's steps are equal.
    spacing = d_(Str("linear"))

    #: 'exact', 'ascending', 'descending', or 'shuffled' (anew in each pass).
    order = d_(Str("exact"))

    def fields(self) -> dict[str, Any]:
        """What was declared, as plain values."""
        fields: dict[str, Any] = {"item": self.item, "values": list(self.values), "order": self.order}
        if any(value is not None for value in (self.start, self.stop, self.step)) or self.n:
            given = {"start": self.start, "stop": self.stop, "n": self.n or None, "step": self.step}
            fields["range"] = {
                **{name: value for name, value in given.items() if value is not None},
                "spacing": self.spacing,
            }
        return fields


class CartesianProduct(Selector):
    """Every combination of the values of its :class:`Factor` children. The first one changes slowest."""

    #: 'nested': through the factors in their own orders; else all combinations are rows of this order, as those of a
    #: :class:`SequenceSelector`: 'shuffled', 'pseudorandom', 'blocked', 'counterbalanced', 'latin_square'.
    order = d_(Str("nested"))

    #: Of each combination in a block, for the order 'blocked'.
    per_block = d_(Int(1))

    #: Complete after so many cycles; 0 goes on for ever.
    cycles = d_(Int())

    def settings(self) -> ProductSettings:
        self._known_order(ProductSettings)
        factors = [child.fields() for child in self.children if isinstance(child, Factor)]
        fields = {"factors": factors, "order": self.order, "per_block": self.per_block, "cycles": self.cycles or None}
        settings: ProductSettings = self._validated(ProductSettings, fields)
        return settings

    def start(self, generator: np.random.Generator, settings: ProductSettings) -> Selection:
        return RowSelection(settings, generator)


class BlockSelector(Selector):
    """Its children, which are selectors with names of their own, take turns in the order in which they stand.

    A block ends after ``trials`` trials that count, or when ``until`` holds after one: ``'correct_rate(20) > 0.8'``.
    """

    #: Trials of each block, at most; 0 where only ``until`` ends it.
    trials = d_(Int())

    #: Up to so many trials more, drawn anew for each block.
    jitter = d_(Int())

    #: Expression over the last results: ``trials``, ``streak``, ``correct_rate(n)``, ``recent(name, n)``.
    until = d_(Str())

    #: Trials that count, at least, before ``until`` is asked.
    min_trials = d_(Int(1))

    #: Expression over a trial's results: was the answer right?
    correct = d_(Str())

    #: Complete after all blocks came so often; 0 goes on for ever.
    cycles = d_(Int())

    def parts(self) -> dict[str, Selector]:
        """The selectors in it by name. ``ConfigurationError`` for blocks in blocks, and for names that are missing."""
        findings: list[Finding] = []
        parts: dict[str, Selector] = {}
        for child in self.children:
            if not isinstance(child, Selector):
                continue
            if isinstance(child, BlockSelector):
                findings.append(Finding(f"selector {self.name!r}: a block holds no blocks", where_of(child)))
            elif not child.name or child.name in parts:
                what = f"two blocks named {child.name!r}" if child.name else "a block without a name"
                findings.append(Finding(f"selector {self.name!r} has {what}; give each its own", where_of(child)))
            parts[child.name] = child
        if findings:
            raise ConfigurationError(findings)
        return parts

    def settings(self) -> BlocksSettings:
        findings: list[Finding] = []
        blocks: dict[str, Any] = {}
        for name, part in self.parts().items():
            try:
                blocks[name] = part.settings()
            except ConfigurationError as error:
                findings += error.findings
        if findings:
            raise ConfigurationError(findings)
        fields = {
            "blocks": blocks,
            "trials": self.trials or None,
            "jitter": self.jitter,
            "until": self.until,
            "min_trials": self.min_trials,
            "correct": self.correct,
            "cycles": self.cycles or None,
        }
        settings: BlocksSettings = self._validated(BlocksSettings, fields)
        return settings

    def start(self, generator: np.random.Generator, settings: BlocksSettings) -> Selection:
        declared = self.parts()
        unknown = [name for name in settings.blocks if name not in declared]
        if unknown:
            raise ConfigurationError(
                f"selector {self.name!r} has no block {unknown[0]!r}{did_you_mean(unknown[0], declared)}"
            )
        parts = {
            name: declared[name].start(substream(generator, name), block) for name, block in settings.blocks.items()
        }
        return BlockSelection(settings, parts, generator, recent_names(settings.until))
