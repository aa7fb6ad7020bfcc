"""From the source file of a manifest to the class in it."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import enaml
from enaml.workbench.api import PluginManifest

from psi.assembly.discovery import ENTRY_FILE, FOLDERS, name_of, places
from psi.assembly.source_faults import faults_as_findings
from psi.core.errors import ConfigurationError
from psi.core.source_lines import shown_path


def load(path: Path) -> ModuleType:
    """The module that the ``.enaml`` file ``path`` is, imported once per process.

    Files that psi or another distribution ships keep their package (``psi.paradigms.record``); any other
    file gets one of its own, made of its folder, so that two rooms may use one name. ``from .x import y`` finds
    ``x.py`` and ``x.enaml`` beside the file.

    Raises ``ConfigurationError`` with file and line when the source cannot be parsed, or uses a name, an attribute
    or an import that is not there.
    """
    path = path.resolve()
    name = _module_name(path)
    beside = path.with_suffix(".py")
    if beside.exists():
        # Python would import, and so run, that file in its place.
        raise ConfigurationError(f"{shown_path(beside)} has the same name; rename one of the two", shown_path(path))
    with enaml.imports(), faults_as_findings(path.parent):
        module = importlib.import_module(name)
    if Path(module.__file__ or "").resolve() != path:
        other = shown_path(module.__file__ or name)
        raise ConfigurationError(f"{other} is imported in its place; rename one of the two", shown_path(path))
    return module


def manifest_class(module: ModuleType, base: type = PluginManifest) -> type:
    """The one ``enamldef`` in ``module`` that can be registered, a subclass of ``base``.

    Where there are several, it is the one that has the file's name (``go_nogo.enaml``: ``GoNogo``), else the
    one that no other builds upon. Raises ``ConfigurationError`` for none, or no telling which.
    """
    path = Path(module.__file__ or "")
    defined = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__
    ]
    wanted = name_of(path)
    named = [cls for cls in defined if _folded(cls.__name__) == _folded(wanted)]
    last = [cls for cls in defined if not any(other is not cls and issubclass(other, cls) for other in defined)]
    for choice in (defined, named, last):
        if len(choice) == 1:
            return choice[0]
    if not defined:
        message = f"defines no {base.__name__}; write 'enamldef SomeName({base.__name__}):'"
    else:
        names = ", ".join(cls.__name__ for cls in defined)
        message = f"defines {names}; give the one that is meant the file's name, {wanted!r}"
    raise ConfigurationError(message, shown_path(path))


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _module_name(path: Path) -> str:
    """The dotted name for ``path``, whose package can be imported when this returns."""
    in_folder = path.name == ENTRY_FILE
    folder = path.parent.parent if in_folder else path.parent
    stem = name_of(path)
    if "." in stem:
        raise ConfigurationError(f"{stem!r} has a dot in it, which a name may not have; rename it", shown_path(path))
    packages = [place.package for kind in FOLDERS for place in places(kind) if place.package and place.folder == folder]
    # Equal names in two folders are two modules, in this process and in every other one of the run.
    package = packages[0] if packages else f"psi_user_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    _ensure_package(package, folder)
    return f"{package}.{stem}.manifest" if in_folder else f"{package}.{stem}"


def _ensure_package(name: str, folder: Path) -> None:
    if name in sys.modules or importlib.util.find_spec(name) is not None:
        return
    package = ModuleType(name, f"Made by psi for the manifests in {folder}.")
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, package)
