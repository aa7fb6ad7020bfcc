"""What is whole of a damaged recording is kept, and what is not is said: no sample is ever wrong."""

import os
import shutil

import numpy as np
import pytest

import psi
from psi.application.commands.recover_command import recover
from psi.core.errors import RecordingError
from psi.data.layout import FILE_NAME
from psi.data.missing import filled, zero_spans
from psi.data.store import Store
from psi.stream.info import StreamInfo

INFO = StreamInfo("signal", 1000.0, 2, unit="V")


@pytest.fixture
def make(make_rings, push, tmp_path, rng):
    """Records 200 s of two noisy channels and 500 events, and copies the folder before and after the end."""

    def make():
        rings = make_rings([(INFO, "float32", "")])
        store = Store(rings.plan)
        store.open()
        data = rng.normal(size=(2, 200_000)).astype("float32")
        for start in range(0, 200_000, 5000):
            push(rings, INFO, data[:, start : start + 5000], [777], start)
            for number in range(12):
                rings.append({"kind": "event", "time": start / 1000 + number / 100, "name": f"event {number}"})
            store.work()
        shutil.copytree(tmp_path / "run", tmp_path / "unfinished")
        rings.append({"kind": "finish", "reason": "trials", "time": 200.0})
        rings.finish()
        store.close()
        return data.T, tmp_path / "unfinished", tmp_path / "run"

    return make


def cut(folder, n):
    path = folder / FILE_NAME
    os.truncate(path, n if n > 0 else path.stat().st_size + n)
    return path.read_bytes()


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_of_a_file_that_was_cut_short_every_sample_is_kept_or_said_to_be_lost(make, share, capsys):
    data, folder, _ = make()
    original = cut(folder, int(share * (folder / FILE_NAME).stat().st_size))
    assert recover(folder, as_json=True) == 0
    assert (folder / f"{FILE_NAME}.damaged").read_bytes() == original
    with psi.open_recording(folder) as recording:
        expected = data[: len(recording.streams["signal"].data)].copy()
        for gap in recording.gaps:
            expected[gap["s0"] : gap["s0"] + gap["n"]] = np.nan
        np.testing.assert_array_equal(recording.streams["signal"].data[:], expected)
        assert np.isfinite(expected).all(axis=1).mean() > share / 2, "more than half of what is there"
        names = [f"event {number}" for number in range(12)] * 40
        assert recording.events["name"].tolist() == names[: len(recording.events)]
    assert not list(folder.glob("*extended*"))


def test_a_complete_file_whose_last_byte_is_missing_is_whole_again(make, capsys):
    data, _, folder = make()
    cut(folder, -1)
    with pytest.raises(RecordingError, match="not a readable HDF5 file"):
        psi.open_recording(folder)
    assert recover(folder, as_json=False) == 0
    assert "lost  nothing" in capsys.readouterr().out
    with psi.open_recording(folder) as recording:
        np.testing.assert_array_equal(recording.streams["signal"].data[:], data)
        assert recording.finish_reason == "trials"


def test_wherever_a_page_is_overwritten_it_is_a_fault_in_a_line_or_the_data_are_read(make):
    """Never another exception, whatever is missing."""
    _, _, folder = make()
    whole, faults = (folder / FILE_NAME).read_bytes(), []
    for page in range(0, 30 * 4096, 4096):
        with open(folder / FILE_NAME, "r+b") as file:
            file.seek(page)
            file.write(bytes(4096))
        try:
            with psi.open_recording(folder) as recording:
                recording.documents, recording.events, recording.audit, recording.outputs  # noqa: B018
                recording.reports, recording.latency, recording.epochs, recording.trials  # noqa: B018
                recording.streams["signal"].data[:1000]
        except RecordingError as error:
            faults.append(str(error))
        (folder / FILE_NAME).write_bytes(whole)
    assert faults
    assert all("\n" not in fault for fault in faults), faults


def test_only_long_spans_of_zeros_are_taken_for_missing(rng):
    block = rng.normal(size=(5000, 2)).astype("float32")
    block[100:110] = 0
    block[1000:1200] = 0
    block[2000:2300, 0] = 0
    block[4900:] = 0
    assert zero_spans(block) == [(1000, 1200), (4900, 5000)]
    assert zero_spans(np.zeros((10, 2), "float32")) == [(0, 10)]


def test_cells_that_are_lost_are_no_values():
    assert filled([b"a", b"b", b"c"], 2, "name") == [b"a", b"b"]
    assert filled([b"a"], 3, "name") == [b"a", b"", b""]
    assert filled([], 1, "info") == [b"{}"]
    np.testing.assert_array_equal(filled(np.array([1.0]), 2, "time"), [1.0, np.nan])
    assert filled(np.array([1]), 2, "sample").tolist() == [1, -1]
