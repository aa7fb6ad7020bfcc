"""Views of selectors that psi does not bring, as manifests declare them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from atom.api import Callable as AtomCallable
from atom.api import Str
from enaml.core.api import Declarative, d_
from enaml.workbench.api import Workbench

from psi.core.contributions import by_name, gather

SELECTOR_VIEWS = "psi.experiment.selector_views"


class SelectorView(Declarative):
    """A view of the settings of one kind of selector. Contributed to ``psi.experiment.selector_views``.

    Without one the window makes a form of the settings.
    """

    #: Name of the selector's class.
    selector = d_(Str())

    #: Called with nothing when the window is made; returns what is then called with the
    #: :class:`~psi.experiment.selectors.source.SelectorSource` and the parent to make the widget, whose
    #: ``show_state()`` is called whenever there is news. So that manifests need no Qt, it imports late: see
    #: :func:`~psi.experiment.panel.late`.
    view = d_(AtomCallable())


def selector_views_of(workbench: Workbench) -> dict[str, Callable[[], Any]]:
    """What gives each view, by the selector's class."""
    found = by_name(gather(workbench, SELECTOR_VIEWS, SelectorView), "view of the selector", "selector")
    return {name: declared.view for name, declared in found.items() if declared.view is not None}
