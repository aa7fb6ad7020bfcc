"""What is wrong with a task, found at edit time and all at once."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from psi.context.context import Context
from psi.context.dependencies import closure, evaluation_order, find_cycles, names_in, own_value
from psi.context.selection import SelectorTemplate
from psi.context.selector_checks import kind_of, selector_findings
from psi.context.sources import accept_evaluated
from psi.context.value_checks import value_findings
from psi.core.distribution_families import FAMILIES
from psi.core.errors import ConfigurationError, Finding, Place, RunFault
from psi.core.expressions import EvaluationError, parse
from psi.core.names import did_you_mean
from psi.core.random_streams import RandomStreams
from psi.models.items import ItemSpec
from psi.models.task import SelectorSettings, Task

#: Where an item's or a selector's value was written: ``'paradigms/x.enaml:14'``, ``'--set level'``; and where the
#: task itself was, for the empty name.
WhereOf = Callable[[str], Place]

#: Items of which each needs the one before: a chain as long as this is evaluated in one go.
MAX_CHAIN = 100


def spec_findings(specs: Mapping[str, ItemSpec], symbols: Mapping[str, Any], where: WhereOf) -> Iterator[Finding]:
    """Names that no expression could use, and results with impossible defaults."""
    for name, spec in specs.items():
        if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
            yield Finding(
                f"item {name!r} cannot be named in expressions; use letters, digits and _, a letter first", where(name)
            )
        elif name in symbols:
            yield Finding(f"item {name!r} has the name of a symbol; rename it", where(name))
        if spec.kind == "result" and spec.default is not None:
            finding = spec.check(spec.default, where(name))
            if finding is not None:
                yield finding


@dataclass
class _TaskCheck:
    specs: Mapping[str, ItemSpec]
    selectors: Mapping[str, SelectorTemplate]
    symbols: Mapping[str, Any]
    task: Task
    where: WhereOf
    findings: list[Finding] = field(default_factory=list)

    def add(self, message: str, where: Place | None = None) -> None:
        """Note a fault; of the task as a whole where no ``where`` is given."""
        self.findings.append(Finding(message, self.where("") if where is None else where))

    def settings(self) -> dict[str, SelectorSettings]:
        """Settings of each selector that is declared."""
        for name in self.task.selectors:
            if name not in self.selectors:
                self.add(f"task sets the unknown selector {name!r}{did_you_mean(name, self.selectors)}")
        settings: dict[str, SelectorSettings] = {}
        for name, declared in self.selectors.items():
            try:
                default = declared.settings()
            except ConfigurationError as error:
                self.findings += error.findings
                continue
            settings[name] = self.task.selectors.get(name, default)
            kind, given = kind_of(default), kind_of(settings[name])
            if given != kind:
                self.add(f"selector {name!r} is of kind {kind!r}; the task sets it as {given!r}")
                del settings[name]
        return settings

    def items(self, known: set[str]) -> None:
        for name in self.task.items:
            spec = self.specs.get(name)
            if spec is None:
                self.add(f"task sets the unknown item {name!r}{did_you_mean(name, self.specs)}", self.where(name))
            elif spec.kind == "result":
                self.add(f"item {name!r} is a Result, which is never set by the user; remove it", self.where(name))
        for name, spec in self.specs.items():
            if spec.kind != "result":
                value = own_value(spec, self.task)
                self.findings += value_findings(spec, value, known, self.symbols, self.where(name))

    def cells(self, settings: Mapping[str, SelectorSettings], known: set[str]) -> None:
        for name, selector in settings.items():
            where = self.where(name)
            for item in selector.items:
                spec = self.specs.get(item)
                if spec is None:
                    roving = [known.name for known in self.specs.values() if known.kind == "roving_parameter"]
                    self.add(f"selector {name!r} roves the unknown item {item!r}{did_you_mean(item, roving)}", where)
                elif spec.kind != "roving_parameter":
                    self.add(_not_roving(f"selector {name!r} roves", spec), where)
            for number, row in enumerate(selector.rows, 1):
                for item, cell in zip(selector.items, row, strict=True):
                    if item in self.specs and self.specs[item].kind == "roving_parameter":
                        what = f"selector {name!r}, row {number}: item {item!r}"
                        self.findings += value_findings(self.specs[item], cell, known, self.symbols, where, what)

    def roving(self, settings: Mapping[str, SelectorSettings]) -> set[str]:
        """The items that are roved."""
        held = {item for selector in settings.values() for item in selector.items}
        if self.task.roving is None:
            return held
        for name in self.task.roving:
            spec = self.specs.get(name)
            if spec is None:
                self.add(f"task roves the unknown item {name!r}{did_you_mean(name, held)}")
            elif spec.kind != "roving_parameter":
                self.add(_not_roving("task roves", spec))
            elif name not in held:
                self.add(f"task roves {name!r}, which no selector has; add it to a selector")
        return held & set(self.task.roving)

    def dependencies(self, settings: Mapping[str, SelectorSettings], roved: set[str]) -> dict[str, set[str]]:
        """Item -> names that its own expression uses. Notes cycles, also through selectors' cells, and scopes."""
        own = {
            name: set(names_in(spec, own_value(spec, self.task)))
            for name, spec in self.specs.items()
            if spec.kind != "result"
        }
        seen: set[frozenset[str]] = set()
        graphs = [("", own)]
        for name, selector in settings.items():
            graph = {item: set(names) for item, names in own.items()}
            columns = [item for item in selector.items if item in roved and item in self.specs]
            for item in columns:
                index = selector.items.index(item)
                graph[item] = {name for row in selector.rows for name in names_in(self.specs[item], row[index])}
            graphs.append((f"with selector {name!r}, ", graph))
        for when, graph in graphs:
            self._depth(when, graph)
            for cycle in find_cycles(graph):
                if frozenset(cycle) not in seen:
                    seen.add(frozenset(cycle))
                    self.add(f"{when}item {cycle[0]!r} depends on itself: {' → '.join(cycle)}", self.where(cycle[0]))
        changing = self._varying(own, roved | self._drawn(own, "trial"))
        for name, names in own.items():
            if self.specs[name].scope == "experiment":
                for other in sorted(names & set(self.specs)):
                    if self.specs[other].scope == "trial" and other in changing:
                        self.add(
                            f"item {name!r} is computed once for the experiment but uses {other!r}, "
                            "which changes from trial to trial; give it the scope 'trial'",
                            self.where(name),
                        )
        return own

    def _depth(self, when: str, graph: Mapping[str, set[str]]) -> None:
        depths: dict[str, int] = {}
        for name in evaluation_order(graph):
            depths[name] = 1 + max((depths.get(other, 0) for other in graph[name]), default=0)
        deep = [name for name, depth in depths.items() if depth > MAX_CHAIN]
        if deep:
            message = f"{when}item {deep[0]!r} needs a chain of more than {MAX_CHAIN} items; shorten it"
            self.add(message, self.where(deep[0]))

    def _drawn(self, own: Mapping[str, set[str]], scope: str = "") -> set[str]:
        """Items whose own value is drawn from a distribution."""
        return {name for name in own if own[name] & FAMILIES.keys() and scope in ("", self.specs[name].scope)}

    def _varying(self, own: Mapping[str, set[str]], roved: set[str]) -> set[str]:
        changing = roved | {name for name, spec in self.specs.items() if spec.kind == "result"}
        return changing | {name for name in own if closure([name], own) & changing}

    def evaluate(self, settings: Mapping[str, SelectorSettings], own: Mapping[str, set[str]], roved: set[str]) -> None:
        """Compute what needs no result and no roved item, and check it."""
        try:
            context = Context(self.specs, self.selectors, self.task, self.symbols, RandomStreams(0))
        except ConfigurationError as error:
            self.findings += error.findings
            return
        varying = self._varying(own, roved)
        known = [name for name in own if not closure([name], own) & varying]
        for name in known:
            try:
                context.value(name)
            except RunFault as error:
                self.add(str(error), self.where(name))
        drawn = self._drawn(own)
        derived = [name for name in known if closure([name], own) & drawn]
        if not self.findings:
            self._extremes(derived, own, drawn)
        for name, selector in settings.items():
            for number, row in enumerate(selector.rows, 1):
                for item, cell in zip(selector.items, row, strict=True):
                    spec = self.specs[item]
                    names = names_in(spec, cell)
                    if not names or not isinstance(cell, str) or (names | closure(names, own)) & varying:
                        continue
                    what = f"selector {name!r}, row {number}: item {item!r} = {cell!r}"
                    try:
                        accept_evaluated(spec, parse(cell).evaluate(context.namespace))
                    except EvaluationError as error:
                        self.add(f"{what} has no value: {error.reason}", self.where(name))
                    except (RunFault, ValueError) as error:
                        self.add(f"{what} {error}", self.where(name))

    def _extremes(self, derived: list[str], own: Mapping[str, set[str]], drawn: set[str]) -> None:
        """Check what is computed from drawn values where these are as low, or high, as in one of a thousand trials."""
        for share in (0.001, 0.999):
            context = Context(self.specs, self.selectors, self.task, self.symbols, _SetDraws(share))
            for name in derived:
                try:
                    context.value(name)
                except RunFault as error:
                    sources = sorted(closure([name], own) & drawn)
                    shown = ", ".join(f"{source} = {context.value(source):.4g}" for source in sources)
                    message = f"{error}, where it is drawn {shown}; truncate that"
                    if not any(finding.message.startswith(f"item {name!r} ") for finding in self.findings):
                        self.add(message, self.where(name))


class _SetDraws(RandomStreams):
    """Streams of which every item draws the same number."""

    def __init__(self, share: float) -> None:
        super().__init__(0)
        self._share = share

    def generator(self, name: str) -> Any:
        return self if name.startswith("item.") else super().generator(name)

    def random(self) -> float:
        return self._share


def _not_roving(who: str, spec: ItemSpec) -> str:
    kind = "a Result" if spec.kind == "result" else "a Parameter, which is never roved"
    return f"{who} {spec.name!r}, which is {kind}; only a RovingParameter can be roved"


def check_task(
    specs: Mapping[str, ItemSpec],
    selectors: Mapping[str, SelectorTemplate],
    symbols: Mapping[str, Any],
    task: Task,
    where: WhereOf = lambda name: "",
) -> list[Finding]:
    """Everything wrong with ``task`` for these items and selectors.

    Syntax with its column, unknown names with the nearest one, cycles with their path, dtypes, limits and
    choices of whatever can be evaluated before a run, results that are set, parameters that are roved.
    """
    check = _TaskCheck(specs, selectors, symbols, task, where)
    check.findings += spec_findings(specs, symbols, where)
    known = set(specs) | set(symbols)
    settings = check.settings()
    check.items(known)
    check.cells(settings, known)
    check.findings += selector_findings(settings, specs, symbols, where)
    roved = check.roving(settings)
    own = check.dependencies(settings, roved)
    if not check.findings:
        # Only what could be parsed can be evaluated.
        check.evaluate(settings, own, roved)
    return list(dict.fromkeys(check.findings))
