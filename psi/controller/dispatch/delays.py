"""Delayed actions of one run: called when their time has come, and held by a pause where they are the trial's."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from psi.controller.dispatch.event import Event
from psi.controller.dispatch.timers import Timer


@dataclass(eq=False)
class _Delay:
    """One action that waits for its time."""

    #: Time in s at which it is called.
    due: float
    action: Callable[[], object]
    #: Whether a pause holds it.
    pauses: bool
    #: ``None`` while it stands still.
    timer: Timer | None = None


class Delays:
    """Everything happens on the dispatcher's thread.

    Parameters
    ----------
    call_at
        Sets a timer for a time in s, which Stop cancels.
    """

    def __init__(self, call_at: Callable[[float, Callable[[], object]], Timer]) -> None:
        self._call_at = call_at
        #: Events of the trial, whose delayed actions a pause holds.
        self.trial_events: Collection[str] = ()
        # In the order in which they were set.
        self._waiting: list[_Delay] = []
        #: Since when, in s, a pause holds them; ``None`` while none does.
        self._held_since: float | None = None

    def is_trials(self, event: Event) -> bool:
        """Whether ``event`` is the trial's; what a hand posts is not, so that a reward by hand comes in a pause too."""
        return event.name in self.trial_events and "by" not in event.info

    def add(self, due: float, action: Callable[[], object], pauses: bool) -> None:
        """Call ``action`` at ``due`` s, or so much later where ``pauses`` hold it."""
        delay = _Delay(due, action, pauses)
        self._waiting.append(delay)
        if not pauses or self._held_since is None:
            self._arm(delay)

    def _arm(self, delay: _Delay) -> None:
        def call() -> None:
            self._waiting.remove(delay)
            delay.action()

        delay.timer = self._call_at(delay.due, call)

    def hold(self, now: float) -> None:
        """A pause begins at ``now`` s: what it holds keeps the time that is left."""
        self._held_since = now
        for delay in self._waiting:
            if delay.pauses and delay.due > now and delay.timer is not None:
                delay.timer.cancel()
                delay.timer = None

    def go_on(self, now: float) -> None:
        """The pause ends at ``now`` s."""
        if self._held_since is None:
            return
        paused, self._held_since = now - self._held_since, None
        # By their times, so that they come in the order in which they would have come.
        for delay in sorted(self._waiting, key=lambda item: item.due):
            if delay.timer is None:
                delay.due += paused
                self._arm(delay)

    def forget(self) -> None:
        """Stop: nothing that waits is called."""
        for delay in self._waiting:
            if delay.timer is not None:
                delay.timer.cancel()
        self._waiting.clear()
