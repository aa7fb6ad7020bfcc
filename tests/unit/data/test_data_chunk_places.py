"""Chunks are found where they were noted, whatever has become of the file's own index."""

import json
import shutil

import numpy as np
import pytest

import psi
from psi.application.commands.recover_command import recover
from psi.core.errors import RecordingError
from psi.data.chunk_places import ChunkPlaces
from psi.data.layout import CHUNKS_NAME, COMMITTED_NAME, FILE_NAME
from psi.data.store import Store
from psi.stream.info import StreamInfo

#: A node of the index of chunks (HDF5 file format specification, "Version 1 B-trees", node type 1).
NODE = b"TREE\x01"

SIGNAL = StreamInfo("signal", 1000.0, 2, unit="V")
LEVELS = StreamInfo("levels", 50.0, 1, "uint8")


@pytest.fixture
def made(make_rings, push, rng, tmp_path):
    """An unfinished recording of 100 s and 100 events, and what is in it."""
    rings = make_rings([(SIGNAL, "float32"), (LEVELS, "uint8")])
    store = Store(rings.plan)
    store.open()
    signal = rng.normal(size=(2, 100_000)).astype("float32")
    levels = rng.integers(0, 255, size=(1, 5000)).astype("uint8")
    for k in range(20):
        push(rings, SIGNAL, signal[:, 5000 * k : 5000 * (k + 1)], [], 5000 * k)
        push(rings, LEVELS, levels[:, 250 * k : 250 * (k + 1)], [], 250 * k)
        for n in range(5):
            rings.append({"kind": "event", "time": 5 * k + n, "name": f"event {5 * k + n}"})
        store.work()
    shutil.copytree(tmp_path / "run", tmp_path / "torn")
    rings.append({"kind": "finish", "reason": "trials", "time": 100.0})
    rings.finish()
    store.close()
    assert {path.name for path in (tmp_path / "run").iterdir() if "committed" in path.name} == set()
    return tmp_path / "torn", signal.T, levels.T


def tear(folder, rng):
    """Overwrite every node of every index with anything."""
    path = folder / FILE_NAME
    data = bytearray(path.read_bytes())
    at, n = data.find(NODE), 0
    while at >= 0:
        data[at + 8 : at + 24 + 40 * 16] = rng.bytes(16 + 40 * 16)
        at, n = data.find(NODE, at + 1), n + 1
    path.write_bytes(data)
    return n


def assert_whole(folder, signal, levels):
    with psi.open_recording(folder) as recording:
        np.testing.assert_array_equal(recording.streams["signal"].data[:], signal)
        np.testing.assert_array_equal(recording.streams["signal"].data[4321:77_777:13], signal[4321:77_777:13])
        np.testing.assert_array_equal(recording.streams["levels"].data[:], levels)
        assert recording.events["name"].tolist() == [f"event {n}" for n in range(100)]
        assert recording.events["time"].tolist() == list(range(100))


def test_without_an_index_everything_that_was_committed_is_read(made, rng):
    folder, signal, levels = made
    assert tear(folder, rng) > 10
    assert_whole(folder, signal, levels)


def test_recovering_makes_a_file_with_an_index_of_its_own(made, rng, capsys):
    folder, signal, levels = made
    tear(folder, rng)
    assert recover(folder, as_json=False) == 0
    assert "lost  nothing that was committed" in capsys.readouterr().out
    assert not (folder / COMMITTED_NAME).exists()
    assert (folder / f"{CHUNKS_NAME}.damaged").exists()
    assert_whole(folder, signal, levels)


def test_without_notes_the_index_is_asked(made):
    folder, signal, levels = made
    (folder / CHUNKS_NAME).unlink()
    assert_whole(folder, signal, levels)


def test_what_was_written_behind_the_last_count_is_not_believed(made, rng):
    folder, signal, levels = made
    with open(folder / CHUNKS_NAME, "ab") as notes:
        notes.write(rng.bytes(100))
    assert_whole(folder, signal, levels)


def test_notes_that_are_shorter_than_was_counted_are_left_alone(made):
    folder, signal, levels = made
    whole = (folder / CHUNKS_NAME).read_bytes()
    (folder / CHUNKS_NAME).write_bytes(whole[:-100])
    n = json.loads((folder / COMMITTED_NAME).read_text())["chunks"]
    assert ChunkPlaces.read(folder / FILE_NAME, folder / CHUNKS_NAME, n) is None
    assert ChunkPlaces.read(folder / FILE_NAME, folder / CHUNKS_NAME, n - 7) is not None
    assert_whole(folder, signal, levels)


def test_a_file_that_ends_before_a_noted_place_is_damaged_there(made):
    folder, *_ = made
    with psi.open_recording(folder) as recording:
        with open(folder / FILE_NAME, "r+b") as file:
            file.truncate(200_000)
        with pytest.raises(RecordingError, match="is damaged there; 'psi recover'"):
            recording.streams["signal"].data[:]
