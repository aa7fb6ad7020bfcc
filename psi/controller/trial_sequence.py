"""How the next trial is chosen: declared by a paradigm, at work for one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from enaml.core.api import Declarative

from psi.context.context import Context


@dataclass(frozen=True, slots=True)
class NextTrial:
    """What the next trial is to be."""

    trial_type: str
    #: Name of the selector that gives its setting; ``None`` for the items' own values.
    selector: str | None
    #: Present the previous setting again and mark the row, since it says nothing new about the animal.
    repeat: bool = False
    #: Keep the previous setting because it has not been presented yet.
    keep_setting: bool = False
    reminder: bool = False


class TrialChooser(Protocol):
    """Chooses trials during one run."""

    def next(self, context: Context, last: Mapping[str, Any] | None) -> NextTrial:
        """The next trial, given the row of the last committed one (``None`` before the first)."""
        ...


class TrialSequence(Declarative):
    """Declares how trials follow each other; contributed to ``psi.controller.logic``."""

    def items(self) -> tuple[str, ...]:
        """Names of the context items that the chooser reads, so that ``psi check`` finds what is missing."""
        return ()

    def selectors(self) -> tuple[str, ...]:
        """Names of the selectors it takes settings from."""
        return ()

    def chooser(self, generator: np.random.Generator) -> TrialChooser:
        """A fresh chooser for one run."""
        raise NotImplementedError(f"{type(self).__name__} makes no chooser")


class _SelectorChooser:
    def __init__(self, selector: str | None) -> None:
        self._selector = selector

    def next(self, context: Context, last: Mapping[str, Any] | None) -> NextTrial:
        return NextTrial(self._selector or "trial", self._selector)


def default_chooser(selector: str | None) -> TrialChooser:
    """Every trial takes the next setting of ``selector``."""
    return _SelectorChooser(selector)
