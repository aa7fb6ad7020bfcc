"""Panels of the window, as manifests declare them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import enaml
from atom.api import Callable as AtomCallable
from atom.api import Enum, Int, Str
from enaml.core.api import Declarative, d_
from enaml.workbench.api import Workbench

from psi.core.contributions import by_name, gather

WORKSPACE = "psi.experiment.workspace"


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


def panels_of(workbench: Workbench) -> dict[str, Panel]:
    """The panels by name, in the order of declaration."""
    return by_name(gather(workbench, WORKSPACE, Panel), "panel")
