"""The store in this process: what goes into the rings and the journal is what a reader gets, exactly."""

import json
import math

import h5py
import numpy as np
import pytest

import psi
from psi.core.errors import ConfigurationError, RecordingError, RunFault
from psi.data.store import Store
from psi.stream.control import StoreCondition
from psi.stream.info import StreamInfo

LFP = StreamInfo("lfp", 500.0, 3, labels=("left", "right", "µ-array"), delay=0.0125, unit="mV")
CONTACT = StreamInfo("contact", 2000.0, 1, "bool", unit="")
CODES = StreamInfo("codes", 1000.0, 2, "int16", unit="V")
COLUMNS = [("trial", "int64", ""), ("level", "float64", "dB SPL"), ("score", "text", ""), ("go", "bool", "")]
DOCUMENTS = {"rig": {"name": "räum µ"}, "task": {"items": {"x": 1.5}}, "session": {}, "provenance": {"psi": "0"}}


def test_a_run_is_read_back_exactly(make_rings, push, rng, tmp_path):
    rings = make_rings(
        [(LFP, "float64", '[{"kind": "IIRFilter"}]'), (CONTACT, "bool"), (CODES, "int16", "", 2**-8, -0.5)],
        COLUMNS, DOCUMENTS, attributes={"paradigm": "gonogo"},
    )  # fmt: skip
    store = Store(rings.plan)
    store.open()
    assert rings.control.store_condition is StoreCondition.OPEN
    lfp, contact = rng.normal(size=(3, 4321)), rng.random((1, 17_000)) < 0.5
    codes = rng.integers(-(2**15), 2**15, (2, 8642), "int16")
    for part in range(4):
        for info, data in ((LFP, lfp), (CONTACT, contact), (CODES, codes)):
            start, stop = data.shape[1] * part // 4, data.shape[1] * (part + 1) // 4
            push(rings, info, data[:, start:stop], rng.integers(0, 40, 20), start)
        rings.append({"kind": "event", "time": part + 0.25, "sample": part, "name": "poke", "info": {"µ": [1, None]}})
        assert store.work()
        assert not store.work()
        # Only whole blocks of a second are written before the end.
        assert rings.control.committed(0) == lfp.shape[1] * (part + 1) // 4 // 500 * 500
        assert rings.control.committed_rows == part + 1
        assert rings.control.burst % 2 == 0
    rings.append({"kind": "trial", "values": {"trial": 1, "level": 60.5, "score": "FALSE_ALARM µ", "go": True}})
    rings.append({"kind": "trial", "values": {"trial": None, "level": None, "go": None}})
    rings.append({"kind": "trial", "values": {"trial": 3, "level": math.inf, "score": "", "go": False}})
    rings.append({"kind": "output", "name": "target", "time": 1.0, "sample": 200_000, "end_sample": 250_000, "fs": 2e5})
    rings.append({"kind": "clock", "engine": "Dev1", "sample": 5, "time": 0.5, "monotonic": 1234.5})
    rings.append({"kind": "latency", "edges": [0, 0.001, 0.01], "counts": [5, 1]})
    rings.append({"kind": "report", "info": {"clipped": 0}})
    rings.append({"kind": "finish", "reason": "trials", "time": 8.5, "utc": "2026-01-02T03:04:05+00:00"})
    assert not store.has_everything()
    rings.finish()
    store.close()
    assert rings.control.store_condition is StoreCondition.CLOSED

    folder = tmp_path / "run"
    assert sorted(path.name for path in folder.iterdir()) == [
        "provenance.json", "recording.h5", "rig.json", "session.json", "task.json",
    ]  # fmt: skip
    assert json.loads((folder / "rig.json").read_text("utf-8")) == DOCUMENTS["rig"]
    with psi.open_recording(folder) as recording:
        assert list(recording.streams) == ["lfp", "contact", "codes"]
        stream = recording.streams["lfp"]
        assert (stream.fs, stream.unit, stream.t0, stream.delay) == (500.0, "mV", 0.0, 0.0125)
        assert stream.labels == ("left", "right", "µ-array")
        assert stream.chain == [{"kind": "IIRFilter"}]
        assert recording.streams["contact"].chain is None
        np.testing.assert_array_equal(stream.data, lfp.T)
        np.testing.assert_array_equal(recording.streams["contact"].data, contact.T)
        assert recording.streams["contact"].dtype == bool
        np.testing.assert_array_equal(recording.streams["codes"].data, codes.T * 2**-8)
        assert recording.streams["codes"].t0 == -0.5
        assert recording.events["time"].tolist() == [0.25, 1.25, 2.25, 3.25]
        assert recording.events.iloc[2].to_dict() == {
            "time": 2.25, "sample": 2, "name": "poke", "source": "", "channel": -1, "clock": "master",
            "info": {"µ": [1, None]},
        }  # fmt: skip
        trials = recording.trials
        assert list(trials) == ["trial", "level", "score", "go"]
        assert trials["trial"].tolist()[::2] == [1, 3]
        assert trials.isna().to_numpy().tolist() == [[False] * 4, [True] * 4, [False] * 4]
        assert trials["level"].tolist()[::2] == [60.5, math.inf]
        assert trials["score"].tolist() == ["FALSE_ALARM µ", None, ""]
        assert trials["go"].tolist()[::2] == [True, False]
        assert recording.outputs.loc[0, "end_sample"] == 250_000
        assert len(recording.audit) == 0
        assert recording.documents == DOCUMENTS
        assert recording.gaps == []
        assert recording.finish_reason == "trials"
        assert recording.attributes["paradigm"] == "gonogo"
        assert recording.attributes["end"] == "2026-01-02T03:04:05+00:00"
        assert recording.attributes["end_time"] == 8.5
        assert recording.attributes["n_gaps"] == 0

    with h5py.File(folder / "recording.h5") as file:
        np.testing.assert_array_equal(file["streams/lfp"], lfp.T)
        assert file["streams/lfp"].chunks == (500, 3)
        assert file["streams/lfp"].attrs["fs"] == 500
        assert file["streams/lfp"].compression is None
        assert file["timing/latency/counts"][:].tolist() == [5, 1]
        assert file["timing/clock/monotonic"][:].tolist() == [1234.5]
        offsets = file["trials/score/offsets"][:]
        text = file["trials/score/bytes"][:].tobytes()
        assert text[offsets[0] : offsets[1]].decode() == "FALSE_ALARM µ"
        assert file["trials/_valid/go"][:].astype(bool).tolist() == [True, False, True]
        assert json.loads(file["documents/rig"][:].tobytes()) == DOCUMENTS["rig"]
        assert {"events", "epochs", "outputs", "audit", "actors", "report", "timing"} <= set(file)


def test_a_recording_without_samples_and_rows_opens(make_rings, tmp_path):
    rings = make_rings([(LFP, "float32")], COLUMNS)
    store = Store(rings.plan)
    store.open()
    rings.finish()
    assert store.has_everything()
    store.close("nothing happened")
    with psi.open_recording(tmp_path / "run") as recording:
        assert recording.streams["lfp"].shape == (0, 3)
        assert recording.streams["lfp"].data[:].dtype == np.float32
        assert len(recording.events) == len(recording.trials) == len(recording.outputs) == 0
        assert list(recording.trials) == ["trial", "level", "score", "go"]
        assert recording.finish_reason == "nothing happened"


def test_a_run_without_streams_columns_and_documents_opens(make_rings, tmp_path):
    rings = make_rings()
    store = Store(rings.plan)
    store.open()
    rings.append({"kind": "trial", "values": {}})
    rings.finish()
    store.close()
    with psi.open_recording(tmp_path / "run" / "recording.h5") as recording:
        assert len(recording.streams) == len(recording.documents) == recording.trials.shape[1] == 0


def test_texts_of_any_length_and_content_are_kept(make_rings, tmp_path):
    texts = ["", "µ" * 100_000, "a\nb\0c", "🎧", "half \udcff surrogate", "class"]
    rings = make_rings([], [("class", "text", "")])
    store = Store(rings.plan)
    store.open()
    for text in texts:
        rings.append({"kind": "trial", "values": {"class": text}})
    rings.finish()
    store.close()
    with psi.open_recording(tmp_path / "run") as recording:
        assert recording.trials["class"].tolist() == [*texts[:4], "half \\udcff surrogate", "class"]


def test_samples_that_the_store_lost_are_said_and_keep_their_place(make_rings, push, tmp_path):
    info = StreamInfo("fast", 100.0)
    rings = make_rings([(info, "float32")], seconds=4)
    store = Store(rings.plan)
    store.open()
    data = np.arange(1000.0)[None]
    push(rings, info, data, [100] * 9)
    assert rings.headroom() < 0
    with pytest.raises(RunFault, match="made no room in the rings within 0 s"):
        rings.wait_for_room(0.01, timeout=0)
    rings.finish()
    store.close()
    with psi.open_recording(tmp_path / "run") as recording:
        assert recording.gaps == [{"stream": "fast", "s0": 0, "n": 600, "unit": "samples"}]
        assert recording.attributes["n_gaps"] == 1
        read = recording.streams["fast"].data[:, 0]
        assert np.isnan(read[:600]).all()
        np.testing.assert_array_equal(read[600:], data[0, 600:])


def test_a_dead_runtime_leaves_what_it_wrote(make_rings, push, rng, tmp_path):
    rings = make_rings([(LFP, "float64")])
    store = Store(rings.plan)
    store.open()
    data = rng.normal(size=(3, 777))
    push(rings, LFP, data, [500])
    store.close("runtime died")
    with psi.open_recording(tmp_path / "run") as recording:
        assert recording.finish_reason == "runtime died"
        np.testing.assert_array_equal(recording.streams["lfp"].data, data.T)


def test_final_counts_that_do_not_agree_are_in_the_audit(make_rings, push, tmp_path):
    rings = make_rings([(LFP, "float64")])
    store = Store(rings.plan)
    store.open()
    push(rings, LFP, np.zeros((3, 700)), [])
    rings.finish()
    rings.control.set_final(0, 710)
    store.close()
    with psi.open_recording(tmp_path / "run") as recording:
        (row,) = recording.audit.to_dict("records")
        assert (row["what"], row["name"]) == ("fault", "lfp")
        assert "700 are in the recording, the runtime says that it wrote 710" in row["info"]["message"]


def test_an_unfinished_recording_shows_what_was_committed(make_rings, push, rng, tmp_path):
    rings = make_rings([(LFP, "float64")], COLUMNS)
    store = Store(rings.plan)
    store.open()
    data = rng.normal(size=(3, 1700))
    push(rings, LFP, data, [])
    rings.append({"kind": "event", "time": 1, "name": "kept"})
    store.work()
    committed = (tmp_path / "run" / "committed.json").read_text("utf-8")
    assert json.loads(committed) == {
        "format_version": "1.2", "run_id": rings.plan.run_id, "part": 1,
        "first": {"streams": {"lfp": 0}, "epochs": {}, "rows": 0},
        "streams": {"lfp": 1500}, "epochs": {}, "rows": 1, "trials": 0,
        "tables": {"/events": 1, "/outputs": 0, "/audit": 0, "/report": 0, "/timing/clock": 0},
        "sums": {"streams": {"lfp": sum(data[:, :1500].view("uint64").ravel().tolist()) % 2**64}, "epochs": {}},
        "finish": None, "latency": None, "n_gaps": 0,
        "chunks": len((tmp_path / "run" / "committed.chunks").read_bytes().partition(b"\n")[2]) // 16,
    }  # fmt: skip
    rings.append({"kind": "event", "time": 2, "name": "too late"})
    store.work(final=True)
    # As after a power cut between the data and the counts.
    store.fail("the power went")
    (tmp_path / "run" / "committed.json").write_text(committed, "utf-8")
    assert rings.control.store_condition is StoreCondition.FAILED
    with psi.open_recording(tmp_path / "run") as recording:
        assert recording.finish_reason == "unfinished"
        assert recording.events["name"].tolist() == ["kept"]
        np.testing.assert_array_equal(recording.streams["lfp"].data, data[:, :1500].T)
        assert recording.streams["lfp"].data[-1].tolist() == data[:, 1499].tolist()


def test_a_recording_is_never_overwritten_and_its_folder_stays_as_it_was(make_rings, tmp_path):
    rings = make_rings([], [], DOCUMENTS)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "recording.h5").write_text("precious")
    with pytest.raises(RecordingError, match="never overwritten: choose a new folder"):
        Store(rings.plan).open()
    assert [path.read_text() for path in (tmp_path / "run").iterdir()] == ["precious"]


def test_a_recording_that_cannot_be_opened_leaves_nothing_half_made(make_rings, tmp_path, monkeypatch):
    def no_room(path, content, indent=None):
        raise OSError(28, "No space left on device")

    rings = make_rings([(LFP, "float32")], COLUMNS, DOCUMENTS)
    monkeypatch.setattr("psi.data.store.write_json", no_room)
    with pytest.raises(OSError, match="No space left"):
        Store(rings.plan).open()
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_recorded_is_said_all_at_once(make_rings):
    with pytest.raises(ConfigurationError) as raised:
        make_rings(
            [(StreamInfo("a/b", 0.0),), (LFP, "float32", "x" * 70_000), (LFP,)],
            [("_x", "int64"), ("y", "text"), ("y", "text")],
        )
    messages = [finding.message for finding in raised.value.findings]
    assert len(messages) == 6
    for part in (
        "'a/b'",
        "1 channels at 0 samples/s",
        "'lfp' is there twice",
        "70000 bytes",
        "'_x'",
        "'y' is there twice",
    ):
        assert any(part in message for message in messages), part


@pytest.mark.parametrize(
    ("dtype", "saved", "message"),
    [
        ("float64", "int16", "gives float64 samples, which do not fit into 'int16'"),
        ("float64", "float23", "cannot be saved as 'float23'; allowed: float32, float64"),
        ("int16", "uint8", "gives int16 samples"),
    ],
)
def test_a_saved_type_that_would_cut_samples_is_refused(make_rings, dtype, saved, message):
    with pytest.raises(ConfigurationError, match=message):
        make_rings([(StreamInfo("x", 100.0, dtype=dtype), saved)])


def test_a_chunk_that_does_not_follow_and_a_row_after_the_end_are_faults(make_rings, push):
    rings = make_rings([(LFP, "float32")])
    push(rings, LFP, np.zeros((3, 10)), [])
    with pytest.raises(RunFault, match="stream 'lfp': a chunk begins at sample 12, not 10: samples were lost"):
        push(rings, LFP, np.zeros((3, 10)), [], s0=12)
    rings.finish()
    with pytest.raises(RunFault, match="event row came after the end"):
        rings.append({"kind": "event"})


def test_a_store_that_never_comes_is_a_fault(make_rings):
    rings = make_rings()
    with pytest.raises(RunFault, match=r"opened no recording within 0.01 s \(it is waiting\)"):
        rings.wait_for_store(StoreCondition.OPEN, timeout=0.01)
