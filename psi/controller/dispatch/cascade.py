"""What one event has caused, so that a circle of events that cause each other is found and named."""

from __future__ import annotations

from psi.core.errors import RunFault


class Cascade:
    """Everything that followed from one event without time passing in between, each with what caused it."""

    __slots__ = ("_caused", "endless")

    #: Consequences of one event before a circle among them is taken for one without end. A command that posts
    #: thousands of events makes no circle.
    LONGEST = 1000

    def __init__(self, root: str) -> None:
        # Name, and the number of what caused it; an empty name is a timer without delay.
        self._caused: list[tuple[str, int]] = [(root, -1)]
        #: Whether it was found to be a circle.
        self.endless = False

    def grow(self, name: str, cause: int) -> int:
        """``name`` followed from number ``cause``; its own number, counted from 0 for the first.

        Raises ``RunFault`` with the circle where this has no end.
        """
        self._caused.append((name, cause))
        circle = self._circle() if len(self._caused) > self.LONGEST else []
        if circle:
            self.endless = True
            raise RunFault(
                f"event {circle[-1]!r} comes from itself: {self.LONGEST} events caused each other without "
                f"any time passing ({' → '.join(circle)}); look for an action or state that posts what led to it, or "
                "give it a delay"
            )
        return len(self._caused) - 1

    def _circle(self) -> list[str]:
        """The last round that what led to the last event made, in the order in which it happened; empty for none."""
        names: list[str] = []
        timers = 0
        number = len(self._caused) - 1
        while number >= 0:
            name, number = self._caused[number]
            if name in names:
                # Forth from where it happened before; what came of it last is no part of the round.
                return [*reversed([*names[names.index(name) :], name])]
            if name:
                names.append(name)
            else:
                timers += 1
        # Timers have no names: so many, each set by the one before it, are a circle of one.
        return ["timer"] if timers >= self.LONGEST else []
