"""The one collector that serves every extension point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from enaml.core.declarative import Declarative
from enaml.workbench.api import Extension, PluginManifest, Workbench

from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.core.source_lines import where_of

__all__ = ["by_name", "gather", "manifests_of", "unknown_children", "unknown_points", "where_of"]

T = TypeVar("T", bound=Declarative)


def manifests_of(workbench: Workbench) -> list[PluginManifest]:
    """The registered manifests, in the order of registration."""
    return list(workbench._manifests.values())


def _extensions(workbench: Workbench, point: str) -> Iterator[Extension]:
    # By registration, then by rank: Enaml keeps a point's extensions in a set-like order.
    found = [ext for manifest in manifests_of(workbench) for ext in manifest.extensions if ext.point == point]
    yield from sorted(found, key=lambda extension: extension.rank)


def gather(workbench: Workbench, point: str, kind: type[T]) -> list[tuple[Extension, T]]:
    """What was contributed to ``point`` of the given ``kind``, in the order of declaration.

    An extension may hold its contributions as children, or make them with a ``factory``
    (called with the workbench, returning one or several), so that they import late.
    """
    found: list[tuple[Extension, T]] = []
    for extension in _extensions(workbench, point):
        found += [(extension, child) for child in extension.children if isinstance(child, kind)]
        if extension.factory is not None:
            made = extension.factory(workbench)
            items = made if isinstance(made, (list, tuple)) else [made]
            found += [(extension, item) for item in items if isinstance(item, kind)]
    return found


def by_name(contributions: Iterable[tuple[Extension, T]], what: str, attribute: str = "name") -> dict[str, T]:
    """The contributions by their name. Raises ``ConfigurationError`` with every nameless and doubled one."""
    findings: list[Finding] = []
    named: dict[str, tuple[Extension, T]] = {}
    for extension, item in contributions:
        name = getattr(item, attribute)
        if not name:
            findings.append(Finding(f"a {type(item).__name__} has no {attribute}; give it one", where_of(item)))
        elif name in named:
            first = named[name][0].qualified_id
            findings.append(
                Finding(
                    f"{what} {name!r} is declared twice, by {first!r} and {extension.qualified_id!r}; rename one",
                    where_of(item, attribute),
                )
            )
        else:
            named[name] = (extension, item)
    if findings:
        raise ConfigurationError(findings)
    return {name: item for name, (_, item) in named.items()}


def unknown_points(workbench: Workbench) -> list[Finding]:
    """Extensions to points that do not exist, which Enaml would ignore in silence."""
    manifests = manifests_of(workbench)
    points = {point.qualified_id for manifest in manifests for point in manifest.extension_points}
    return [
        Finding(
            f"extension {extension.qualified_id!r} contributes to the unknown point "
            f"{extension.point!r}{did_you_mean(extension.point, points)}",
            where_of(extension, "point"),
        )
        for manifest in manifests
        for extension in manifest.extensions
        if extension.point not in points
    ]


def unknown_children(
    workbench: Workbench, point: str, kinds: type[Declarative] | tuple[type[Declarative], ...]
) -> list[Finding]:
    """Contributions to ``point`` that are of no kind the point takes, which would be ignored in silence."""
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    takes = ", ".join(kind.__name__ for kind in kinds)
    return [
        Finding(f"{type(child).__name__} cannot be contributed to {point!r}; it takes: {takes}", where_of(child))
        for extension in _extensions(workbench, point)
        for child in extension.children
        if not isinstance(child, kinds)
    ]
