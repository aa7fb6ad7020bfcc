"""How the next trial is chosen: declared by a paradigm, at work for one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from enaml.core.api import Declarative

from psi.context.context import Context
from psi.core.errors import Finding
from psi.core.names import did_you_mean
from psi.core.source_lines import where_of


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
    #: Result -> value that the chooser gives the trial, such as the side that is rewarded; its row has them.
    sets: Mapping[str, Any] = field(default_factory=dict)


class TrialChooser(Protocol):
    """Chooses trials during one run."""

    def next(self, context: Context, last: Mapping[str, Any] | None) -> NextTrial:
        """The next trial, given the row of the last committed one (``None`` before the first)."""
        ...


@runtime_checkable
class AskedChooser(TrialChooser, Protocol):
    """A chooser that has a say in, or remembers, the trials that the experimenter asks for."""

    def asked(self, context: Context, last: Mapping[str, Any] | None, planned: NextTrial) -> NextTrial:
        """``planned``, or the same with what is up to the chooser, such as the selector that is in use now."""
        ...


class TrialSequence(Declarative):
    """Declares how trials follow each other; contributed to ``psi.controller.logic``."""

    def items(self) -> tuple[str, ...]:
        """Names of the context items that the chooser reads, so that ``psi check`` finds what is missing."""
        return ()

    def selectors(self) -> tuple[str, ...]:
        """Names of the selectors it takes settings from."""
        return ()

    def trial_types(self) -> dict[str, str | None]:
        """Each type of trial that an experimenter may choose by hand -> the selector that gives its setting.

        ``None`` is for the items' own values. By default each selector is a type of the same name.
        """
        return {name: name for name in self.selectors()}

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


def sequence_findings(sequence: TrialSequence, specs: Mapping[str, Any], selectors: Mapping[str, Any]) -> list[Finding]:
    """Items and selectors that ``sequence`` needs and that nobody declares."""
    needs = [("item", name, specs) for name in sequence.items()]
    needs += [("selector", name, selectors) for name in sequence.selectors()]
    return [
        Finding(
            f"{type(sequence).__name__} needs the {what} {name!r}{did_you_mean(name, known)}",
            where_of(sequence),
        )
        for what, name, known in needs
        if name not in known
    ]
