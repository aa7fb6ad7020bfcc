"""Parts of a recording: a store goes on where one that was killed had come to, and its parts become one file."""

import json
import math

import h5py
import numpy as np
import pytest

import psi
from psi.core.errors import RecordingError
from psi.data.committed import parts_of, read_committed
from psi.data.joining import is_complete, join_parts, remove_left_overs
from psi.data.store import Store
from psi.data.wholeness import verify
from psi.stream.control import StoreCondition
from psi.stream.info import Epoch, StreamInfo

LFP = StreamInfo("lfp", 500.0, 3, unit="mV")
CONTACT = StreamInfo("bytes", 2000.0, 1, "bool", unit="")
SPIKES = StreamInfo("spikes", 1000.0, 2)
COLUMNS = [("trial", "int64", ""), ("score", "text", "")]
DOCUMENTS = {"rig": {"name": "räum"}, "session": {}}


def abandon(store):
    """As if its process had been killed: nothing is said, nothing completed."""
    store._held.close()


class Feeder:
    """Writes a second of everything at a time, and knows what it wrote."""

    def __init__(self, make_rings, rng):
        self.rings = make_rings([(LFP, "float32"), (CONTACT, "bool")], COLUMNS, DOCUMENTS, epochs=[(SPIKES, "float64")])
        self.rng = rng
        self.lfp, self.contact, self.epochs = [], [], []

    def second(self):
        at = len(self.lfp)
        self.lfp.append(self.rng.normal(size=(3, 500)).astype("float32"))
        self.contact.append(self.rng.random((1, 2000)) < 0.5)
        for info, data in ((LFP, self.lfp[-1]), (CONTACT, self.contact[-1])):
            sink = self.rings.sink(info.name)
            sink(psi_chunk(data, at * data.shape[1], info))
        self.epochs.append(self.rng.normal(size=(2, 30 + at)))
        self.rings.epoch_sink("spikes")(Epoch(self.epochs[-1], 1000 * at, 1000 * at + 5, SPIKES, {"µ": at}))
        self.rings.append({"kind": "event", "time": float(at), "sample": at, "name": f"tick µ{at}"})
        self.rings.append({"kind": "trial", "values": {"trial": at, "score": None if at % 2 else f"HIT {at}"}})

    def finish(self):
        self.rings.append({"kind": "latency", "edges": [0, 0.001, math.inf], "counts": [5, 1]})
        self.rings.append({"kind": "finish", "reason": "trials", "time": 9.5, "utc": "2026-01-02T03:04:05+00:00"})
        self.rings.finish()

    def store(self, part):
        store = Store(self.rings.plan.model_copy(update={"part": part}))
        store.open()
        return store


def psi_chunk(data, s0, info):
    from psi.stream.info import Chunk

    return Chunk(data, s0, info)


@pytest.fixture
def feeder(make_rings, rng):
    return Feeder(make_rings, rng)


def assert_whole(folder, feeder, restarts):
    with psi.open_recording(folder) as recording:
        np.testing.assert_array_equal(recording.streams["lfp"].data[:], np.concatenate(feeder.lfp, axis=1).T)
        np.testing.assert_array_equal(recording.streams["bytes"].data[:], np.concatenate(feeder.contact, axis=1).T)
        assert recording.events["sample"].tolist() == list(range(len(feeder.lfp)))
        assert recording.events["name"].tolist() == [f"tick µ{at}" for at in range(len(feeder.lfp))]
        assert recording.trials["trial"].tolist() == list(range(len(feeder.lfp)))
        assert recording.trials["score"].tolist() == [None if at % 2 else f"HIT {at}" for at in range(len(feeder.lfp))]
        epochs = recording.epochs["spikes"]
        assert len(epochs) == len(feeder.epochs)
        for read, wrote in zip(epochs, feeder.epochs, strict=True):
            np.testing.assert_array_equal(read, wrote)
        assert recording.gaps == []
        assert recording.finish_reason == "trials"
        audit = recording.audit
        assert audit["what"].tolist() == ["restart"] * len(restarts)
        assert [info["part"] for info in audit["info"]] == restarts
        return recording.attributes, audit


def three_parts(feeder):
    """A run whose store was killed twice: between two bursts, and after the disk had more than the rings knew."""
    first = feeder.store(1)
    feeder.second()
    first.work()
    feeder.second()
    abandon(first)
    second = feeder.store(2)
    feeder.second()
    second.work()
    feeder.second()
    abandon(second)
    third = feeder.store(3)
    feeder.second()
    feeder.finish()
    return third


def test_parts_are_joined_to_one_recording_without_a_lost_or_doubled_sample_or_row(feeder, tmp_path):
    folder = tmp_path / "run"
    store = three_parts(feeder)
    store.complete()
    with h5py.File(folder / "recording.part3.h5") as part:
        assert part["streams/lfp"].attrs["first"] == store._ledger.first.streams["lfp"] == 1500
        assert part.attrs["part"] == 3
    assert [said.part for _, said in parts_of(folder)] == [1, 2, 3]
    assert {verdict.state for verdict in verify(folder)} == {"whole"}
    heard = []
    assert join_parts(folder, heard.append) == 3
    assert heard[-1] <= 1
    assert heard == sorted(heard)
    store.let_go()
    assert feeder.rings.control.store_condition is StoreCondition.CLOSED
    assert sorted(path.name for path in folder.iterdir()) == ["recording.h5", "rig.json", "session.json"]
    attributes, audit = assert_whole(folder, feeder, [2, 3])
    assert {verdict.state for verdict in verify(folder)} == {"whole"}
    assert (attributes["parts"], attributes["end_time"], attributes["n_gaps"]) == (3, 9.5, 0)
    assert audit["time"].tolist() == [2.0, 4.0]
    with h5py.File(folder / "recording.h5") as file:
        assert file["timing/latency/counts"][:].tolist() == [5, 1]
        assert "part" not in file.attrs
        assert "first" not in file["streams/lfp"].attrs
        assert file["streams/lfp"].chunks == (500, 3)


def test_a_store_believes_the_disk_where_the_rings_know_less(feeder, tmp_path, monkeypatch):
    """Killed after the counts were on the disk, before the rings heard of it."""
    store = feeder.store(1)
    feeder.second()
    with monkeypatch.context() as patched:
        patched.setattr(type(store.control), "set_committed", lambda *told: None)
        patched.setattr("psi.stream.ring.RingReader.acknowledge", lambda *told: None)
        patched.setattr("psi.stream.journal.JournalReader.acknowledge", lambda *told: None)
        store.work()
    abandon(store)
    second = feeder.store(2)
    assert second._ledger.first.model_dump() == {
        "streams": {"lfp": 500, "bytes": 2000}, "epochs": {"spikes": 0}, "rows": 3,
    }  # fmt: skip
    feeder.second()
    feeder.finish()
    second.complete()
    join_parts(tmp_path / "run")
    second.let_go()
    assert_whole(tmp_path / "run", feeder, [2])


def test_a_part_whose_store_was_killed_before_it_had_begun_holds_nothing(feeder, tmp_path):
    folder = tmp_path / "run"
    store = feeder.store(1)
    feeder.second()
    store.work()
    abandon(store)
    (folder / "recording.part2.h5").write_bytes(b"half a file")
    third = feeder.store(3)
    feeder.second()
    feeder.finish()
    third.complete()
    assert join_parts(folder) == 2
    third.let_go()
    assert not list(folder.glob("*.part*"))
    assert_whole(folder, feeder, [3])


def test_a_first_store_that_was_killed_before_it_had_begun_is_followed_from_the_first_sample(feeder, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "recording.h5").write_bytes(b"")
    feeder.second()
    store = feeder.store(2)
    feeder.finish()
    store.complete()
    assert_whole(folder, feeder, [2])
    assert join_parts(folder) == 1
    store.let_go()
    assert_whole(folder, feeder, [2])


def test_a_first_store_that_left_nothing_at_all_is_followed_by_one_like_it(feeder, tmp_path):
    feeder.second()
    store = feeder.store(2)
    feeder.finish()
    store.close()
    assert [path.name for path in (tmp_path / "run").glob("*.h5")] == ["recording.h5"]
    assert_whole(tmp_path / "run", feeder, [])


def test_a_part_that_does_not_hold_what_was_written_is_not_joined(feeder, tmp_path):
    folder = tmp_path / "run"
    store = three_parts(feeder)
    store.complete()
    store.let_go()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with h5py.File(folder / "recording.part2.h5", "r+") as file:
        file["streams/lfp"][3] = 0
    with pytest.raises(RecordingError, match=r"part 2: /streams/lfp does not hold what was written into it"):
        join_parts(folder)
    assert {path.name for path in folder.iterdir()} == set(before)
    assert (folder / "recording.h5").read_bytes() == before["recording.h5"]
    (folder / "committed.part2.json").unlink()
    with pytest.raises(RecordingError, match="part 3 in .* does not begin where part 1 ends"):
        parts_of(folder)


def test_a_recording_is_complete_where_only_its_parts_lie_about(feeder, tmp_path):
    folder = tmp_path / "run"
    store = three_parts(feeder)
    run_id = feeder.rings.plan.run_id
    assert not is_complete(folder, run_id)
    store.complete()
    left = {path.name: path.read_bytes() for path in folder.glob("*part*")}
    join_parts(folder)
    store.let_go()
    for name, content in left.items():
        (folder / name).write_bytes(content)
    assert is_complete(folder, run_id)
    assert not is_complete(folder, "another run")
    remove_left_overs(folder)
    assert_whole(folder, feeder, [2, 3])


def test_a_disk_without_room_for_both_leaves_the_parts(feeder, tmp_path, monkeypatch):
    store = three_parts(feeder)
    store.complete()
    store.let_go()
    monkeypatch.setattr("psi.data.joining._SPARE", 1 << 60)
    with pytest.raises(RecordingError, match="MiB free, and joining needs"):
        join_parts(tmp_path / "run")
    assert len(parts_of(tmp_path / "run")) == 3


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format_version": "1.2", "streems": {}}'])
def test_counts_that_are_none_are_said_to_be_damaged(tmp_path, text):
    (tmp_path / "committed.json").write_text(text)
    with pytest.raises(RecordingError, match=r"committed\.json is damaged"):
        read_committed(tmp_path, 1)


def test_counts_of_earlier_and_later_versions(tmp_path):
    (tmp_path / "committed.json").write_text(
        json.dumps({"format_version": "1.1", "streams": {"x": 5}, "epochs": {}, "rows": 1, "trials": 0, "tables": {}})
    )
    assert read_committed(tmp_path, 1).streams == {"x": 5}
    (tmp_path / "committed.json").write_text('{"format_version": "7.0", "new": 1}')
    with pytest.raises(RecordingError, match=r"has format version 7\.0; .* update psi"):
        read_committed(tmp_path, 1)
    assert read_committed(tmp_path, 2) is None
