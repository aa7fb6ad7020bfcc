"""The data plugin: makes the store's part of each run."""

from __future__ import annotations

from atom.api import Callable
from enaml.workbench.api import Plugin, Workbench

from psi.core.errors import ConfigurationError
from psi.data.plan import RecordingPlan
from psi.data.run_store import RunStore


class DataPlugin(Plugin):
    """Whoever starts runs says where a recording's plan goes, once, before the first run."""

    #: Called with the :class:`~psi.data.plan.RecordingPlan` of each run; opens a store on it.
    hand_over = Callable()


def make_run_store(workbench: Workbench) -> RunStore:
    """The store's part in the next run."""
    plugin = workbench.get_plugin("psi.data")

    def hand_over(plan: RecordingPlan) -> None:
        if plugin.hand_over is None:
            raise ConfigurationError("nobody keeps a store: set hand_over of the plugin 'psi.data' before a run")
        plugin.hand_over(plan)

    return RunStore(hand_over)
