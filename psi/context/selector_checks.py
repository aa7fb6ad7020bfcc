"""What is wrong with selectors' settings beside their cells: expressions, and items that cannot follow answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from psi.context.blocks import RECENT_SYMBOLS, recent_names
from psi.core.errors import ConfigurationError, Finding, Place
from psi.core.expressions import parse
from psi.core.names import did_you_mean
from psi.models.adaptive import QuestPlusSettings, StaircaseSettings
from psi.models.items import ItemSpec
from psi.models.selectors import BlocksSettings, CustomSettings, SelectorSettings


def kind_of(settings: SelectorSettings) -> str:
    """What a task may not change about a selector: its kind, and those of its blocks."""
    if isinstance(settings, CustomSettings):
        return settings.type
    if isinstance(settings, BlocksSettings):
        return "blocks " + ", ".join(f"{name}: {kind_of(block)}" for name, block in settings.blocks.items())
    return settings.kind


def selector_findings(
    selectors: Mapping[str, SelectorSettings],
    specs: Mapping[str, ItemSpec],
    symbols: Mapping[str, Any],
    where: Callable[[str], Place],
) -> list[Finding]:
    """Unknown names in selectors' expressions, each with its column; items that cannot be moved."""
    findings: list[Finding] = []
    for name, settings in selectors.items():
        what, place = f"selector {name!r}", where(name)
        for field, text in settings.expressions.items():
            known = set(specs) | set(symbols) | (set(RECENT_SYMBOLS) if field == "until" else set())
            try:
                unknown = parse(text).unknown(known, symbols, place)
            except ConfigurationError as error:
                unknown = list(error.findings)
            findings += [Finding(f"{what}, {field}: {finding.message}", place) for finding in unknown]
        parts = {"": settings}
        if isinstance(settings, BlocksSettings):
            findings += [Finding(f"{what}, {message}", place) for message in _block_faults(settings, specs)]
            parts = {f", block {block!r}": part for block, part in settings.blocks.items()}
        for which, part in parts.items():
            findings += [Finding(f"{what}{which}: {message}", place) for message in _adaptive_faults(part, specs)]
    return findings


def _block_faults(settings: BlocksSettings, specs: Mapping[str, ItemSpec]) -> Iterator[str]:
    try:
        names = parse(settings.until).names if settings.until else frozenset[str]()
    except ConfigurationError:
        return
    for name in sorted(names & {"streak", "correct_rate"}):
        if not settings.correct:
            yield f"until uses {name}, which needs to know which answers are right; give correct"
    results = [name for name, spec in specs.items() if spec.kind == "result"]
    for name in sorted(recent_names(settings.until)):
        if name not in results:
            yield f"until: recent needs a result, and {name!r} is none{did_you_mean(name, results)}"


def _adaptive_faults(settings: SelectorSettings, specs: Mapping[str, ItemSpec]) -> Iterator[str]:
    if not isinstance(settings, (StaircaseSettings, QuestPlusSettings)) or settings.item not in specs:
        return
    spec = specs[settings.item]
    if spec.dtype not in ("float64", "int64"):
        yield f"item {spec.name!r} is {spec.dtype}, which cannot follow answers; a number can"
    if spec.dtype == "int64" and isinstance(settings, StaircaseSettings):
        numbers = [*settings.steps, *(step * settings.weight for step in settings.steps), *settings.start]
        if settings.scale != "linear" or any(number != int(number) for number in numbers):
            yield f"item {spec.name!r} is a whole number; give a linear scale, and start, steps and weight to fit"
