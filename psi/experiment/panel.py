"""Panels of the window, as manifests declare them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import enaml
from atom.api import Callable as AtomCallable
from atom.api import Enum, Int, Str
from enaml.core.api import Declarative, d_
from enaml.workbench.api import Workbench

from psi.core.contributions import by_name, gather

if TYPE_CHECKING:
    from psi.experiment.console import Console

WORKSPACE = "psi.experiment.workspace"

#: Called with the console; gives texts by caption.
Figures = Callable[["Console"], Mapping[str, str]]


class Panel(Declarative):
    """A part of the window. Contributed to ``psi.experiment.workspace``.

    It is declared, not built: ``view`` is called with nothing when the window is made, and returns
    what is then called with ``console=`` to make the widget (an ``enamldef`` with ``attr console``).
    """

    #: What stands above it.
    title = d_(Str())

    #: Path of an image beside the title; none where empty.
    icon = d_(Str())

    #: Where it stands at first: a column of the window.
    area = d_(Enum("middle", "left", "right"))

    #: Its share of the column's height, against the others.
    share = d_(Int(100))

    #: Gives the view; see :func:`late`.
    view = d_(AtomCallable())


def late(path: str) -> Callable[[], Any]:
    """A factory for ``view`` that imports ``'package.module:Name'`` when it is called, so that manifests need no Qt."""

    def view() -> Any:
        module, _, name = path.partition(":")
        with enaml.imports():
            return getattr(importlib.import_module(module), name)

    return view


def figures(compute: Figures) -> Callable[[], Any]:
    """A factory for ``view``: a row of figures, which ``compute`` gives by caption whenever the console has news.

    ``compute`` is called in the window's process, on its own thread: it looks at what the console has and must be
    quick. What it raises is shown in the panel's place, and it is not called again.
    """

    def view() -> Any:
        return partial(late("psi.experiment.figures_view:FiguresPanel")(), compute=compute)

    return view


def panels_of(workbench: Workbench) -> dict[str, Panel]:
    """The panels by name, in the order of declaration."""
    return by_name(gather(workbench, WORKSPACE, Panel), "panel")
