"""The context of one run: what every item's value is in the current trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from psi.context.dependencies import closure, inverted, names_in, own_value
from psi.context.selection import Selection, Setting
from psi.core.errors import RunFault
from psi.core.expressions import EvaluationError, Expression, parse
from psi.core.names import did_you_mean
from psi.core.random_streams import RandomStreams
from psi.models.items import ItemSpec
from psi.models.task import SelectorSettings, Task


class SelectorTemplate(Protocol):
    """What the context asks of a selector's declaration."""

    def settings(self) -> SelectorSettings: ...

    def start(self, generator: np.random.Generator, settings: SelectorSettings) -> Selection: ...


class _Values(dict[str, Any]):
    """A namespace that computes what it does not hold yet."""

    __slots__ = ("_compute",)

    def __init__(self, compute: Callable[[str], Any]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, name: str) -> Any:
        return self._compute(name)


class Context:
    """State of one run, made from declarations and a Task and dropped at its end.

    A value is computed when somebody asks for it and kept for the trial (or for the run, by the item's
    scope). Setting a result forgets what depends on it.

    Parameters
    ----------
    specs
        The items by name; trial rows have their order.
    selectors
        Declarations by name.
    task
        Items' values, selectors' settings and what is roved; defaults hold where it says nothing.
    symbols
        What expressions may use beside items.
    streams
        Random streams of the run; the selector ``go`` draws from ``selector.go``.

    Raises
    ------
    ConfigurationError
        A value cannot be parsed or a selector cannot start. Check the task first to have every fault at once.
    """

    def __init__(
        self,
        specs: Mapping[str, ItemSpec],
        selectors: Mapping[str, SelectorTemplate],
        task: Task,
        symbols: Mapping[str, Any],
        streams: RandomStreams,
    ) -> None:
        self._specs = dict(specs)
        self._symbols = dict(symbols)
        self._declared = dict(selectors)
        self._streams = streams
        self._settings: dict[str, SelectorSettings] = {}
        self._selections: dict[str, Selection] = {}
        self._take(task)
        self._lasting = [name for name, spec in self._specs.items() if spec.scope == "experiment"]
        self._results: dict[str, Any] = {}
        self._setting: Setting = {}
        self._pending: list[str] = []
        self._values = _Values(self._compute)
        self._values.update(self._symbols)

    def _take(self, task: Task) -> None:
        """Values, selectors and dependencies as ``task`` says. A selector whose settings stay goes on where it is."""
        settings = {name: task.selectors.get(name) or declared.settings() for name, declared in self._declared.items()}
        selections = {
            name: self._selections[name]
            if self._settings.get(name) == settings[name]
            else declared.start(self._streams.generator(f"selector.{name}"), settings[name])
            for name, declared in self._declared.items()
        }
        roved = {item for selector in settings.values() for item in selector.items}
        own = {name: own_value(spec, task) for name, spec in self._specs.items() if spec.kind != "result"}
        for name, value in own.items():
            self._compiled(name, value)
        edges = {name: set(names_in(self._specs[name], value)) for name, value in own.items()}
        for selector in settings.values():
            for row in selector.rows:
                for item, cell in zip(selector.items, row, strict=True):
                    edges.setdefault(item, set()).update(names_in(self._specs[item], cell))
        inverse = inverted(edges)
        # Nothing above has changed anything yet: a task that cannot be taken leaves all as it was.
        self._settings, self._selections, self._own = settings, selections, own
        self._roving = frozenset(roved if task.roving is None else roved & set(task.roving))
        self._dependents = {
            name: frozenset(closure([name], inverse)) for name, spec in self._specs.items() if spec.kind == "result"
        }

    def apply(self, task: Task) -> None:
        """Go on with ``task`` from the next trial on, whole or not at all; it was checked before.

        Results are kept. Raises ``ConfigurationError`` where a value cannot be parsed or a selector
        cannot start; nothing has changed then.
        """
        self._take(task)
        kept = {name: self._values[name] for name, spec in self._specs.items() if spec.kind == "result"}
        self._values.clear()
        self._values.update(self._symbols)
        self._values.update(kept)
        self._setting = {name: value for name, value in self._setting.items() if name in self._roving}

    @property
    def specs(self) -> Mapping[str, ItemSpec]:
        """The items by name."""
        return MappingProxyType(self._specs)

    @property
    def symbols(self) -> Mapping[str, Any]:
        """What expressions may use beside items."""
        return MappingProxyType(self._symbols)

    @property
    def selectors(self) -> Mapping[str, Selection]:
        """The selections of this run by the selector's name, in the order of declaration."""
        return MappingProxyType(self._selections)

    @property
    def setting(self) -> Mapping[str, Any]:
        """Constants and expressions that the current trial's selector gave, by item."""
        return MappingProxyType(self._setting)

    # -- values ------------------------------------------------------------------------------

    def value(self, name: str) -> Any:
        """Value of the item ``name`` in the current trial; ``None`` for a result that was not set.

        Raises
        ------
        KeyError
            There is no such item.
        RunFault
            It cannot be computed, or is not allowed; the message names the item and its expression.
        """
        if name not in self._specs:
            raise KeyError(f"there is no context item {name!r}{did_you_mean(name, self._specs)}")
        return self._values[name]

    def evaluate(self, expression: str | Expression, symbols: Mapping[str, Any] | None = None) -> Any:
        """Value of ``expression`` over items and symbols, and over ``symbols``, which come first.

        Raises
        ------
        ConfigurationError
            The text is no expression.
        RunFault
            It has no value now.
        """
        parsed = parse(expression) if isinstance(expression, str) else expression
        if not symbols:
            return parsed.evaluate(self._values)
        namespace = _Values(self._values.__getitem__)
        namespace.update(symbols)
        return parsed.evaluate(namespace)

    def set_result(self, name: str, value: Any) -> None:
        """Give the result ``name`` its value in this trial; ``None`` takes it away.

        Raises ``RunFault`` where it is no result or the value is not of its dtype.
        """
        spec = self._specs.get(name)
        if spec is None or spec.kind != "result":
            results = [item for item, known in self._specs.items() if known.kind == "result"]
            reason = "is no Result and cannot be set" if spec else f"is not declared{did_you_mean(name, results)}"
            raise RunFault(f"item {name!r} {reason}")
        if value is not None:
            try:
                value = spec.accept(value)
            except ValueError as error:
                raise RunFault(f"result {name!r} {error}") from None
        self._results[name] = value
        self._values.pop(name, None)
        for dependent in self._dependents[name]:
            # What holds for the run was computed from what holds for the run.
            if self._specs[dependent].scope == "trial":
                self._values.pop(dependent, None)

    def _compute(self, name: str) -> Any:
        spec = self._specs.get(name)
        if spec is None:
            raise KeyError(name)
        if spec.kind == "result":
            value = self._results.get(name, spec.default)
        else:
            if name in self._pending:
                path = " → ".join([*self._pending[self._pending.index(name) :], name])
                raise RunFault(f"item {name!r} depends on itself: {path}")
            self._pending.append(name)
            try:
                value = self._resolve(spec, self._setting.get(name, self._own[name]))
            finally:
                self._pending.pop()
        self._values[name] = value
        return value

    def _resolve(self, spec: ItemSpec, source: Any) -> Any:
        """The value that the constant or expression ``source`` gives the item."""
        shown = f"item {spec.name!r}" if spec.is_literal(source) else f"item {spec.name!r} = {source!r}"
        try:
            value = self._compiled(spec.name, source)
            if isinstance(value, Expression):
                value = value.evaluate(self._values)
            return spec.accept(value)
        except EvaluationError as error:
            raise RunFault(f"{shown} has no value: {error.reason}") from None
        except ValueError as error:
            raise RunFault(f"{shown} {error}") from None

    def _compiled(self, name: str, source: Any) -> Any:
        # parse keeps what it has parsed, so this is a look-up.
        return source if self._specs[name].is_literal(source) else parse(source)

    # -- trials ------------------------------------------------------------------------------

    def next_trial(self, selector: str | None = None, repeat: bool = False) -> dict[str, Any]:
        """Go on to the next trial: forget values and results, take a setting, and return its values.

        Parameters
        ----------
        selector
            Name of the selector that gives the setting; ``None`` for the items' own values.
        repeat
            Keep the setting that the selector gave last, if it has given one.

        Returns
        -------
        values
            Item -> value, of the items that are roved in this trial.
        """
        setting: Setting = {}
        if selector is not None:
            selection = self._selections.get(selector)
            if selection is None:
                raise RunFault(f"there is no selector {selector!r}{did_you_mean(selector, self._selections)}")
            current = selection.current
            setting = current if repeat and current is not None else selection.next_setting()
        self._setting = {name: value for name, value in setting.items() if name in self._roving}
        self._forget()
        return {name: self._values[name] for name in self._setting}

    def _forget(self) -> None:
        kept = {name: self._values[name] for name in self._lasting if name in self._values}
        self._values.clear()
        self._values.update(self._symbols)
        self._values.update(kept)
        self._results = {name: value for name, value in self._results.items() if name in self._lasting}

    def row(self) -> dict[str, Any]:
        """Every item's value in this trial, in the order of :meth:`columns`.

        Raises ``RunFault`` as :meth:`value` does.
        """
        return {name: self._values[name] for name in self._specs}

    def columns(self) -> list[tuple[str, str, str]]:
        """(name, dtype, unit) of each column of the trial table."""
        return [(spec.name, spec.dtype, spec.unit) for spec in self._specs.values()]
