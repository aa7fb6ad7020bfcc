"""What selectors are told of trials, and what the recording and the run are told of selectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from psi.context.context import Context
from psi.controller.run_parts import CarriedStates
from psi.controller.selector_look import SelectorLook
from psi.controller.trials.trial_sequence import NextTrial
from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean

#: Name of the audit's rows about selectors.
AUDIT = "selector"


class SelectorLog:
    """Tells selectors of the trials that count, posts ``context_complete``, and keeps every step in the audit.

    A trial counts where it was completed, was not aborted, and is neither a reminder nor a forced repeat. The audit
    gets one row for each step of a selector that follows answers (``info``: ``trial``, ``step``), and one for each
    selector that has something to say when the run ends (``info``: ``complete``, ``result``, ``state``).
    """

    def __init__(
        self,
        context: Context,
        audit: Callable[[str, str, Mapping[str, Any]], None],
        completed: Callable[[Mapping[str, Any]], None],
        all_complete: Callable[[], None],
    ) -> None:
        self._context = context
        self._audit = audit
        self._completed = completed
        self._all_complete = all_complete
        self._known_complete: set[str] = set()
        self._carried: CarriedStates | None = None
        self._look_at = SelectorLook()
        self._n_told = 0

    def restore(self, carried: CarriedStates | None) -> None:
        """Let selectors go on from what an earlier run left. ``ConfigurationError`` with every state that fits none."""
        if carried is None:
            return
        findings: list[Finding] = []
        for name, state in carried.states.items():
            selection = self._context.selectors.get(name)
            if selection is None:
                hint = did_you_mean(name, self._context.selectors)
                findings.append(Finding(f"was made with the selector {name!r}, which there is none of{hint}"))
                continue
            try:
                selection.restore(state)
            except ConfigurationError as error:
                findings += [Finding(f"selector {name!r} {finding.message}") for finding in error.findings]
        if findings:
            where = f"--carry-over {carried.source}"
            raise ConfigurationError(Finding(finding.message, where) for finding in findings)
        self._carried = carried

    def begin(self) -> None:
        """The run begins: what was carried over stands in its recording too, so that it can be repeated."""
        if self._carried is not None:
            for name, state in self._carried.states.items():
                self._audit(AUDIT, name, {"carried_over": self._carried.source, "state": dict(state)})

    def trial_ended(self, planned: NextTrial, row: Mapping[str, Any]) -> None:
        """The trial that was ``planned`` has ended with ``row``."""
        if planned.selector is None or planned.repeat or planned.reminder or row["aborted"] or not row["completed"]:
            return
        name = planned.selector
        self._n_told += 1
        step = self._context.feedback(name)
        if step is not None:
            self._audit(AUDIT, name, {"trial": row["trial_number"], "step": step})
        self._look(name)

    def _look(self, name: str) -> None:
        reason = self._context.selectors[name].complete
        if not reason:
            self._known_complete.discard(name)
            return
        if name in self._known_complete:
            return
        self._known_complete.add(name)
        self._completed({"selector": name, "reason": reason, "result": self._context.selectors[name].result()})
        ending = {name for name, selection in self._context.selectors.items() if selection.can_complete}
        if ending <= self._known_complete:
            self._all_complete()

    def end(self) -> None:
        """The run ends: what each selector has found, and what a later run needs to go on."""
        for name, selection in self._context.selectors.items():
            result, state = selection.result(), selection.state()
            if result or state:
                self._audit(AUDIT, name, {"complete": selection.complete, "result": result, "state": state})

    def progress(self) -> dict[str, str]:
        """One line about each selector."""
        return {name: selection.progress().text for name, selection in self._context.selectors.items()}

    def standing(self) -> dict[str, dict[str, Any]]:
        """How each selector stands, for consoles; on the dispatcher's thread."""
        return self._look_at.say(self._context.selectors, self._n_told)
