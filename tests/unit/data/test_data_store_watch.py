"""What a run sees of its store: a disk that runs full, rings that fill up."""

import numpy as np
import pytest

from psi.data import disk as disk_module
from psi.data import store_watch
from psi.data.disk import RESERVE_NAME, Disk
from psi.data.store import Store
from psi.data.store_watch import StoreWatch
from psi.stream.info import StreamInfo

LFP = StreamInfo("lfp", 500.0, 3)


class Run:
    """Hears what is posted and whether it should stop."""

    def __init__(self, rings, monkeypatch):
        monkeypatch.setattr(store_watch, "LOOK", 0.0)
        self.watch = StoreWatch(rings, "folder")
        self.posted, self.stopped = [], 0

    def look(self, lockstep=False):
        self.watch.look(None if lockstep else self.post, self.stop)

    def post(self, name, info):
        self.posted.append((name, info))

    def stop(self):
        self.stopped += 1


@pytest.fixture
def rings(make_rings):
    return make_rings([(LFP, "float64")])


@pytest.fixture
def run(rings, monkeypatch):
    return Run(rings, monkeypatch)


def test_a_disk_that_runs_low_is_said_once_for_each_step_until_there_is_room_again(rings, run):
    run.look()
    assert run.watch.status()["disk_seconds"] is None
    for left, said in (
        (1e9, []), (599.0, [10.0]), (598.0, []), (620.0, []), (590.0, []), (119.0, [2.0]), (29.0, [0.5]), (700.0, []),
        (950.0, []), (500.0, [8.3]), (20.0, [0.3]),
    ):  # fmt: skip
        rings.control.disk_seconds = left
        run.posted.clear()
        run.look()
        assert run.posted == [("disk_low", {"minutes_left": minutes, "folder": "folder"}) for minutes in said], left
        assert run.watch.status()["disk_seconds"] == pytest.approx(left)
    assert run.stopped == 0


def test_a_full_disk_stops_the_run_also_in_lockstep_where_nothing_is_posted(rings, run):
    rings.control.disk_seconds = 0.0
    run.look(lockstep=True)
    assert (run.stopped, run.posted) == (1, [])


def test_a_store_that_falls_behind_is_said_and_catches_up_without_a_loss(rings, run, push, rng, tmp_path):
    store = Store(rings.plan)
    store.open()
    data = rng.normal(size=(3, 500 * 9))
    push(rings, LFP, data[:, :2000], [])
    run.look()
    assert run.posted == []
    push(rings, LFP, data[:, 2000:], [], s0=2000)
    run.look()
    run.look()
    ((name, info),) = run.posted
    assert (name, info["headroom"] < 0.25) == ("store_behind", True)
    store.work()
    run.look()
    push(rings, LFP, np.zeros((3, 500 * 9)), [], s0=4500)
    run.look()
    assert [name for name, _ in run.posted] == ["store_behind", "store_behind"]
    rings.finish()
    store.close()
    import psi

    with psi.open_recording(tmp_path / "run") as recording:
        assert recording.gaps == []
        np.testing.assert_array_equal(recording.streams["lfp"].data[:4500], data.T)


def test_a_store_without_room_leaves_samples_keeps_rows_and_closes(rings, run, push, tmp_path, monkeypatch):
    store = Store(rings.plan)
    store.open()
    folder = tmp_path / "run"
    assert (folder / RESERVE_NAME).stat().st_size == disk_module.RESERVE_BYTES
    push(rings, LFP, np.ones((3, 1000)), [])
    rings.append({"kind": "event", "time": 1, "name": "before"})
    assert store.work()
    with monkeypatch.context() as patched:
        patched.setattr(Disk, "free", lambda disk: 1000)
        push(rings, LFP, np.ones((3, 1000)), [], s0=1000)
        rings.append({"kind": "event", "time": 2, "name": "after"})
        assert store.work()
        assert store.is_full
        run.look()
        assert run.stopped == 1
        assert not (folder / RESERVE_NAME).exists()
        # Nobody waits for samples that nobody takes.
        push(rings, LFP, np.ones((3, 500 * 30)), [1000] * 14, s0=2000)
        rings.wait_for_room(0.01, timeout=0)
        rings.append({"kind": "finish", "reason": "disk full", "time": 34})
        rings.finish()
        assert store.work()
        assert store.has_everything()
        store.close()
    import psi

    with psi.open_recording(folder) as recording:
        assert recording.finish_reason == "disk full"
        assert len(recording.streams["lfp"].data) == 1000
        assert recording.events["name"].tolist() == ["before", "after"]
        (row,) = recording.audit[recording.audit["what"] == "fault"].to_dict("records")
        assert row["info"]["message"] == (
            "1000 are in the recording, the runtime says that it wrote 17000; the disk was full"
        )
    assert {path.name for path in folder.iterdir()} == {"recording.h5"}


def test_how_long_a_disk_lasts_is_reckoned_from_the_rate_of_the_streams(rings, tmp_path, monkeypatch):
    disk = Disk(rings.plan.model_copy(update={"folder": str(tmp_path)}))
    assert disk.rate == 4096 + 500 * 3 * 8
    assert disk.least == 32 << 20
    monkeypatch.setattr(Disk, "free", lambda disk: int(disk.least + 60 * disk.rate))
    assert disk.seconds_left() == pytest.approx(60)
    monkeypatch.setattr(Disk, "free", lambda disk: 0)
    assert disk.seconds_left() == pytest.approx(60), "it looks now and then only"
    disk._last_look -= 1
    assert disk.seconds_left() == 0
