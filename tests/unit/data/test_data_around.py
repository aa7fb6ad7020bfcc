"""Pieces of a stream around events, and streams as tables and labelled arrays."""

import numpy as np
import pytest

import psi
from psi.core.errors import RecordingError
from psi.data.store import Store
from psi.stream.info import StreamInfo

INFO = StreamInfo("signal", 100.0, 2, unit="V", labels=("left", "right"))


@pytest.fixture
def recording(make_rings, push, tmp_path):
    rings = make_rings([(INFO, "float32", "", 1.0, 0.5)])
    store = Store(rings.plan)
    store.open()
    push(rings, INFO, np.stack([np.arange(300.0), -np.arange(300.0)]), [])
    for time in (0.55, 1.0, 2.004, 3.49, float("nan")):
        rings.append({"kind": "event", "time": time, "name": "poke", "info": {"time": time} if time == time else {}})
    rings.finish()
    store.close()
    with psi.open_recording(tmp_path / "run") as recording:
        yield recording


def test_epochs_are_cut_at_the_nearest_sample_and_say_by_how_much_it_is_late(recording):
    data, table = recording.epochs_around("signal", "poke", before=0.1, after=0.2)
    assert data.shape == (2, 2, 30)
    # The first is too near to the beginning, the last to the end, and one has no time.
    assert table["time"].tolist() == [1.0, 2.004]
    assert table["sample"].tolist() == [50, 150]
    assert table["first"].tolist() == [40, 140]
    np.testing.assert_allclose(table["late"], [0, -0.004], atol=1e-12)
    np.testing.assert_array_equal(data[0], [np.arange(40, 70), -np.arange(40, 70)])
    np.testing.assert_array_equal(data[1, 0], np.arange(140, 170))


def test_edges_are_filled_up_where_that_is_asked_for(recording):
    data, table = recording.epochs_around("signal", "poke", 0.1, 0.2, edges="nan")
    assert len(data) == len(table) == 4
    assert np.isnan(data[0, 0, :5]).all()
    np.testing.assert_array_equal(data[0, 0, 5:], np.arange(25))
    np.testing.assert_array_equal(data[3, 0, :11], np.arange(289, 300))
    assert np.isnan(data[3, 1, 11:]).all()


def test_events_are_a_name_rows_or_times(recording):
    rows = recording.events[recording.events["time"] == 1.0]
    for events in (rows, [1.0], np.array([1.0])):
        data, _ = recording.epochs_around("signal", events, 0, 0.01)
        assert data[:, 0, 0].tolist() == [50]
    data, table = recording.epochs_around("signal", [], 0, 1)
    assert data.shape == (0, 2, 100)
    assert len(table) == 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("signl", "poke", 0, 1), RecordingError, "no stream 'signl'; did you mean 'signal'"),
        (("signal", "pok", 0, 1), RecordingError, "no event 'pok'; did you mean 'poke'"),
        (("signal", "poke", 0, 0.001), ValueError, "leave no sample"),
        (("signal", "poke", 0, float("inf")), ValueError, "leave no sample"),
        (("signal", "poke", 0, 1, "cut"), ValueError, "edges 'cut' is none of"),
    ],
)
def test_what_cannot_be_cut_is_refused(recording, arguments, error, message):
    with pytest.raises(error, match=message):
        recording.epochs_around(*arguments)


def test_a_stream_becomes_a_table_and_a_labelled_array(recording):
    table = recording.streams["signal"].to_pandas(1.0, 1.05)
    assert list(table) == ["left", "right"]
    np.testing.assert_allclose(table.index, [1.0, 1.01, 1.02, 1.03, 1.04])
    assert table["right"].tolist() == [-50, -51, -52, -53, -54]
    pytest.importorskip("xarray")
    array = recording.streams["signal"].to_xarray(1.0)
    assert array.dims == ("time", "channel")
    assert array.attrs["units"] == "V"
    assert array.sel(channel="left").values[0] == 50
    assert len(array) == 250
