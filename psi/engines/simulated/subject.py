"""Virtual subjects: they hear the outputs and work the sensors, so that a paradigm can be tried without an animal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from atom.api import Float, List, Str, Value
from enaml.core.api import Declarative, d_
from numpy.typing import NDArray

from psi.engines.simulated.levels import Levels


@dataclass(frozen=True)
class Heard:
    """What happened between ``start`` and ``end`` s."""

    start: float
    end: float
    #: Name of the output -> (time of the first sample in s, samples/s, samples in V); silent ones are missing.
    outputs: Mapping[str, tuple[float, float, NDArray[np.float64]]] = field(default_factory=dict)
    #: On-demand lines that were set: (channel, level).
    lines: Sequence[tuple[str, float]] = ()


class SubjectRun:
    """A virtual subject during one run."""

    port_names: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._ports = {name: Levels() for name in self.names_of_ports()}

    def names_of_ports(self) -> tuple[str, ...]:
        """Names of the sensors that it works."""
        return self.port_names

    def port(self, name: str) -> Levels:
        """The level of a sensor over time."""
        return self._ports[name]

    def hear(self, heard: Heard) -> None:
        """Take in what happened up to ``heard.end`` and schedule changes of the ports after it."""


NO_SUBJECT = SubjectRun()


class VirtualSubject(Declarative):
    """Declares a virtual subject; a child of a ``SimulatedEngine``."""

    name = d_(Str("subject"))

    def ports(self) -> tuple[str, ...]:
        """Names of the sensors that it works."""
        return ()

    def run(self, generator: np.random.Generator) -> SubjectRun:
        """A fresh subject for one run, drawing from ``generator``."""
        raise NotImplementedError(f"{type(self).__name__} makes no subject")


class Listener(VirtualSubject):
    """Pokes, waits for a sound, and goes to the spout when it has heard one.

    Its probability of going is ``false_alarm + (1 - false_alarm - lapse) * F(level)`` with the
    logistic ``F(x) = 1 / (1 + exp(-(x - threshold) / slope))`` (Wichmann & Hill 2001, Perception &
    Psychophysics 63:1293, equation 1, with the false alarm rate as lower asymptote).
    """

    #: Name of the output that it listens to.
    target = d_(Str("target"))
    #: References of the on-demand channels that bring it food or water.
    rewards = d_(List(Str()))
    #: Calibration of the channel that plays the target; its unit is the unit of ``threshold``.
    calibration = d_(Value())
    #: Level in dB at which F is one half.
    threshold = d_(Float(30.0))
    #: dB.
    slope = d_(Float(3.0))
    #: Probability of staying although the sound is loud.
    lapse = d_(Float(0.03))
    #: Probability of going although there is no sound.
    false_alarm = d_(Float(0.1))
    #: Probability of leaving the port before the sound could have come.
    early_withdrawal = d_(Float(0.05))
    #: Mean time in s from being free to poking.
    poke_interval = d_(Float(0.8))
    #: Median time in s from sound to leaving the port.
    reaction_time = d_(Float(0.28))
    #: Time in s in the port without a sound after which it gives up.
    patience = d_(Float(1.9))

    def ports(self) -> tuple[str, ...]:
        return ListenerRun.port_names

    def run(self, generator: np.random.Generator) -> SubjectRun:
        return ListenerRun(self, generator)


class ListenerRun(SubjectRun):
    """A :class:`Listener` at work."""

    port_names = ("nose_poke", "spout")

    #: Seconds of sound it takes to judge the level, and the last part of them that it judges by (ramps left out).
    LISTEN = 0.06
    JUDGE = 0.04

    def __init__(self, declared: Listener, generator: np.random.Generator) -> None:
        super().__init__()
        self._is = declared
        self._draw = generator
        self._poke_at = self._pause(0.5)
        self._in_port_since = math.inf
        self._leave_at = math.inf
        self._guesses = False
        self._going = False
        self._free_at = 0.0
        self._onset = math.inf
        self._sound: list[NDArray[np.float64]] = []

    def _pause(self, after: float) -> float:
        return after + 0.15 + float(self._draw.exponential(self._is.poke_interval))

    def hear(self, heard: Heard) -> None:
        now = heard.end
        if self._in_port_since == math.inf and now >= self._poke_at:
            self._poke(now)
        if self._in_port_since <= now and not self._going:
            self._listen(heard)
        if self._in_port_since < math.inf and now >= self._leave_at:
            self._in_port_since = math.inf
            self._poke_at = self._pause(max(now, self._free_at))
        for channel, level in heard.lines:
            if level and channel in self._is.rewards:  # eat before the next poke
                self._poke_at = max(self._poke_at, self._pause(now + 1.2))

    def _poke(self, now: float) -> None:
        start = now + 0.001 + 0.02 * float(self._draw.random())
        self._in_port_since = start
        self._sound, self._onset, self._going = [], math.inf, False
        # Every draw is made on every poke, so that one setting does not shift the others' random numbers.
        early, guess, when = (float(self._draw.random()) for _ in range(3))
        self._guesses = guess < self._is.false_alarm
        self._leave_at = start + self._is.patience * (1 + 0.1 * float(self._draw.standard_normal()) / 3)
        self._free_at = self._leave_at
        if early < self._is.early_withdrawal:
            self._leave_at = start + 0.05 + 0.1 * when
            self._going = True  # it does not listen any more
            self._free_at = self._leave_at
        elif self._guesses:
            self._go(start + 0.55 + 0.3 * when)
        self.port("nose_poke").set(start, True)
        self.port("nose_poke").set(self._leave_at, False)

    def _go(self, leave_at: float, to: str = "spout") -> None:
        """Leave the port and touch the spout, or another port."""
        travel = 0.15 + 0.15 * float(self._draw.random())
        stay = 0.2 + 0.3 * float(self._draw.random())
        self._leave_at = leave_at
        self._free_at = leave_at + travel + stay
        self._going = True
        self.port("nose_poke").set(leave_at, False)
        self.port(to).set(leave_at + travel, True)
        self.port(to).set(leave_at + travel + stay, False)

    def _listen(self, heard: Heard) -> None:
        part = heard.outputs.get(self._is.target)
        if part is None:
            return
        t0, fs, samples = part
        if self._onset == math.inf:
            sounding = np.flatnonzero(samples)
            if not len(sounding):
                return
            first = int(sounding[0])
            self._onset, samples = t0 + first / fs, samples[first:]
        self._sound.append(samples)
        if sum(map(len, self._sound)) < self.LISTEN * fs:
            return
        judged = np.concatenate(self._sound)[-round(self.JUDGE * fs) :]
        self._decide(judged, fs, heard.end)

    def _hears(self, judged: NDArray[np.float64]) -> float:
        """Probability of hearing the samples ``judged`` in V, shape ``(n_samples,)``: F of their level."""
        rms = float(np.sqrt(np.mean(judged**2)))
        if rms == 0:
            return 0.0
        level = self._is.calibration.to_level(rms)
        # The logistic as a tanh, which does not overflow far from the threshold.
        return 0.5 * (1 + math.tanh((level - self._is.threshold) / (2 * self._is.slope)))

    def _reaction(self) -> float:
        """Seconds from the sound's onset to leaving the port."""
        return self._is.reaction_time * math.exp(0.2 * float(self._draw.standard_normal()))

    def _decide(self, judged: NDArray[np.float64], fs: float, now: float) -> None:
        subject = self._is
        hears = self._hears(judged)
        p = (1 - subject.false_alarm - subject.lapse) / (1 - subject.false_alarm) * hears
        goes = float(self._draw.random()) < p
        delay = self._reaction()
        if goes:
            self._go(max(self._onset + delay, now + 0.01))
        else:
            self._going = True  # it has judged; it waits in the port until its patience is over
