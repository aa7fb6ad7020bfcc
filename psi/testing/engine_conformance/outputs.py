"""Outputs: supplied without a gap, played at their index, changed where they still can be, and safe at the end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from psi.core.errors import ConfigurationError
from psi.hardware.engine import Engine, EngineDriver
from psi.testing.engine_conformance.bench import EngineBench, bits
from psi.testing.engine_conformance.needs import Needs


class Outputs(Needs):
    """Cases for engines with outputs."""

    def test_outputs_are_primed_up_to_the_look_ahead(self, bench: EngineBench) -> None:
        channels = self.timed(bench, "output")
        bench.driver.prepare()
        primed = {name: supply.look() for name, supply in bench.supplies.items()}
        bench.end()
        for channel in channels:
            ahead = bench.engine.look_ahead * channel.fs
            assert primed[channel.reference] >= int(ahead), (
                f"{channel.reference!r} was primed with {primed[channel.reference]} samples; look_ahead is {ahead:g}"
            )

    def test_an_output_is_supplied_without_a_gap(self, bench: EngineBench) -> None:
        self.timed(bench, "output")
        bench.start()
        # Looked at again and again, lest what was committed is asked for again, or goes back.
        bench.wait(
            lambda: all(s.look() >= 0.5 * bench.channels[name].fs for name, s in bench.supplies.items()),
            "0.5 s of output",
        )
        bench.end()
        for name, supply in bench.supplies.items():
            assert not supply.broken, f"{name!r}: {supply.broken[0]}"

    def test_what_is_played_comes_back_at_its_index(self, bench: EngineBench) -> None:
        if not self.wires:
            pytest.skip("no wire leads from an output to an input: define wires")
        bench.start()
        bench.wait_for(0.5)
        bench.end()
        self.check_wires(bench)

    def test_what_is_not_committed_can_still_be_changed(self, bench: EngineBench) -> None:
        if not self.wires:
            pytest.skip("no wire leads from an output to an input: define wires")
        bench.start()
        for seconds in (0.1, 0.2, 0.35):
            bench.wait_for(seconds)
            for number, supply in enumerate(bench.supplies.values()):
                shift = round(1e6 * seconds) + number
                supply.change(lambda index, shift=shift: bits(index + shift))  # type: ignore[misc]
        bench.wait_for(0.6 + bench.engine.look_ahead)
        bench.end()
        self.check_wires(bench)

    def test_a_short_write_leaves_no_gap_or_is_a_fault(self, bench: EngineBench) -> None:
        self.timed(bench, "output")
        bench.start()
        bench.wait_for(0.1)
        self.shorten_write(bench)
        bench.wait(lambda: bench.faults or bench.has_given(0.6), "samples or a fault")
        bench.end()
        if not bench.faults:
            self.check_wires(bench)

    def test_lines_are_set_and_are_safe_at_the_end(self, bench: EngineBench) -> None:
        names = self.lines(bench)
        bench.start()
        for level in (1.0, 0.0, 1.0):
            for name in names:
                bench.driver.write_line(name, level)
                if self.level(bench, name) is not None:
                    bench.wait(partial(self._is_at, bench, name, level), f"{name!r} at {level:g}")
        bench.end()
        assert not bench.faults
        self.check_safe(bench)

    def _is_at(self, bench: EngineBench, channel: str, level: float) -> bool:
        return self.level(bench, channel) == level

    def test_outputs_are_made_safe_without_a_run(self, make_bench: Callable[..., EngineBench]) -> None:
        bench = make_bench()
        if not any(channel.direction == "output" for channel in bench.channels.values()):
            pytest.skip("the engine has no output")
        assert type(bench.engine).make_safe is not Engine.make_safe, "an engine with outputs writes make_safe()"
        for _ in range(2):
            bench.engine.make_safe()
        self.check_safe(bench)

    def test_what_it_cannot_do_is_refused_with_what_it_can(self, bench: EngineBench) -> None:
        refused = {
            "advance": lambda: bench.driver.advance(1),
            "committed": lambda: bench.driver.committed("x"),
            "write_line": lambda: bench.driver.write_line("x", 1.0),
        }
        asked = [hook for hook in refused if getattr(type(bench.driver), hook) is getattr(EngineDriver, hook)]
        if not asked:
            pytest.skip("the engine can do everything")
        for hook in asked:
            with pytest.raises(ConfigurationError, match="supported: "):
                refused[hook]()
