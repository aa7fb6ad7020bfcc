"""What selectors would give next if an edited task were applied now; nothing changes by looking."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from typing import Any

from psi.assembly.next_run import NextRun
from psi.context.adaptive import AdaptiveSelection
from psi.context.selection import Selection
from psi.controller.run import Run
from psi.controller.selector_look import NEXT, upcoming
from psi.core.errors import RunFault
from psi.core.random_streams import RandomStreams, draw_seed
from psi.models.adaptive import AdaptiveSettings
from psi.models.task import Task

#: Seconds that the dispatcher may take to hand out a copy.
PATIENCE = 2.0


def preview(next_run: NextRun, task: Task, names: Iterable[str], n: int = NEXT) -> dict[str, list[dict[str, Any]]]:
    """The next ``n`` settings of the selectors ``names``, as far as they are known; of adaptive ones, none.

    In a run that is recorded they are those that would come from the next trial on. Before one the order of what is
    shuffled is only an example: each run draws its own, unless the seed was given.

    Raises ``ConfigurationError`` where a selector cannot be begun with its settings, ``RunFault`` where a run that is
    going on does not answer.
    """
    declared = next_run.prepared.loaded.context.selectors()
    run = next_run.live
    before = _copies_of(run) if run is not None and run.settings.mode == "running" else {}
    held = next_run.task if run is None else run.controls.task
    streams = RandomStreams(draw_seed() if task.seed is None else task.seed)
    found: dict[str, list[dict[str, Any]]] = {}
    for name in names:
        if name not in declared:
            continue
        settings = task.selectors.get(name) or declared[name].settings()
        if isinstance(settings, AdaptiveSettings):
            found[name] = []
        elif name in before and held.selectors.get(name) == settings:
            found[name] = upcoming(before[name], n)
        else:
            selection = declared[name].start(streams.generator(f"selector.{name}"), settings)
            if name in before:
                selection.resume(before[name])
            found[name] = upcoming(selection, n)
    return found


def _copies_of(run: Run) -> dict[str, Selection]:
    """Copies of the run's selections that can be looked at and changed while these go on; from any other thread.

    Those of adaptive ones are left out: they are large. Raises ``RunFault`` where the run does not answer.
    """
    taken: dict[str, Selection] = {}
    done = threading.Event()

    def take() -> None:
        try:
            for name, selection in run.context.selectors.items():
                if not isinstance(selection, AdaptiveSelection):
                    taken[name] = selection.copy()
        finally:
            done.set()

    run.dispatcher.call_at(-math.inf, take, survives_stop=True)
    if not done.wait(PATIENCE):
        raise RunFault("the run did not answer in time; ask again")
    return taken
