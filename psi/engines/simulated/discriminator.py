"""A virtual subject for forced-choice tasks: it hears which tone it was, and goes to the port that is the tone's."""

from __future__ import annotations

from typing import cast

import numpy as np
from atom.api import Float, Int, List
from enaml.core.api import d_
from numpy.typing import NDArray

from psi.engines.simulated.subject import Listener, ListenerRun, SubjectRun


class Discriminator(Listener):
    """Pokes, hears which of its tones it is, and goes to the port of that tone; what it does not hear it guesses.

    With the probability ``(1 - lapse) * F(level)`` it goes where the tone belongs, F as in :class:`Listener`; else it
    guesses, and a guess goes to port 1 more often by ``bias``. Without bias its proportion correct at n alternatives is
    ``1/n + (1 - 1/n) * (1 - lapse) * F(level)``.
    """

    #: Hz of the tone that belongs to each port ``side_1``, ``side_2``, ...
    frequencies = d_(List(Float(), default=[2000.0, 4000.0]))
    #: How many of its ports, from the first on, it chooses among.
    alternatives = d_(Int(2))
    #: From -1 to 1: 0 guesses evenly, 1 guesses port 1 always, -1 never.
    bias = d_(Float(0.0))
    #: Probability of not answering at all.
    omission = d_(Float(0.0))
    #: It goes nowhere without a sound.
    false_alarm = d_(Float(0.0))

    def ports(self) -> tuple[str, ...]:
        return ("nose_poke", *(f"side_{number}" for number in range(1, len(self.frequencies) + 1)))

    def run(self, generator: np.random.Generator) -> SubjectRun:
        return DiscriminatorRun(self, generator)


class DiscriminatorRun(ListenerRun):
    """A :class:`Discriminator` at work."""

    def __init__(self, declared: Discriminator, generator: np.random.Generator) -> None:
        self._all_ports = declared.ports()
        super().__init__(declared, generator)

    def names_of_ports(self) -> tuple[str, ...]:
        return self._all_ports

    def _decide(self, judged: NDArray[np.float64], fs: float, now: float) -> None:
        subject = cast(Discriminator, self._is)
        # Every draw is made each time, so that one setting does not shift the others' random numbers.
        knows, guess, answers = (float(self._draw.random()) for _ in range(3))
        delay = self._reaction()
        self._going = True
        if answers < subject.omission:
            return
        if knows < (1 - subject.lapse) * self._hears(judged):
            side = self._tone(judged, fs)
        else:
            side = guessed(guess, subject.alternatives, subject.bias)
        self._go(max(self._onset + delay, now + 0.01), f"side_{side}")

    def _tone(self, judged: NDArray[np.float64], fs: float) -> int:
        """The port whose tone has most of the power of ``judged``, from 1."""
        subject = cast(Discriminator, self._is)
        frequencies = np.array(subject.frequencies[: subject.alternatives])
        waves = np.exp(-2j * np.pi * np.outer(frequencies, np.arange(len(judged)) / fs))
        return int(np.argmax(np.abs(waves @ judged))) + 1


def guessed(draw: float, n: int, bias: float) -> int:
    """The port, from 1 to ``n``, that a guess goes to; ``draw`` is uniform from 0 to 1."""
    first = (1 + (n - 1) * bias) / n if bias >= 0 else (1 + bias) / n
    if draw < first or n == 1:
        return 1
    return 2 + min(n - 2, int((draw - first) / (1 - first) * (n - 1)))
