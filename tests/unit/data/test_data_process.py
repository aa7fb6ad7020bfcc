"""The store as a process of its own, fed by real rings."""

import json
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import psi
from psi.core.errors import RunFault
from psi.data.plan import DRAIN
from psi.stream.control import StoreCondition
from psi.stream.info import Chunk, StreamInfo

FAST = StreamInfo("fast", 20_000.0, 2)
SLOW = StreamInfo("slow", 10.0, 1)


class StoreProcess:
    """The store's process as its parent sees it."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "psi.data.process"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def tell(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def hear(self):
        return json.loads(self.process.stdout.readline())

    def open(self, rings):
        assert self.hear() == {"store": "ready"}
        self.tell(rings.plan.model_dump_json())
        assert self.hear()["store"] == "open"

    def end(self, status=0):
        assert self.process.wait(timeout=60) == status
        assert self.process.stderr.read() == b""


@pytest.fixture
def store():
    made = StoreProcess()
    yield made
    made.process.kill()
    made.process.wait()
    for pipe in (made.process.stdin, made.process.stdout, made.process.stderr):
        pipe.close()


def run_in_lockstep(rings, duration, rng):
    """As fast as the store lets it: ``duration`` s of two streams and an event per 50 ms."""
    fast, slow = (rng.normal(size=(info.n_channels, int(duration * info.fs))) for info in (FAST, SLOW))
    sinks = [(FAST, fast, rings.sink("fast")), (SLOW, slow, rings.sink("slow"))]
    for block in range(int(duration * 20)):
        rings.wait_for_room(0.05)
        for info, data, sink in sinks:
            start, stop = round(block * info.fs / 20), round((block + 1) * info.fs / 20)
            sink(Chunk(data[:, start:stop], start, info))
        rings.append({"kind": "event", "time": block / 20, "sample": block * 1000, "name": "tick"})
    return fast, slow


def test_the_process_writes_a_run_that_is_longer_than_the_rings_and_loses_nothing(make_rings, store, rng, tmp_path):
    rings = make_rings([(FAST, "float32"), (SLOW, "float64")], [("n", "int64", "")], {"rig": {"µ": 1}}, seconds=5)
    store.open(rings)
    rings.wait_for_store(StoreCondition.OPEN)
    fast, slow = run_in_lockstep(rings, 60, rng)
    rings.append({"kind": "finish", "reason": "duration", "time": 60})
    rings.finish()
    rings.wait_for_store(StoreCondition.CLOSED)
    counts = {"streams": {"fast": 1_200_000, "slow": 600}, "epochs": {}, "rows": 1201}
    assert store.hear() == {"store": "closed", "counts": counts}
    store.end()
    with psi.open_recording(tmp_path / "run") as recording:
        np.testing.assert_array_equal(recording.streams["fast"].data, fast.T.astype("float32"))
        np.testing.assert_array_equal(recording.streams["slow"].data, slow.T)
        assert recording.events["sample"].tolist() == list(range(0, 1_200_000, 1000))
        assert recording.gaps == []
        assert recording.finish_reason == "duration"


def test_what_was_written_before_the_store_came_is_in_the_recording(make_rings, store, rng, tmp_path):
    rings = make_rings([(FAST, "float64"), (SLOW, "float64")])
    fast, _ = run_in_lockstep(rings, 3, rng)
    store.open(rings)
    rings.finish()
    rings.wait_for_store(StoreCondition.CLOSED)
    store.end()
    with psi.open_recording(tmp_path / "run") as recording:
        np.testing.assert_array_equal(recording.streams["fast"].data, fast.T)
        assert len(recording.events) == 60


@pytest.mark.parametrize("told", [True, False], ids=["by a word", "by looking"])
def test_a_store_whose_runtime_died_drains_the_rings(make_rings, store, rng, tmp_path, told):
    rings = make_rings([(FAST, "float64"), (SLOW, "float64")])
    store.open(rings)
    fast, _ = run_in_lockstep(rings, 2.35, rng)
    if told:
        store.tell(json.dumps(DRAIN))
    else:
        rings.control.runtime_created -= 1  # a process of that number, but another one
    assert store.hear()["counts"]["rows"] == 47
    store.end()
    with psi.open_recording(tmp_path / "run") as recording:
        assert recording.finish_reason == "runtime died"
        np.testing.assert_array_equal(recording.streams["fast"].data, fast.T)


def test_a_store_whose_parent_died_goes_on_to_the_end_of_the_run(make_rings, store, rng, tmp_path):
    rings = make_rings([(FAST, "float32"), (SLOW, "float32")])
    store.open(rings)
    run_in_lockstep(rings, 1, rng)
    store.process.stdin.close()
    store.process.stdout.close()
    fast, _ = run_in_lockstep_on(rings, rng)
    rings.finish()
    rings.wait_for_store(StoreCondition.CLOSED)
    assert store.process.wait(timeout=60) == 0
    with psi.open_recording(tmp_path / "run") as recording:
        np.testing.assert_array_equal(recording.streams["fast"].data[20_000:], fast.T.astype("float32"))


def run_in_lockstep_on(rings, rng):
    """One second more, from second 1 on."""
    fast, slow = rng.normal(size=(2, 20_000)), rng.normal(size=(1, 10))
    rings.sink("fast")(Chunk(fast, 20_000, FAST))
    rings.sink("slow")(Chunk(slow, 10, SLOW))
    return fast, slow


@pytest.mark.skipif(sys.platform == "win32", reason="keyboard interrupts are sent to single processes on POSIX only")
def test_the_keyboards_interrupt_does_not_reach_the_store(make_rings, store, tmp_path):
    rings = make_rings()
    store.open(rings)
    store.process.send_signal(signal.SIGINT)
    rings.finish()
    rings.wait_for_store(StoreCondition.CLOSED)
    store.end()


def test_a_killed_store_that_none_follows_is_a_fault_of_the_run_and_its_recording_opens(
    make_rings, store, rng, tmp_path, monkeypatch
):
    monkeypatch.setattr("psi.data.store_life._RESTART_PATIENCE", 0.1)
    rings = make_rings([(FAST, "float64"), (SLOW, "float64")])
    store.open(rings)
    fast, _ = run_in_lockstep(rings, 30, rng)
    committed = 30 * 20_000
    # Not into a burst: what that leaves is not for a reader to put right.
    rings.store.wait(lambda: rings.control.committed_rows == 600, 30, "committed too little")
    assert rings.control.committed(0) == committed
    rings.sink("fast")(Chunk(np.zeros((2, 5)), committed, FAST))
    store.process.kill()
    store.process.wait()
    with pytest.raises(RunFault, match=r"the store process \d+ is gone, and no other has followed it within 0.1 s"):
        rings.wait_for_store(StoreCondition.CLOSED)
    with psi.open_recording(tmp_path / "run") as recording:
        assert recording.finish_reason == "unfinished"
        assert len(recording.streams["fast"].data) == committed
        np.testing.assert_array_equal(recording.streams["fast"].data, fast.T)


def test_a_store_that_cannot_open_says_so_in_one_line_and_to_the_run(make_rings, store, tmp_path):
    rings = make_rings()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "recording.h5").touch()
    store.hear()
    store.tell(rings.plan.model_dump_json())
    failed = store.hear()
    assert failed["store"] == "failed"
    assert "exists already" in failed["error"]
    store.end(status=3)
    with pytest.raises(RunFault, match="the store failed: .*exists already"):
        rings.wait_for_store(StoreCondition.OPEN)


def test_a_plan_that_is_none_and_a_run_that_is_gone_are_said(make_rings, store):
    store.hear()
    store.tell('{"run_id": "x", "stream": []}')
    assert "recording plan: " in store.hear()["error"]
    store.end(status=3)


def test_an_order_that_the_store_does_not_know_ends_it_with_a_fault(make_rings, store):
    rings = make_rings()
    store.open(rings)
    store.tell('{"op": "drian"')
    assert "it understands" in store.hear()["error"]
    store.end(status=3)
    assert rings.control.store_condition is StoreCondition.FAILED


def test_a_store_without_a_run_ends_with_its_parent(store):
    store.hear()
    store.process.stdin.close()
    assert store.process.wait(timeout=60) == 0


def test_a_recording_that_is_being_written_says_so(make_rings, store, tmp_path):
    rings = make_rings()
    store.open(rings)
    with psi.open_recording(tmp_path / "run") as recording:
        assert recording.live
    rings.finish()
    rings.wait_for_store(StoreCondition.CLOSED)
    store.end()


def test_rows_come_from_several_threads(make_rings, store, tmp_path):
    rings = make_rings()
    store.open(rings)

    def append(thread):
        for index in range(300):
            rings.append({"kind": "event", "time": index, "name": f"thread{thread}", "sample": index})

    threads = [threading.Thread(target=append, args=(thread,)) for thread in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rings.finish()
    rings.wait_for_store(StoreCondition.CLOSED)
    store.end()
    with psi.open_recording(tmp_path / "run") as recording:
        for _, events in recording.events.groupby("name"):
            assert events["sample"].tolist() == list(range(300))
