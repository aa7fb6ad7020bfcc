"""Readers: samples index like arrays, and what is no recording is refused in one line."""

import json

import h5py
import numpy as np
import pytest
import tables

import psi
from psi.core.errors import RecordingError
from psi.data.samples import Samples
from psi.data.store import Store
from psi.data.summary import render, summarize
from psi.stream.info import StreamInfo

INFO = StreamInfo("signal", 100.0, 3, unit="V")


@pytest.fixture
def recorded(make_rings, push, rng, tmp_path):
    data = rng.integers(-100, 100, (3, 57)).astype("int16")
    rings = make_rings([(StreamInfo("signal", 100.0, 3, "int16", unit="V"), "int16", "", 0.5)])
    store = Store(rings.plan)
    store.open()
    push(rings, StreamInfo("signal", 100.0, 3, "int16"), data, [])
    for name in ("b", "a", "b"):
        rings.append({"kind": "event", "time": 0, "name": name})
    rings.append({"kind": "finish", "reason": "duration"})
    rings.finish()
    store.close()
    return tmp_path / "run", data.T * 0.5


KEYS = [
    np.s_[:], np.s_[...], np.s_[5], np.s_[-1], np.s_[2:7], np.s_[-5:], np.s_[50:2:-7], np.s_[::-1], np.s_[::10],
    np.s_[100:], np.s_[3:3], np.s_[:, 1], np.s_[3, 2], np.s_[3:9, ::-1], np.s_[..., 0], np.s_[4, ...], np.s_[:, [2, 0]],
    np.s_[[5, 1, -3]], np.s_[[]], np.s_[np.arange(57) % 5 == 0], np.s_[np.array([[1, 2], [3, 4]]), 1:],
    np.s_[..., :, 1], np.s_[56:50:-1, 1],
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_samples_index_like_an_array(recorded, key):
    folder, expected = recorded
    with psi.open_recording(folder) as recording:
        read = recording.streams["signal"].data[key]
    whole = expected[key]
    np.testing.assert_array_equal(read, whole)
    assert np.shape(read) == np.shape(whole)
    assert read.dtype == whole.dtype


def test_samples_tell_what_they_are_and_become_an_array(recorded):
    folder, expected = recorded
    with psi.open_recording(folder) as recording:
        data = recording.streams["signal"].data
        assert (data.shape, data.ndim, data.size, len(data), data.dtype) == ((57, 3), 2, 171, 57, np.float64)
        np.testing.assert_array_equal(np.asarray(data), expected)
        assert np.asarray(data, dtype="float32").dtype == np.float32
        assert np.mean(data) == expected.mean()
        with pytest.raises(ValueError, match="cannot be had without a copy"):
            np.array(data, copy=False)


@pytest.mark.parametrize("key", [57, -58, np.s_[0, 3], np.s_[0, 0, 0], None, np.s_[:, None], "signal", 1.5])
def test_a_wrong_index_is_an_index_error(recorded, key):
    folder, _ = recorded
    with psi.open_recording(folder) as recording, pytest.raises(IndexError):
        recording.streams["signal"].data[key]


def test_only_the_rows_asked_for_are_read():
    class Node:
        shape = (10**12, 2)

        def __getitem__(self, key):
            asked.append(key)
            return np.zeros((len(range(*key.indices(self.shape[0]))), 2))

    asked = []
    samples = Samples(Node(), 10**12, "float64", 1.0)
    assert samples[-3:, 0].shape == (3,)
    assert samples[7].shape == (2,)
    assert asked == [slice(10**12 - 3, 10**12, 1), slice(7, 8, 1)]


def test_the_summary_counts_what_there_is(recorded):
    folder, _ = recorded
    with psi.open_recording(folder) as recording:
        summary = summarize(recording)
    assert json.loads(json.dumps(summary)) == summary
    assert summary["streams"] == [{"name": "signal", "fs": 100.0, "unit": "V", "shape": [57, 3]}]
    assert summary["events"] == {"a": 1, "b": 2}
    assert (summary["trials"], summary["gaps"], summary["finish_reason"]) == (0, [], "duration")
    text = render({**summary, "gaps": [{"stream": "signal", "s0": 5, "n": 7, "unit": "samples"}]})
    for line in ("signal  100 samples/s  57 x 3  0.570 s  V", "  b  2", "signal: 7 samples from 5", "duration"):
        assert line in text


def test_an_unknown_stream_is_named_with_the_nearest(recorded):
    with psi.open_recording(recorded[0]) as recording:
        assert "signl" not in recording.streams
        with pytest.raises(RecordingError, match="no stream 'signl'; did you mean 'signal'"):
            recording.streams["signl"]


def make_hdf5(path, **attributes):
    with h5py.File(path, "w") as file:
        file.attrs.update(attributes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no such file or folder"),
        (lambda path: path.mkdir(), r"holds no recording: it has no recording\.h5"),
        (lambda path: path.write_text("not HDF5"), "it is not a readable HDF5 file"),
        (lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100)), "it is not a readable HDF5 file"),
        (lambda path: make_hdf5(path, x=1), "not a psi recording"),
        (
            lambda path: make_hdf5(path, format="psi recording", format_version="1.10"),
            r"has format version 1\.10; this psi reads up to 1\.2: update psi",
        ),
    ],
)
def test_what_is_no_recording_is_refused_in_one_line(tmp_path, make, message):
    path = tmp_path / "x.h5"
    make(path)
    with pytest.raises(RecordingError, match=message) as raised:
        psi.open_recording(path)
    assert "\n" not in str(raised.value)
    assert str(path) in str(raised.value)
    assert not list(tables.file._open_files.get_handlers_by_name(str(path)) if path.is_file() else [])
