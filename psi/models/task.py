"""Task: the paradigm and its settings."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from psi.models.base import Document, Model
from psi.models.migrations import register_migration
from psi.models.selectors import Order, SelectorSettings, SequenceSettings, SingleSettings
from psi.models.units import Seconds
from psi.models.values import ItemValue

__all__ = ["Order", "SelectorSettings", "SequenceSettings", "SingleSettings", "StopRules", "Task"]


@register_migration("task", "1.0", "1.1")
def _more_selectors(data: dict[str, Any]) -> dict[str, Any]:
    # 1.1 has more kinds of selectors and orders; what 1.0 had means the same.
    return data


class StopRules(Model):
    """When a run ends by itself; without any it goes on until it is stopped."""

    #: Completed trials.
    trials: Annotated[int, Field(strict=True, ge=1)] | None = None
    #: Seconds of the run's clock.
    duration: Annotated[Seconds, Field(gt=0)] | None = None


class Task(Document):
    """A paradigm, what its items are, and the one seed from which all its random numbers come."""

    current_version: ClassVar[str] = "1.1"

    kind: Literal["task"] = "task"
    format_version: Literal["1.1"] = "1.1"
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
