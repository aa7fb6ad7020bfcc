"""Task: the paradigm and its settings."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from psi.models.base import Document, Model
from psi.models.migrations import register_migration
from psi.models.selectors import Order, SelectorSettings, SequenceSettings, SingleSettings
from psi.models.units import Millilitres, Minutes, Seconds
from psi.models.values import ItemValue

__all__ = ["Order", "SelectorSettings", "SequenceSettings", "SingleSettings", "StopRules", "Task"]


@register_migration("task", "1.0", "1.1")
def _more_selectors(data: dict[str, Any]) -> dict[str, Any]:
    # 1.1 has more kinds of selectors and orders; what 1.0 had means the same.
    return data


@register_migration("task", "1.1", "1.2")
def _more_stop_rules(data: dict[str, Any]) -> dict[str, Any]:
    # 1.2 has more rules; trials and duration mean the same.
    return data


class StopRules(Model):
    """When a run ends by itself; the first rule that holds ends it. Without any it goes on until it is stopped.

    All but ``duration`` let the trial that is going on come to its end. Time during which trial logic was paused does
    not count for ``minutes`` and ``no_response``.
    """

    #: Completed trials.
    trials: Annotated[int, Field(strict=True, ge=1)] | None = None
    #: Seconds of the run's clock, after which it ends at once: the length of a recording.
    duration: Annotated[Seconds, Field(gt=0)] | None = None
    #: Minutes since Start.
    minutes: Annotated[Minutes, Field(gt=0)] | None = None
    #: Millilitres delivered in this run, by the paradigm and by hand.
    volume: Annotated[Millilitres, Field(gt=0)] | None = None
    #: Minutes since the last response, or since Start.
    no_response: Annotated[Minutes, Field(gt=0)] | None = None
    #: Expression over the run's totals, such as ``'rewards >= 200 and recent("HIT", 20) < 0.5'``.
    when: str | None = None

    @field_validator("when")
    @classmethod
    def _says_something(cls, when: str | None) -> str | None:
        if when is not None and not when.strip():
            raise ValueError("is empty; write an expression over totals, or null")
        return when


class Task(Document):
    """A paradigm, what its items are, and the one seed from which all its random numbers come."""

    current_version: ClassVar[str] = "1.2"

    kind: Literal["task"] = "task"
    format_version: Literal["1.2"] = "1.2"
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
