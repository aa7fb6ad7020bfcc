"""The context of one run: what every item's value is in the current trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from psi.context.draws import Draws
from psi.context.selection import Selection, SelectorTemplate, Setting
from psi.context.task_sources import TaskSources
from psi.core.distributions import Distribution
from psi.core.errors import RunFault
from psi.core.expressions import Expression, parse
from psi.core.names import did_you_mean
from psi.core.random_streams import RandomStreams
from psi.models.items import ItemSpec
from psi.models.task import SelectorSettings, Task


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
    scope). Setting a result forgets what depends on it. What is drawn from a distribution takes one random number per
    trial (or run) from the item's own stream, which repeats keep for what their selector gives.

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
        Random streams of the run; selector ``go`` draws from ``selector.go``, item ``hold`` from ``item.hold``.

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
        self._draws = Draws(streams)
        # Random numbers of the last setting of each selector, by item.
        self._draws_of: dict[str, dict[str, float]] = {}
        self._take(task)
        self._lasting = [name for name, spec in self._specs.items() if spec.scope == "experiment"]
        self._results: dict[str, Any] = {}
        self._setting: Setting = {}
        self._pending: list[str] = []
        self._values = _Values(self._compute)
        self._values.update(self._sources.known)

    def _take(self, task: Task) -> None:
        """Values and selectors as ``task`` says. A selector goes on where it is, as far as it can."""
        settings = {name: task.selectors.get(name) or declared.settings() for name, declared in self._declared.items()}
        selections = {
            name: self._selections[name]
            if self._settings.get(name) == settings[name]
            else declared.start(self._streams.generator(f"selector.{name}"), settings[name])
            for name, declared in self._declared.items()
        }
        sources = TaskSources(self._specs, settings, task, self._symbols)
        # Nothing above has changed anything yet: a task that cannot be taken leaves all as it was.
        for name, selection in selections.items():
            if name in self._selections and selection is not self._selections[name]:
                selection.resume(self._selections[name])
        self._settings, self._selections, self._sources = settings, selections, sources

    def apply(self, task: Task) -> None:
        """Go on with ``task`` from the next trial on, whole or not at all; it was checked before.

        Results are kept. Raises ``ConfigurationError`` where a value cannot be parsed or a selector
        cannot start; nothing has changed then.
        """
        self._take(task)
        kept = {name: self._values[name] for name, spec in self._specs.items() if spec.kind == "result"}
        self._setting = {name: value for name, value in self._setting.items() if name in self._sources.roving}
        self._begin_with(kept)

    @property
    def specs(self) -> Mapping[str, ItemSpec]:
        """The items by name."""
        return MappingProxyType(self._specs)

    @property
    def symbols(self) -> Mapping[str, Any]:
        """What expressions may use beside items."""
        return MappingProxyType(self._symbols)

    @property
    def namespace(self) -> Mapping[str, Any]:
        """Items' values and symbols, as expressions look them up: computed when asked for."""
        return MappingProxyType(self._values)

    @property
    def selectors(self) -> Mapping[str, Selection]:
        """The selections of this run by the selector's name, in the order of declaration."""
        return MappingProxyType(self._selections)

    @property
    def selector_settings(self) -> Mapping[str, SelectorSettings]:
        """The settings of each selector that hold now."""
        return MappingProxyType(self._settings)

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

    def evaluate(self, expression: str | Expression, symbols: Mapping[str, Any] | None = None, stream: str = "") -> Any:
        """Value of ``expression`` over items and symbols, and over ``symbols``, which come first.

        What it draws takes the next number of the random stream ``stream``; without one only items are drawn.

        Raises
        ------
        ConfigurationError
            The text is no expression.
        RunFault
            It has no value now.
        """
        parsed = parse(expression) if isinstance(expression, str) else expression
        namespace = self._values
        if symbols:
            namespace = _Values(self._values.__getitem__)
            namespace.update(symbols)
        value = parsed.evaluate(namespace)
        if isinstance(value, Distribution):
            if not stream:
                raise RunFault(f"{parsed.text!r} is a distribution, and only items are drawn; give it an item")
            return value.draw(self._draws.next(stream))
        return value

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
        for dependent in self._sources.dependents[name]:
            # What holds for the run was computed from what holds for the run.
            if self._specs[dependent].scope == "trial":
                self._values.pop(dependent, None)

    def _compute(self, name: str) -> Any:
        source = self._sources.own.get(name)
        if source is None:
            # A result; anything else is no item.
            value = self._results[name] if name in self._results else self._specs[name].default
        else:
            if name in self._setting:
                source = self._sources.cell(name, self._setting[name])
            if name in self._pending:
                path = " → ".join([*self._pending[self._pending.index(name) :], name])
                raise RunFault(f"item {name!r} depends on itself: {path}")
            self._pending.append(name)
            try:
                value = source.resolve(self._values, self._draws.of)
            finally:
                self._pending.pop()
        self._values[name] = value
        return value

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
        draws: dict[str, float] = {}
        if selector is not None:
            selection = self._selections.get(selector)
            if selection is None:
                raise RunFault(f"there is no selector {selector!r}{did_you_mean(selector, self._selections)}")
            current = selection.current
            if repeat and current is not None:
                setting, draws = current, self._draws_of.get(selector, {})
            else:
                setting = selection.next_setting()
        self._setting = {name: value for name, value in setting.items() if name in self._sources.roving}
        self._forget(draws)
        values = {name: self._values[name] for name in self._setting}
        if selector is not None:
            self._draws_of[selector] = self._draws.made(self._setting)
        return values

    def feedback(self, selector: str) -> dict[str, Any] | None:
        """Tell ``selector``, which gave this trial's setting, that the trial has ended and counts.

        Returns what the recording is to keep of that, as plain values; ``None`` for nothing.
        """
        return self._selections[selector].feedback(self)

    def take_setting(self, setting: Setting) -> None:
        """Go on to a trial with ``setting``, which no selector gave: for looking at what it would be."""
        self._setting = {name: value for name, value in setting.items() if name in self._sources.roving}
        self._forget({})

    def _forget(self, draws: Mapping[str, float]) -> None:
        """Keep what lasts for the run, and ``draws``."""
        kept = {name: self._values[name] for name in self._lasting if name in self._values}
        self._draws.begin({**self._draws.made(self._lasting), **draws})
        self._results = {name: value for name, value in self._results.items() if name in self._lasting}
        self._begin_with(kept)

    def _begin_with(self, kept: Mapping[str, Any]) -> None:
        self._values.clear()
        self._values.update(self._sources.known)
        self._values.update(kept)
        for name in self._setting:
            self._values.pop(name, None)

    def row(self) -> dict[str, Any]:
        """Every item's value in this trial, in the order of :meth:`columns`.

        Raises ``RunFault`` as :meth:`value` does.
        """
        # In this order nothing waits for anything: chains of any length need no deep calls.
        for name in self._sources.order:
            if name not in self._values:
                self._compute(name)
        return dict(zip(self._specs, map(self._values.__getitem__, self._specs), strict=True))

    def columns(self) -> list[tuple[str, str, str]]:
        """(name, dtype, unit) of each column of the trial table."""
        return [(spec.name, spec.dtype, spec.unit) for spec in self._specs.values()]
