"""Wires from outputs to inputs, and what each input hears through them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from psi.core.errors import ConfigurationError
from psi.testing.ni_server.grid import Grid
from psi.testing.ni_server.lines import Edges, Line, Signal, Values
from psi.testing.ni_server.names import terminal

#: Volts of a digital line that is high, and from which on an input counts as high.
HIGH = 5.0
THRESHOLD = 1.5

#: Seconds: outputs remember what they gave for a second.
_LONGEST = 0.5

#: Numbers drawn once: noise is the same however it is read, and costs one look-up per sample.
_NOISE = np.random.default_rng(20).standard_normal(65521)


@dataclass(frozen=True, slots=True)
class Wire:
    """From the terminal of an output to that of an input, such as 'Dev1/ao0' and 'Dev1/ai0'."""

    source: str
    target: str
    gain: float = 1.0
    #: s.
    delay: float = 0.0
    #: V RMS, added at the input.
    noise: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Wire:
        """'Dev1/ao0=Dev1/ai0,gain=0.5,delay=0.001,noise=0.01'. Raises ``ConfigurationError``."""
        route, *settings = text.split(",")
        source, equals, target = route.partition("=")
        values: dict[str, float] = {}
        try:
            for setting in settings:
                name, _, value = setting.partition("=")
                if name.strip() not in ("gain", "delay", "noise"):
                    raise ValueError(f"no setting {name!r}")
                values[name.strip()] = float(value)
            if not (equals and source.strip() and target.strip()):
                raise ValueError("no two ends")
            if not 0 <= values.get("delay", 0.0) <= _LONGEST or values.get("noise", 0.0) < 0:
                raise ValueError(f"a delay is 0 to {_LONGEST} s, noise is not negative")
        except ValueError as error:
            raise ConfigurationError(
                f"{text!r} is no wire ({error}); write OUTPUT=INPUT[,gain=G][,delay=S][,noise=V]", "--wire"
            ) from error
        return cls(source.strip(), target.strip(), **values)


class Wired:
    """What an input hears through one wire."""

    def __init__(self, line: Line, wire: Wire, *, to_analog: bool) -> None:
        self._line = line
        self._delay = round(wire.delay * 1e9)
        self._noise = wire.noise
        self._from_analog = line.analog
        self._to_analog = to_analog
        # A digital line drives an analog input with its volts.
        self._gain = wire.gain * (HIGH if to_analog and not line.analog else 1.0)

    def at(self, grid: Grid) -> Values:
        values = self._line.at(grid.delayed(self._delay))
        if self._gain != 1.0:
            values = values * self._gain
        if self._noise:
            values = values + self._noise * _NOISE[np.arange(grid.k0, grid.k0 + grid.n) % len(_NOISE)]
        if self._from_analog and not self._to_analog:
            return (values > THRESHOLD).astype(np.float64)
        return values

    def edges(self, start: int, stop: int) -> Edges:
        times, rising = self._line.edges(start - self._delay, stop - self._delay)
        return times + self._delay, rising


@dataclass(frozen=True, slots=True)
class Joined:
    """Several signals at one input: volts add up, of levels the highest counts."""

    signals: tuple[Signal, ...]
    analog: bool

    def at(self, grid: Grid) -> Values:
        values = [signal.at(grid) for signal in self.signals]
        return np.sum(values, axis=0) if self.analog else np.max(values, axis=0)

    def edges(self, start: int, stop: int) -> Edges:
        found = [signal.edges(start, stop) for signal in self.signals]
        times = np.concatenate([times for times, _ in found])
        rising = np.concatenate([rising for _, rising in found])
        order = np.argsort(times, kind="stable")
        return times[order], rising[order]


def is_analog(name: str) -> bool:
    """Whether a terminal carries volts."""
    return terminal(name).rpartition("/")[2].startswith(("ai", "ao"))
