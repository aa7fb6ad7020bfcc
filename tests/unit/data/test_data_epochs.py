"""Epochs that go into a run's rings are read back exactly, however long they are and however they come."""

import json
import threading

import h5py
import numpy as np
import pytest

import psi
from psi.core.errors import ConfigurationError, RecordingError
from psi.data.store import Store
from psi.data.summary import render, summarize
from psi.stream.info import Epoch, StreamInfo

MIC = StreamInfo("mic", 1000.0, 2, unit="Pa", labels=("left", "right"), delay=0.002)
SPIKES = StreamInfo("units", 500.0, 1, unit="µV")


def epoch_of(stream, rng, n, s0, **metadata):
    return Epoch(rng.standard_normal((stream.n_channels, n)), s0, s0 + 10, stream, metadata)


def write(rings, name, epochs):
    sink = rings.epoch_sink(name)
    for epoch in epochs:
        sink(epoch)


def test_epochs_are_read_back_exactly(make_rings, rng, tmp_path):
    rings = make_rings(epochs=[(MIC, "float64", '[{"kind": "ExtractEpochs"}]'), (SPIKES, "float32")])
    store = Store(rings.plan)
    store.open()
    heard = [epoch_of(MIC, rng, 321, 1000 * k, event="go", trial=k, info={"µ": [1, None]}) for k in range(9)]
    spikes = [epoch_of(SPIKES, rng, n, 7 * n, event="spike") for n in (30, 1, 30)]
    write(rings, "mic", heard[:5])
    assert store.work()
    # Whole blocks of a second, before the end.
    assert rings.control.committed(0) == 1000
    write(rings, "units", spikes)
    write(rings, "mic", heard[5:])
    rings.finish()
    store.close()
    assert store.counts() == {"streams": {}, "epochs": {"mic": 9 * 321, "units": 61}, "rows": 12}
    with psi.open_recording(tmp_path / "run") as recording:
        assert list(recording.epochs) == ["mic", "units"]
        mic = recording.epochs["mic"]
        assert (len(mic), mic.fs, mic.unit, mic.labels, mic.delay) == (9, 1000.0, "Pa", ("left", "right"), 0.002)
        assert mic.chain == [{"kind": "ExtractEpochs"}]
        np.testing.assert_array_equal(mic.data, [epoch.data for epoch in heard])
        np.testing.assert_array_equal(mic[-1], heard[-1].data)
        assert [part.shape for part in mic[2:4]] == [(2, 321), (2, 321)]
        np.testing.assert_allclose(mic.t, (np.arange(321) - 10) / 1000)
        metadata = mic.metadata
        assert metadata["number"].tolist() == list(range(9))
        assert metadata["s0"].tolist() == [1000 * k for k in range(9)]
        assert metadata["sample"].tolist() == [1000 * k + 10 for k in range(9)]
        assert metadata["trial"].tolist() == list(range(9))
        assert metadata["info"][3] == {"µ": [1, None]}
        units = recording.epochs["units"]
        assert [part.shape for part in units.data] == [(1, 30), (1, 1), (1, 30)]
        assert len(units.t) == 3
        np.testing.assert_array_equal(units[0], spikes[0].data.astype(np.float32))
        with pytest.raises(RecordingError, match="the recording has no epochs 'mick'; did you mean 'mic'?"):
            recording.epochs["mick"]
        with pytest.raises(IndexError):
            mic[9]
        assert len(recording.audit) == 0
        text = render(summarize(recording))
    assert "epochs         12\n  mic    1000 samples/s  9  2 channels  0.321 s           Pa" in text
    assert "  units  500 samples/s   3  1 channel   0.002 to 0.060 s  µV" in text


def test_plain_hdf5_shows_them(make_rings, rng, tmp_path):
    rings = make_rings(epochs=[(MIC, "float32")])
    store = Store(rings.plan)
    store.open()
    epochs = [epoch_of(MIC, rng, n, 100 * n, trial=n) for n in (50, 70)]
    write(rings, "mic", epochs)
    rings.finish()
    store.close()
    with h5py.File(tmp_path / "run" / "recording.h5") as file:
        group = file["epochs/mic"]
        assert json.loads(file["epochs"].attrs["order"]) == ["mic"]
        assert group["data"].chunks == (1000, 2)
        assert group["data"].compression is None
        assert group["data"].attrs["fs"] == 1000
        row0, n = group["row0"][1], group["n"][1]
        np.testing.assert_array_equal(group["data"][row0 : row0 + n].T, epochs[1].data.astype(np.float32))
        offsets = group["metadata/offsets"][:]
        text = group["metadata/bytes"][offsets[1] : offsets[2]].tobytes()
        assert json.loads(text) == {"trial": 70}


def test_an_epoch_that_is_longer_than_the_ring_waits_for_the_store(make_rings, rng, tmp_path):
    rings = make_rings(epochs=[(MIC, "float64")], seconds=4)
    capacity = rings._epoch_rings["mic"].capacity
    store = Store(rings.plan)
    store.open()
    epoch = epoch_of(MIC, rng, 5 * capacity + 17, 0)
    writing = threading.Thread(target=write, args=(rings, "mic", [epoch, epoch]))
    writing.start()
    while writing.is_alive():
        store.work()
    writing.join()
    # However full its ring is, no run has to stop for it.
    rings.wait_for_room(0.01, timeout=0.0)
    assert rings.headroom() > 0.9
    rings.finish()
    store.close()
    with psi.open_recording(tmp_path / "run") as recording:
        assert recording.gaps == []
        np.testing.assert_array_equal(recording.epochs["mic"].data, [epoch.data, epoch.data])


def test_an_unfinished_recording_shows_the_epochs_whose_samples_are_there(make_rings, rng, tmp_path):
    rings = make_rings(epochs=[(MIC, "float64")])
    store = Store(rings.plan)
    store.open()
    epochs = [epoch_of(MIC, rng, 300, 1000 * k, trial=k) for k in range(5)]
    write(rings, "mic", epochs)
    assert store.work()
    # As a killed store leaves it: 1000 samples of 1500, and all five rows.
    store.fail("killed")
    committed = json.loads((tmp_path / "run" / "committed.json").read_text())
    assert committed["epochs"] == {"mic": 1000}
    assert committed["tables"]["/epochs/mic"] == 5
    with psi.open_recording(tmp_path / "run") as recording:
        mic = recording.epochs["mic"]
        assert mic.metadata["trial"].tolist() == [0, 1, 2]
        np.testing.assert_array_equal(mic.data, [epoch.data for epoch in epochs[:3]])


def test_a_row_of_epochs_that_nobody_declared_is_kept_as_a_fault(make_rings, tmp_path):
    rings = make_rings(epochs=[(MIC, "float64")])
    store = Store(rings.plan)
    store.open()
    rings.append({"kind": "epoch", "name": "mike", "number": 0, "row0": 0, "n": 0, "s0": 0, "sample": 0})
    rings.append({"kind": "epoch", "name": "mic", "number": 0, "row0": 0, "n": 0.5, "s0": 0, "sample": 0})
    rings.finish()
    store.close()
    with psi.open_recording(tmp_path / "run") as recording:
        said = [info["message"] for info in recording.audit["info"]]
        assert said == ["the recording has no epochs 'mike'; known: mic", "n 0.5 is not a whole number"]
        assert len(recording.epochs["mic"]) == 0
        assert recording.epochs["mic"].data.shape == (0, 2, 0)
        assert len(recording.epochs["mic"].t) == 0
        assert recording.epochs["mic"].metadata.empty


def test_without_a_store_epochs_pass_by(make_rings, rng):
    rings = make_rings(epochs=[(MIC, "float32")], stored=False)
    ring = rings._epoch_rings["mic"]
    write(rings, "mic", [epoch_of(MIC, rng, 3000, 0) for _ in range(20)])
    assert ring.end == 60_000
    assert rings.headroom() == 1.0


def test_names_that_come_twice_are_refused(make_rings):
    with pytest.raises(ConfigurationError, match="epochs 'mic' is there twice"):
        make_rings(epochs=[(MIC, "float32"), (MIC, "float32")])
    with pytest.raises(ConfigurationError, match="which do not fit into 'int16'"):
        make_rings(epochs=[(MIC, "int16")])


def test_a_recording_of_version_one_has_no_epochs(make_rings, tmp_path):
    rings = make_rings()
    store = Store(rings.plan)
    store.open()
    rings.finish()
    store.close()
    with h5py.File(tmp_path / "run" / "recording.h5", "a") as file:
        del file["epochs"].attrs["order"]
        file.attrs["format_version"] = "1.0"
    with psi.open_recording(tmp_path / "run") as recording:
        assert dict(recording.epochs) == {}
        assert "epochs" not in render(summarize(recording))
