"""Psi's own reactions to the events of a run: trials begin and end, settings are taken, stop rules hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from psi.controller.dispatch.event import Event
from psi.controller.trials.trial_sequence import NextTrial

if TYPE_CHECKING:
    from psi.controller.run import Run


class Reactions:
    """Listens to every event of one run, before its actions."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def listen(self, event: Event) -> None:
        """Psi's own reactions; the trial logic's come next, then the actions."""
        run, name = self._run, event.name
        run.totals.listen(event)
        if name == "trial_start":
            run.trials.begin(event)
        elif name == "next_trial" and run.controls.at_safe_point():
            run.trials.plan_next()
        run.logic.stand(run.controls.standing, run.clock.now())
        run.logic.listen(event)
        if name == "trial_end" and run.trials.commit(event):
            run.selectors.trial_ended(*run.trials.ended)
            run.stop_rules.trial_ended(run.trials.ended[1])

    def next_setting(self, planned: NextTrial, roved: Mapping[str, Any]) -> None:
        """The settings of the next trial hold: its stimuli are made ready."""
        self._run.stimuli.load()
        info = {"type": planned.trial_type, "selector": planned.selector, "setting": roved}
        self._run.post("context_next_setting", info)

    def input_ended(self, engine: str) -> None:
        """``engine`` has played its file to the end."""
        self._run.post("input_ended", {"engine": engine})
        self._run.stop_request("input ended")
