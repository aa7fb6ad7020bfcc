"""What the cases of the conformance suite need: how an engine is made, seen and hurt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from psi.hardware.channel import Channel
from psi.hardware.engine import Engine
from psi.testing.engine_conformance.bench import EngineBench

MakeEngine = Callable[[], Engine]


@dataclass(frozen=True)
class Wire:
    """A wire from an output channel to an input channel of the same rate, by their references."""

    output: str
    to: str
    #: Samples that an input sample lies behind the output sample that it shows: converters' delays included.
    delay: int = 0
    #: Input for each volt of output, and the largest error that converters make, in V.
    gain: float = 1.0
    tolerance: float = 1e-3


class Needs:
    """What a subclass says of its engine. A case that does not apply to the engine is skipped and says why.

    A subclass defines the fixture ``make_engine``: it returns a function that makes the engine, declared alike each
    time. What else it says lets further cases run.
    """

    #: Seconds that anything may take.
    limit = 30.0
    #: Seconds per block.
    block_duration = Fraction(1, 100)
    #: Wires that lead from outputs back to inputs.
    wires: Sequence[Wire] = ()

    @pytest.fixture
    def make_engine(self) -> MakeEngine:
        raise NotImplementedError("an engine's conformance tests define the fixture make_engine")

    def level(self, bench: EngineBench, channel: str) -> float | None:
        """At what the output ``channel`` is, as seen from outside the engine; ``None`` where nobody can see it."""
        return None

    def lose_device(self, bench: EngineBench) -> None:
        """Let the device go away, as when its cable is pulled."""
        pytest.skip("nothing is said of how the device could be lost: define lose_device")

    def shorten_write(self, bench: EngineBench) -> None:
        """Let the device take fewer samples than the next write gives it."""
        pytest.skip("nothing is said of how a write could be shortened: define shorten_write")

    @pytest.fixture
    def make_bench(self, make_engine: MakeEngine) -> Iterator[Callable[..., EngineBench]]:
        """Makes runs of the engine, and ends them."""
        made: list[EngineBench] = []

        def make(**settings: Any) -> EngineBench:
            settings.setdefault("block_duration", self.block_duration)
            bench = EngineBench(make_engine(), limit=self.limit, **settings)
            made.append(bench)
            return bench

        yield make
        for bench in made:
            bench.driver.ensure_stopped()

    @pytest.fixture
    def bench(self, make_bench: Callable[..., EngineBench]) -> EngineBench:
        """One run, not begun."""
        return make_bench()

    @staticmethod
    def timed(bench: EngineBench, direction: str) -> list[Channel]:
        """The channels with a sample clock. Skips where there are none."""
        found = [channel for channel in bench.channels.values() if channel.direction == direction and channel.fs > 0]
        if not found:
            pytest.skip(f"the engine has no timed {direction}")
        return found

    @staticmethod
    def lines(bench: EngineBench) -> list[str]:
        """The outputs that are set on demand. Skips where there are none."""
        found = [name for name, c in bench.channels.items() if c.direction == "output" and c.fs == 0]
        if not found:
            pytest.skip("the engine has no output that is set on demand")
        return found

    def check_safe(self, bench: EngineBench) -> None:
        """Every output that can be seen is at its safe value."""
        for name, channel in bench.channels.items():
            if channel.direction == "output" and (level := self.level(bench, name)) is not None:
                safe = float(getattr(channel, "safe_value", 0.0))
                assert level == pytest.approx(safe, abs=1e-3), f"{name!r} is at {level}, its safe value is {safe}"

    def check_wires(self, bench: EngineBench) -> None:
        """Every input at the end of a wire shows the output's samples, each at its index."""
        for wire in self.wires:
            heard = bench.samples(wire.to)[0].astype(float)
            index = np.arange(len(heard)) - wire.delay
            known = index >= 0
            played = wire.gain * bench.supplies[wire.output].values(index[known])
            wrong = np.flatnonzero(np.abs(heard[known] - played) > wire.tolerance)
            assert not len(wrong), (
                f"sample {wrong[0] + wire.delay} of {wire.to!r} is {heard[known][wrong[0]]:g}; "
                f"sample {wrong[0]} of {wire.output!r} was {played[wrong[0]]:g} there ({len(wrong)} differ)"
            )
