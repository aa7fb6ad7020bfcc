"""The random numbers of a run's items."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from psi.core.random_streams import RandomStreams


class Draws:
    """Random numbers 0 <= u < 1, each item's from a stream of its own.

    An item has one number at a time: it is drawn when first asked for, and kept until :meth:`begin` leaves it out.

    Parameters
    ----------
    streams
        Random streams of the run; item ``hold`` draws from ``item.hold``.
    """

    def __init__(self, streams: RandomStreams) -> None:
        self._streams = streams
        self._generators: dict[str, np.random.Generator] = {}
        self._numbers: dict[str, float] = {}

    def of(self, name: str) -> float:
        """The number of the item ``name``."""
        if name not in self._numbers:
            self._numbers[name] = self.next(f"item.{name}")
        return self._numbers[name]

    def next(self, stream: str) -> float:
        """The next number of ``stream``."""
        generator = self._generators.get(stream)
        if generator is None:
            generator = self._generators[stream] = self._streams.generator(stream)
        return generator.random()

    def made(self, names: Iterable[str]) -> dict[str, float]:
        """The numbers of those items among ``names`` that have one."""
        return {name: self._numbers[name] for name in names if name in self._numbers}

    def begin(self, numbers: dict[str, float]) -> None:
        """Begin with ``numbers``: every other item draws anew when it is asked for."""
        self._numbers = numbers
