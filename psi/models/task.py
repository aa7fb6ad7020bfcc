"""Task: the paradigm and its settings."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from psi.models.base import Document, Model
from psi.models.units import Seconds
from psi.models.values import ItemValue

Order = Literal["exact", "ascending", "descending", "shuffled", "pseudorandom"]


class SequenceSettings(Model):
    """Rows of values for one or more roving parameters, and the order in which they are given."""

    kind: Literal["sequence"] = "sequence"
    items: tuple[str, ...] = Field(min_length=1)
    #: One value for each item; a text is an expression.
    rows: tuple[tuple[ItemValue, ...], ...] = Field(min_length=1)
    order: Order = "exact"

    @model_validator(mode="after")
    def _is_a_table(self) -> SequenceSettings:
        if len(set(self.items)) != len(self.items):
            raise ValueError(f"items {', '.join(self.items)}: an item is named twice; name each once")
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.items):
                raise ValueError(f"row {number} has {len(row)} values for {len(self.items)} items; give one for each")
        return self


class SingleSettings(Model):
    """One setting that is given again and again."""

    kind: Literal["single"] = "single"
    values: dict[str, ItemValue] = Field(min_length=1)

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(self.values)

    @property
    def rows(self) -> tuple[tuple[ItemValue, ...], ...]:
        return (tuple(self.values.values()),)


SelectorSettings = Annotated[SequenceSettings | SingleSettings, Field(discriminator="kind")]


class StopRules(Model):
    """When a run ends by itself; without any it goes on until it is stopped."""

    #: Completed trials.
    trials: Annotated[int, Field(strict=True, ge=1)] | None = None
    #: Seconds of the run's clock.
    duration: Annotated[Seconds, Field(gt=0)] | None = None


class Task(Document):
    """A paradigm, what its items are, and the one seed from which all its random numbers come."""

    current_version: ClassVar[str] = "1.0"

    kind: Literal["task"] = "task"
    format_version: Literal["1.0"] = "1.0"
    paradigm: str = Field(min_length=1)
    #: Manifests that were loaded beside those that the paradigm names itself.
    manifests: tuple[str, ...] = ()
    #: Item -> constant or expression. What is missing has its declared default.
    items: dict[str, ItemValue] = {}
    #: Roving parameters that take their values from selectors; ``None`` is all that a selector has.
    roving: tuple[str, ...] | None = None
    #: Selector -> its settings. What is missing is as declared.
    selectors: dict[str, SelectorSettings] = {}
    #: Root seed; ``None`` until one is drawn for a run, which is written back here.
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**53)] | None = None
    stop: StopRules = StopRules()
