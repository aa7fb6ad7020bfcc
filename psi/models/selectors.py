"""Settings of selectors as a Task keeps them: what gives the settings of successive trials.

Every kind has ``items`` (the roving parameters that it gives values of), ``rows`` (settings that it may give, one value
for each item; a text is an expression) and ``expressions`` (field -> text, of its own expressions).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from psi.models.adaptive import QuestPlusSettings, StaircaseSettings
from psi.models.base import Model
from psi.models.ranges import Range
from psi.models.values import ItemValue

Order = Literal[
    "exact", "ascending", "descending", "shuffled", "pseudorandom", "counterbalanced", "blocked", "latin_square"
]
ProductOrder = Literal["nested", "shuffled", "pseudorandom", "counterbalanced", "blocked", "latin_square"]
FactorOrder = Literal["exact", "ascending", "descending", "shuffled"]

Rows = tuple[tuple[ItemValue, ...], ...]
Cycles = Annotated[int, Field(strict=True, ge=1)]

#: Rows that a product may have, so that a slip of the pen does not fill the memory.
MOST_ROWS = 20_000


def _named_once(items: Iterable[str]) -> None:
    items = tuple(items)
    if len(set(items)) != len(items):
        raise ValueError(f"items {', '.join(items)}: an item is named twice; name each once")


class SequenceSettings(Model):
    """Rows of values for one or more roving parameters, and the order in which they are given."""

    kind: Literal["sequence"] = "sequence"
    items: tuple[str, ...] = Field(min_length=1)
    #: One value for each item; a text is an expression.
    rows: Rows = Field(min_length=1)
    order: Order = "exact"
    #: Of each row in a block, for the order 'blocked'.
    per_block: Annotated[int, Field(strict=True, ge=1)] = 1
    #: After so many cycles it is complete; ``None`` goes on for ever.
    cycles: Cycles | None = None

    @model_validator(mode="after")
    def _is_a_table(self) -> SequenceSettings:
        _named_once(self.items)
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.items):
                raise ValueError(f"row {number} has {len(row)} values for {len(self.items)} items; give one for each")
        _check_order(self.order, self.per_block, len(self.rows))
        return self

    @property
    def expressions(self) -> dict[str, str]:
        return {}


class SingleSettings(Model):
    """One setting that is given again and again."""

    kind: Literal["single"] = "single"
    values: dict[str, ItemValue] = Field(min_length=1)

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(self.values)

    @property
    def rows(self) -> Rows:
        return (tuple(self.values.values()),)

    @property
    def expressions(self) -> dict[str, str]:
        return {}


class Factor(Model):
    """One roving parameter of a product and its values: a list, or a range."""

    item: str = Field(min_length=1)
    values: tuple[ItemValue, ...] = ()
    range: Range | None = None
    #: In which order its values come, each time that they do.
    order: FactorOrder = "exact"

    @model_validator(mode="after")
    def _has_values(self) -> Factor:
        if bool(self.values) == (self.range is not None):
            raise ValueError(f"factor {self.item!r} has values or a range; give one of them")
        return self

    def levels(self) -> tuple[ItemValue, ...]:
        """Its values, as written."""
        return self.values if self.range is None else self.range.values()


class ProductSettings(Model):
    """Every combination of the factors' values. The first factor changes slowest."""

    kind: Literal["product"] = "product"
    factors: tuple[Factor, ...] = Field(min_length=1)
    #: 'nested' goes through the factors in their own orders; any other takes all combinations as rows.
    order: ProductOrder = "nested"
    per_block: Annotated[int, Field(strict=True, ge=1)] = 1
    cycles: Cycles | None = None

    @model_validator(mode="after")
    def _is_a_product(self) -> ProductSettings:
        _named_once(self.items)
        n = math.prod(len(factor.levels()) for factor in self.factors)
        if n > MOST_ROWS:
            raise ValueError(f"has {n} combinations; {MOST_ROWS} are allowed: give fewer values")
        ordered = [factor.item for factor in self.factors if factor.order != "exact"]
        if self.order != "nested" and ordered:
            raise ValueError(
                f"the order of {', '.join(map(repr, ordered))} means nothing where all combinations are {self.order}; "
                "leave it out, or write order 'nested'"
            )
        _check_order(self.order, self.per_block, n)
        return self

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(factor.item for factor in self.factors)

    @cached_property
    def rows(self) -> Rows:
        return tuple(itertools.product(*(factor.levels() for factor in self.factors)))

    @property
    def expressions(self) -> dict[str, str]:
        return {}


#: Rows that a counterbalanced cycle may have: it is n (n - 1) trials long.
MOST_COUNTERBALANCED = 200


def _check_order(order: str, per_block: int, n: int) -> None:
    if per_block != 1 and order != "blocked":
        raise ValueError(f"per_block is for the order 'blocked'; this one is {order!r}: leave it out")
    if order in ("counterbalanced", "latin_square") and n > MOST_COUNTERBALANCED:
        raise ValueError(f"the order {order!r} takes at most {MOST_COUNTERBALANCED} rows; these are {n}")


class CustomSettings(Model):
    """Settings of a selector that psi does not bring: whatever its author needs, as plain values."""

    kind: Literal["custom"] = "custom"
    #: Name of the selector's class.
    type: str = Field(min_length=1)
    items: tuple[str, ...] = Field(min_length=1)
    #: Settings that it may give, so that they are checked before a run.
    rows: Rows = ()
    settings: dict[str, JsonValue] = {}

    @model_validator(mode="after")
    def _fits(self) -> CustomSettings:
        _named_once(self.items)
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.items):
                raise ValueError(f"row {number} has {len(row)} values for {len(self.items)} items; give one for each")
        return self

    @property
    def expressions(self) -> dict[str, str]:
        return {}


#: What can be a block.
BlockPart = Annotated[
    SequenceSettings | SingleSettings | ProductSettings | StaircaseSettings | QuestPlusSettings | CustomSettings,
    Field(discriminator="kind"),
]


class BlocksSettings(Model):
    """Selectors that take turns: each for so many trials, or until an expression over its last results holds."""

    kind: Literal["blocks"] = "blocks"
    #: By name, in their order; all give values of the same items.
    blocks: dict[str, BlockPart] = Field(min_length=1)
    #: Trials that count, at most, in each block; ``None`` where only ``until`` ends it.
    trials: Annotated[int, Field(strict=True, ge=1)] | None = None
    #: Up to so many trials more than ``trials``, drawn anew for each block.
    jitter: Annotated[int, Field(strict=True, ge=0)] = 0
    #: Expression over the last results, asked after each trial that counts; empty for none.
    until: str = ""
    #: Trials that count, at least, before ``until`` is asked.
    min_trials: Annotated[int, Field(strict=True, ge=1)] = 1
    #: Expression over a trial's results: was the answer right? For ``correct_rate`` and the like.
    correct: str = ""
    #: After all blocks came so often it is complete; ``None`` goes on for ever.
    cycles: Cycles | None = None

    @model_validator(mode="after")
    def _ends_and_agrees(self) -> BlocksSettings:
        if self.trials is None and not self.until:
            raise ValueError("a block never ends; give trials, until, or both")
        if self.jitter and self.trials is None:
            raise ValueError("jitter adds to trials; give trials too")
        if self.trials is not None and self.min_trials > self.trials:
            raise ValueError(f"min_trials {self.min_trials} is more than trials {self.trials}; make it less")
        first = self.items
        for name, block in self.blocks.items():
            if set(block.items) != set(first):
                raise ValueError(
                    f"block {name!r} gives {', '.join(block.items)}, the first one {', '.join(first)}; "
                    "give values of the same items in every block"
                )
        return self

    @property
    def items(self) -> tuple[str, ...]:
        return next(iter(self.blocks.values())).items

    @property
    def rows(self) -> Rows:
        """Those of all blocks, in the order of the first one's items."""
        return tuple(
            tuple(row[block.items.index(item)] for item in self.items)
            for block in self.blocks.values()
            for row in block.rows
        )

    @property
    def expressions(self) -> dict[str, str]:
        own = {name: text for name, text in (("until", self.until), ("correct", self.correct)) if text}
        inner = {
            f"blocks.{name}.{field}": text
            for name, block in self.blocks.items()
            for field, text in block.expressions.items()
        }
        return {**own, **inner}


SelectorSettings = Annotated[
    SequenceSettings
    | SingleSettings
    | ProductSettings
    | BlocksSettings
    | StaircaseSettings
    | QuestPlusSettings
    | CustomSettings,
    Field(discriminator="kind"),
]
