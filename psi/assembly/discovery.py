"""Which paradigms, rigs and manifests there are, and where: source files only, nothing is imported to list them.

A thing is ``NAME.enaml``, or ``NAME/manifest.enaml`` where Python files stand beside it. Of one name the first
wins, in this order: a path on the command line, the roots in ``PSI_PATH``, the user's own folder, other
distributions (entry points), what psi ships. A root holds ``paradigms/``, ``hardware_configs/`` and ``manifests/``.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs

from psi.core.errors import ConfigurationError
from psi.core.names import did_you_mean

Kind = Literal["paradigm", "rig", "manifest"]

#: The folder that holds each kind, which is also the end of its entry points' group (``psi.paradigms``).
FOLDERS: dict[Kind, str] = {"paradigm": "paradigms", "rig": "hardware_configs", "manifest": "manifests"}

SUFFIX = ".enaml"
ENTRY_FILE = "manifest.enaml"


@dataclass(frozen=True, slots=True)
class Place:
    """A folder in which things of one kind are looked for."""

    kind: Kind
    folder: Path
    #: Where it comes from, for people: ``'PSI_PATH'``, ``'user'``, a distribution's name, ``'psi'``.
    origin: str
    #: The package that the folder is; empty for a plain folder, whose files get a package made for them.
    package: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A thing that can be chosen by its name."""

    kind: Kind
    name: str
    path: Path
    origin: str


def places(kind: Kind) -> list[Place]:
    """Where things of ``kind`` are looked for, the first first; folders that do not exist are left out.

    Raises ``ConfigurationError`` for a root in ``PSI_PATH`` that is no folder, and for a broken entry point.
    """
    folder = FOLDERS[kind]
    listed = [Place(kind, root / folder, "PSI_PATH") for root in _psi_path()]
    listed.append(Place(kind, user_root().resolve() / folder, "user"))
    listed.extend(_entry_points(kind))
    listed.append(Place(kind, _shipped_folder(folder), "psi", f"psi.{folder}"))
    return [place for place in listed if place.folder.is_dir()]


def user_root() -> Path:
    """The folder of the user's own ``paradigms/``, ``hardware_configs/`` and ``manifests/``."""
    return platformdirs.user_data_path("psi", appauthor=False)


def listing(kind: Kind, *, hidden: bool = False) -> list[Found]:
    """Everything of ``kind`` by name; with ``hidden`` also what an earlier place hides, after what hides it."""
    found = [thing for place in places(kind) for thing in _in_place(place)]
    if not hidden:
        winners: dict[str, Found] = {}
        for thing in found:
            winners.setdefault(thing.name, thing)
        found = list(winners.values())
    return sorted(found, key=lambda thing: thing.name)


def find(kind: Kind, name: str) -> Path:
    """The source file of the thing of ``kind`` called ``name``.

    ``name`` may also be the path of an ``.enaml`` file, or of the folder of a ``manifest.enaml``.
    Raises ``ConfigurationError`` with the nearest names when there is none.
    """
    if name.endswith(SUFFIX) or os.sep in name or (os.altsep and os.altsep in name):
        return _at_path(kind, name)
    known = listing(kind)
    for thing in known:
        if thing.name == name:
            return thing.path
    hint = did_you_mean(name, [thing.name for thing in known])
    raise ConfigurationError(f"there is no {kind} {name!r}{hint or '; psi list shows them all'}")


def name_of(path: Path) -> str:
    """The name under which the source file ``path`` is chosen."""
    return path.parent.name if path.name == ENTRY_FILE else path.stem


def _at_path(kind: Kind, name: str) -> Path:
    path = Path(name).expanduser()
    if path.is_dir():
        path = path / ENTRY_FILE
    if not path.is_file():
        raise ConfigurationError(
            f"there is no {kind} file {str(path)!r}; give the path of an .enaml file, or a name that psi list shows"
        )
    if path.suffix != SUFFIX:
        raise ConfigurationError(f"{name!r} is no .enaml file, which is what a {kind} is written in")
    return path.resolve()


def _in_place(place: Place) -> Iterator[Found]:
    for path in sorted(place.folder.iterdir()):
        if path.name.startswith((".", "_")):
            continue
        if path.is_dir():
            source = path / ENTRY_FILE
            if source.is_file():
                yield Found(place.kind, path.name, source, place.origin)
        elif path.suffix == SUFFIX:
            yield Found(place.kind, path.stem, path, place.origin)


def _psi_path() -> Iterator[Path]:
    for text in os.environ.get("PSI_PATH", "").split(os.pathsep):
        if not text.strip():
            continue
        root = Path(text).expanduser()
        if not root.is_dir():
            message = f"{text!r} is no folder; PSI_PATH lists folders, set apart by {os.pathsep!r}"
            raise ConfigurationError(message, "PSI_PATH")
        yield root.resolve()


def _entry_points(kind: Kind) -> Iterator[Place]:
    """Folders that other distributions offer: ``[project.entry-points."psi.paradigms"]``, any name = a package."""
    for point in sorted(importlib.metadata.entry_points(group=f"psi.{FOLDERS[kind]}"), key=lambda point: point.name):
        origin = point.dist.name if point.dist is not None else point.name
        try:
            # Imports the package's parents at most, never the package.
            spec = importlib.util.find_spec(point.module)
        except ModuleNotFoundError:
            spec = None
        if spec is None or not spec.submodule_search_locations:
            raise ConfigurationError(
                f"its entry point {point.name!r} names {point.module!r}, which is no package that can be found; "
                "repair or uninstall that distribution",
                origin,
            )
        for location in spec.submodule_search_locations:
            yield Place(kind, Path(location).resolve(), origin, point.module)


def _shipped_folder(folder: str) -> Path:
    spec = importlib.util.find_spec(f"psi.{folder}")
    if spec is not None and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))).resolve()
    # A checkout that is not installed: the folders stand beside the package.
    return Path(__file__).resolve().parents[2] / folder
