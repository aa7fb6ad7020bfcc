"""A run's course: begin, end, again; what is left behind; a device that is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psutil

from psi.testing.engine_conformance.bench import EngineBench
from psi.testing.engine_conformance.needs import Needs


def _threads() -> set[threading.Thread]:
    return set(threading.enumerate())


def _open_files() -> int:
    """How many files and sockets this process has open; 0 where the system does not say."""
    process = psutil.Process()
    return process.num_fds() if hasattr(process, "num_fds") else 0


class Course(Needs):
    """Cases for every engine."""

    def test_a_run_can_follow_another(self, make_bench: Callable[..., EngineBench]) -> None:
        for _ in range(3):
            bench = make_bench().start()
            bench.wait_for(0.1)
            bench.end()
            for name in bench.chunks:
                bench.samples(name)

    def test_it_can_be_ended_before_it_began_and_again_and_again(self, make_bench: Callable[..., EngineBench]) -> None:
        make_bench().driver.ensure_stopped()
        bench = make_bench()
        bench.driver.prepare()
        bench.driver.ensure_stopped()
        bench = make_bench().start()
        bench.wait_for(0.05)
        for end in (bench.driver.stop, bench.driver.stop, bench.driver.ensure_stopped, bench.driver.ensure_stopped):
            end()
        assert not bench.faults, f"ending it again is no fault: {bench.faults}"
        self.check_safe(bench)

    def test_no_block_arrives_after_the_end_which_may_come_from_any_thread(self, bench: EngineBench) -> None:
        bench.start()
        bench.wait_for(0.1)
        ending = threading.Thread(target=bench.driver.ensure_stopped)
        ending.start()
        ending.join(self.limit)
        assert not ending.is_alive(), "ensure_stopped does not return"
        before = {name: bench.position(name) for name in bench.chunks}
        # Two blocks' time, in which a thread that had been forgotten would hand over another.
        with bench.changed:
            bench.changed.wait(2 * float(self.block_duration))
        assert {name: bench.position(name) for name in bench.chunks} == before
        self.check_safe(bench)

    def test_nothing_is_left_when_it_has_ended(self, make_bench: Callable[..., EngineBench]) -> None:
        def run() -> EngineBench:
            bench = make_bench().start()
            bench.wait_for(0.05)
            bench.end()
            return bench

        # What a library keeps from its first use on, it may keep.
        run()
        threads, files = _threads(), _open_files()
        run()
        bench = run()
        bench.wait(lambda: _threads() <= threads, f"the end of the threads {_threads() - threads}")
        bench.wait(lambda: _open_files() <= files, "the closing of its files and sockets")

    def test_a_lost_device_is_one_clear_fault_and_the_run_can_be_ended(self, bench: EngineBench) -> None:
        bench.start()
        bench.wait_for(0.1)
        self.lose_device(bench)
        bench.wait(lambda: bench.faults, "the fault")
        bench.end()
        text = str(bench.faults[0])
        assert bench.engine.name in text, f"the fault does not name the engine: {text}"
        assert "\n" not in text, f"the fault is not one line: {text}"
