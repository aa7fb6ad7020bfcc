"""Inputs: blocks from sample 0 on without a gap, whoever reads them, and when they were seen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from psi.testing.engine_conformance.bench import EngineBench
from psi.testing.engine_conformance.needs import Needs


class Inputs(Needs):
    """Cases for engines with timed inputs."""

    def test_blocks_follow_each_other_from_sample_0(self, bench: EngineBench) -> None:
        channels = self.timed(bench, "input")
        bench.start()
        bench.wait_for(0.3)
        bench.end()
        for channel in channels:
            bench.samples(channel.reference)
            block = float(self.block_duration) * channel.fs
            for chunk in bench.chunks[channel.reference]:
                assert chunk.info == channel.stream_info()
                assert chunk.data.shape[0] == len(channel.line_labels())
            lengths = [chunk.n_samples for chunk in bench.chunks[channel.reference] if chunk.n_samples]
            assert np.median(lengths) <= 2 * max(1, block), (
                f"{channel.reference!r}: blocks hold {np.median(lengths):g} samples; {block:g} were asked for"
            )

    def test_a_reader_that_is_late_loses_nothing_or_is_told(self, bench: EngineBench) -> None:
        self.timed(bench, "input")
        held = threading.Event()

        def hold(chunk: Any) -> None:
            if not held.is_set() and chunk.s0 > 0:
                held.wait(0.5)
                held.set()

        bench.on_chunk = hold
        bench.start()
        bench.wait(lambda: bench.losses or bench.faults or bench.ended or bench.has_given(1.0), "later samples")
        bench.end()
        if bench.losses:
            assert bench.faults or bench.reports, "samples were lost, and no more was said of it"
        else:
            for name in bench.chunks:
                bench.samples(name)

    def test_a_chain_that_raises_is_a_fault_of_the_run(self, bench: EngineBench) -> None:
        self.timed(bench, "input")

        def fail(chunk: Any) -> None:
            raise ValueError("the filter is unstable")

        bench.on_chunk = fail
        bench.start()
        bench.wait(lambda: bench.faults, "the fault")
        bench.end()
        assert any("the filter is unstable" in str(error) for error in bench.faults), bench.faults
        self.check_safe(bench)

    def test_blocks_come_with_clock_pairs(self, bench: EngineBench) -> None:
        channels = self.timed(bench, "input")
        bench.start()
        bench.wait_for(0.3)
        bench.end()
        n_blocks = len(bench.chunks[channels[0].reference])
        assert len(bench.pairs) >= n_blocks / 4, f"{len(bench.pairs)} clock pairs came with {n_blocks} blocks"
        for kind in (1, 2):
            values = [pair[kind] for pair in bench.pairs]
            assert values == sorted(values), "clock pairs go back"
        rates = {pair[0] for pair in bench.pairs}
        assert len(rates) == 1, f"clock pairs are at several rates: {rates}"

    def test_in_lockstep_blocks_are_exact_and_come_only_when_asked_for(
        self, make_bench: Callable[..., EngineBench]
    ) -> None:
        bench = make_bench()
        if not bench.driver.can_lockstep():
            pytest.skip("the engine keeps its own time and cannot run in lockstep")
        bench = make_bench(lockstep=True).start()
        for n in (1, 4, 15):
            bench.advance(n)
            for name in bench.chunks:
                fs = Fraction(bench.channels[name].fs)
                end = int(bench.n_blocks * self.block_duration * fs)
                assert bench.ended or bench.position(name) == end
        bench.end()
        for name in bench.chunks:
            bench.samples(name)
        self.check_wires(bench)
