"""Reading while somebody writes, and across the parts of a recording whose store was killed."""

import json
import subprocess
import sys
import threading

import numpy as np
import pytest

import psi
from psi.core.errors import RecordingError
from psi.data.store import Store
from psi.stream.control import StoreCondition
from psi.stream.info import Chunk, StreamInfo

FAST = StreamInfo("fast", 20_000.0, 2, unit="V")
SLOW = StreamInfo("slow", 100.0, 1)


def samples(info, start, stop):
    """What the stream has at these indexes: a function of the index, so that every reader can check every sample."""
    index = np.arange(start, stop, dtype=np.int64)
    return np.stack([(index * (7 + channel) + channel) % 65_521 for channel in range(info.n_channels)]).astype("f4")


class Writer:
    """A run that writes all the time, as fast as the store takes it, until it is told to stop."""

    def __init__(self, rings):
        self.rings = rings
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._write)
        self.n_events = 0

    def _write(self):
        sinks = {info.name: self.rings.sink(info.name) for info in (FAST, SLOW)}
        at = 0
        while not self.stop.is_set():
            self.rings.wait_for_room(0.1)
            for info in (FAST, SLOW):
                first, last = (round(n * 0.1 * info.fs) for n in (at, at + 1))
                sinks[info.name](Chunk(samples(info, first, last), first, info))
            self.rings.append({"kind": "event", "time": at * 0.1, "name": f"e{at % 7}", "sample": at})
            at += 1
            # Five times as fast as real time.
            self.stop.wait(0.02)
        self.n_events = at
        self.rings.append({"kind": "finish", "reason": "stopped", "time": at * 0.1})
        self.rings.finish()


@pytest.fixture
def written(make_rings):
    """Rings whose store process writes all the time."""
    rings = make_rings([(FAST, "float32"), (SLOW, "float32")])
    store = subprocess.Popen([sys.executable, "-m", "psi.data.process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    writer = Writer(rings)
    try:
        assert json.loads(store.stdout.readline()) == {"store": "ready"}
        store.stdin.write(rings.plan.model_dump_json().encode() + b"\n")
        store.stdin.flush()
        assert json.loads(store.stdout.readline())["store"] == "open"
        rings.start()
        writer.thread.start()
        yield rings, writer
    finally:
        writer.stop.set()
        if writer.thread.ident is not None:
            writer.thread.join()
        store.kill()
        store.wait()
        store.stdin.close()
        store.stdout.close()


def test_hundreds_of_reads_beside_a_writer_give_every_sample_as_it_was(written, tmp_path, rng):
    rings, writer = written
    n_reads, lengths = 0, []
    with psi.open_recording(tmp_path / "run") as recording:
        assert recording.live
        while n_reads < 200:
            recording.refresh()
            lengths.append(len(recording.streams["fast"].data))
            for info in (FAST, SLOW):
                data = recording.streams[info.name].data
                start, stop = np.sort(rng.integers(0, len(data) + 1, 2))
                start = max(start, stop - 200_000)
                np.testing.assert_array_equal(data[start:stop], samples(info, start, stop).T)
                n_reads += 1
            events = recording.events
            assert events["sample"].tolist() == list(range(len(events)))
            assert events["name"].tolist() == [f"e{n % 7}" for n in range(len(events))]
        assert lengths == sorted(lengths)
        assert lengths[-1] > lengths[0], "it grew while it was read"
        # What was opened while it was written can be read to its end and beyond.
        stream = recording.streams["fast"]
        writer.stop.set()
        writer.thread.join()
        rings.wait_for_store(StoreCondition.CLOSED)
        np.testing.assert_array_equal(stream.data[:1000], samples(FAST, 0, 1000).T[: len(stream.data)])
    with psi.open_recording(tmp_path / "run") as recording:
        assert not recording.live
        assert len(recording.events) == writer.n_events
        n = len(recording.streams["fast"].data)
        np.testing.assert_array_equal(recording.streams["fast"].data[:], samples(FAST, 0, n).T)


def test_a_live_recording_whose_run_cannot_be_seen_is_refused(make_rings, tmp_path):
    rings = make_rings([(SLOW, "float32")])
    store = Store(rings.plan)
    store.open()
    committed = tmp_path / "run" / "committed.json"
    committed.write_text(committed.read_text().replace(rings.plan.run_id, "elsewhere"))
    with pytest.raises(RecordingError, match="by a run that cannot be seen from here; wait for its end"):
        psi.open_recording(tmp_path / "run")
    store.fail("the end of the test")


@pytest.fixture
def in_parts(make_rings, push, tmp_path):
    """A recording in two parts, the first of which was given up without a last word."""
    rings = make_rings([(FAST, "float32"), (SLOW, "float32")])

    def write(first, last):
        for info in (FAST, SLOW):
            start, stop = round(first * info.fs), round(last * info.fs)
            rings.sink(info.name)(Chunk(samples(info, start, stop), start, info))
            rings.append({"kind": "event", "time": last, "name": info.name, "source": info.name, "sample": stop})

    plan = rings.plan
    store = Store(plan)
    store.open()
    write(0, 2)
    store.work()
    write(2, 2.5)
    store.fail("killed")
    rings.control.store_condition = StoreCondition.WAITING
    store = Store(plan.model_copy(update={"part": 2}))
    store.open()
    write(2.5, 4)
    rings.append({"kind": "finish", "reason": "stopped", "time": 4.0})
    rings.finish()
    store.close()
    return tmp_path / "run"


def test_parts_are_one_recording(in_parts):
    with psi.open_recording(in_parts) as recording:
        assert [path.name for path in recording.files] == ["recording.h5", "recording.part2.h5"]
        assert recording.finish_reason == "stopped"
        for info in (FAST, SLOW):
            data, expected = recording.streams[info.name].data, samples(info, 0, round(4 * info.fs)).T
            np.testing.assert_array_equal(data[:], expected)
            for key in (np.s_[150:-3:7], np.s_[::-3], np.s_[-1], np.s_[[0, 250, 399]]):
                np.testing.assert_array_equal(data[key], expected[key])
        assert recording.events["sample"].tolist() == [40_000, 200, 50_000, 250, 80_000, 400]
        assert recording.audit["what"].tolist() == ["restart"]
        report = recording.reports[-1]
        assert [finding["check"] for finding in report["findings"]] == ["restarts"]
        assert report["figures"]["streams"]["fast"]["n"] == 80_000, "the first part was looked at too"


def test_a_part_that_does_not_follow_is_refused(in_parts):
    path = in_parts / "committed.part2.json"
    said = json.loads(path.read_text())
    said["first"]["streams"]["slow"] += 1
    path.write_text(json.dumps(said))
    with pytest.raises(RecordingError, match="part 2 in .* does not begin where part 1 ends"):
        psi.open_recording(in_parts)
