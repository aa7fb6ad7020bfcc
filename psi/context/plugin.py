"""The context plugin: gathers items, selectors and symbols, checks tasks, and makes the context of a run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from enaml.core.api import Declarative
from enaml.workbench.api import Extension, Plugin

from psi.context.checks import check_task
from psi.context.context import Context
from psi.context.items import ContextItem, Group
from psi.context.scoring import Scoring
from psi.context.selectors import Selector
from psi.context.symbols import BUILT_IN_SYMBOLS, Symbol
from psi.core.contributions import by_name, gather, unknown_children, where_of
from psi.core.errors import ConfigurationError, Finding, Place, RunFault
from psi.core.random_streams import RandomStreams, draw_seed
from psi.models.items import ItemSpec
from psi.models.scoring import ScoringSpec
from psi.models.task import Task

ITEMS = "psi.context.items"
SELECTORS = "psi.context.selectors"
SYMBOLS = "psi.context.symbols"
SCORING = "psi.context.scoring"


class ContextPlugin(Plugin):
    """Reads what manifests contribute; it holds no state of a run.

    Each method gathers anew, so what it returns follows the manifests that are registered, and is never
    changed afterwards.
    """

    def declared_items(self) -> Mapping[str, ContextItem]:
        """The declarations of items by name. ``ConfigurationError`` names both who declare the same one."""
        return MappingProxyType({name: item for name, (item, _, _) in self._placed().items()})

    def _placed(self) -> dict[str, tuple[ContextItem, tuple[str, ...], str]]:
        """Each item by name, with its groups and its row."""
        found: list[tuple[Extension, ContextItem]] = []
        places: dict[ContextItem, tuple[tuple[str, ...], str]] = {}
        for extension, child in gather(self.workbench, ITEMS, Declarative):
            if isinstance(child, Group):
                for item, group, row in child.placed():
                    found.append((extension, item))
                    places[item] = group, row
            elif isinstance(child, ContextItem):
                found.append((extension, child))
        named = by_name(found, "item")
        return {name: (item, *places.get(item, ((), ""))) for name, item in named.items()}

    def selectors(self) -> Mapping[str, Selector]:
        """The declarations of selectors by name."""
        return MappingProxyType(by_name(gather(self.workbench, SELECTORS, Selector), "selector"))

    def specs(self) -> Mapping[str, ItemSpec]:
        """What each item is. ``ConfigurationError`` with everything wrong with the declarations."""
        specs: dict[str, ItemSpec] = {}
        findings: list[Finding] = []
        for name, (item, group, row) in self._placed().items():
            try:
                specs[name] = item.spec(group, row)
            except ConfigurationError as error:
                findings += error.findings
        if findings:
            raise ConfigurationError(findings)
        return MappingProxyType(specs)

    def symbols(self) -> Mapping[str, Any]:
        """What expressions may use beside items: the built-in symbols and the contributed ones."""
        contributed = by_name(gather(self.workbench, SYMBOLS, Symbol), "symbol")
        taken = [name for name in contributed if name in BUILT_IN_SYMBOLS]
        if taken:
            raise ConfigurationError(
                [
                    Finding(f"symbol {name!r} is built in; rename it", where_of(contributed[name], "name"))
                    for name in taken
                ]
            )
        values = {name: symbol.value for name, symbol in contributed.items()}
        return MappingProxyType({**BUILT_IN_SYMBOLS, **values})

    def scoring(self, task: Task) -> ScoringSpec:
        """What the task's scores mean. ``ConfigurationError`` with everything wrong with what was declared."""
        found = gather(self.workbench, SCORING, Scoring)
        if not found:
            return ScoringSpec()
        if len(found) > 1:
            message = f"{len(found)} of Scoring are declared; keep one"
            raise ConfigurationError(message, where_of(found[1][1]))
        try:
            return found[0][1].spec(self.build(task).evaluate)
        except RunFault as error:
            raise ConfigurationError(f"chance: {error}", where_of(found[0][1], "chance")) from None

    # -- tasks -------------------------------------------------------------------------------

    def default_task(self, paradigm: str) -> Task:
        """The task of ``paradigm`` with everything as declared, written out whole; its seed is not drawn yet."""
        return self.complete(Task(paradigm=paradigm))

    def complete(self, task: Task) -> Task:
        """``task`` with every item, selector and roving parameter that it leaves out as declared, written out.

        Raises ``ConfigurationError`` where a declaration is wrong. What the task says is not checked.
        """
        findings: list[Finding] = []
        selectors = dict(task.selectors)
        for name, selector in self.selectors().items():
            if name not in selectors:
                try:
                    selectors[name] = selector.settings()
                except ConfigurationError as error:
                    findings += error.findings
        if findings:
            raise ConfigurationError(findings)
        defaults = {name: spec.default for name, spec in self.specs().items() if spec.kind != "result"}
        roved = dict.fromkeys(item for settings in selectors.values() for item in settings.items)
        return task.model_copy(
            update={
                "items": {**defaults, **task.items},
                "selectors": selectors,
                "roving": tuple(roved) if task.roving is None else task.roving,
            }
        )

    def check(self, task: Task, where: Mapping[str, str] | None = None, source: str = "") -> list[Finding]:
        """Everything wrong with the contributions and with ``task``, at once.

        Parameters
        ----------
        task
            The task; what it leaves out holds as declared.
        where
            Item -> where its value was given, such as ``'--set level'``. Others point to their declaration
            where the value is the declared one.
        source
            Where the rest of the task comes from: a file.
        """
        kinds: dict[str, tuple[type, ...]] = {
            ITEMS: (ContextItem, Group),
            SELECTORS: (Selector,),
            SYMBOLS: (Symbol,),
            SCORING: (Scoring,),
        }
        findings = [
            finding for point, kind in kinds.items() for finding in unknown_children(self.workbench, point, kind)
        ]
        parts: list[Any] = []
        for part in (self.declared_items, self.specs, self.selectors, self.symbols):
            try:
                parts.append(part())
            except ConfigurationError as error:
                findings += error.findings
        if len(parts) < 4:
            return list(dict.fromkeys(findings))
        items, specs, selectors, symbols = parts
        given = where or {}

        def written(name: str) -> Place:
            if name in given:
                return given[name]
            if name in items and (name not in task.items or task.items[name] == specs[name].default):
                return where_of(items[name], "default")
            if name in selectors and (name not in task.selectors or _is_declared(selectors[name], task)):
                return where_of(selectors[name])
            return source

        findings += check_task(specs, selectors, symbols, task, written)
        if not any(finding.severity == "error" for finding in findings):
            try:
                self.scoring(task)
            except ConfigurationError as error:
                findings += error.findings
        return findings

    # -- runs --------------------------------------------------------------------------------

    def build(self, task: Task) -> Context:
        """The context of one run of ``task``, which was checked before.

        A task without a seed gives a context that can be looked at; a run needs the seed in its task.
        """
        seed = draw_seed() if task.seed is None else task.seed
        return Context(self.specs(), self.selectors(), task, self.symbols(), RandomStreams(seed))


def _is_declared(selector: Selector, task: Task) -> bool:
    try:
        return bool(task.selectors[selector.name] == selector.settings())
    except ConfigurationError:
        return True
