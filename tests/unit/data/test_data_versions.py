"""Recordings of every earlier version are read. The files are built here by hand, as those versions wrote them."""

import json

import h5py
import numpy as np
import pytest

import psi
from psi.data.summary import render, summarize

#: Tables with their columns; t is a text, f, i are numbers.
TABLES = {
    "events": {"time": "f", "sample": "i", "name": "t", "source": "t", "channel": "i", "clock": "t", "info": "t"},
    "outputs": {"time": "f", "name": "t", "sample": "i", "end_sample": "i", "fs": "f", "info": "t"},
    "audit": {"time": "f", "what": "t", "name": "t", "who": "t", "info": "t"},
    "report": {"info": "t"},
    "timing/clock": {"engine": "t", "sample": "i", "time": "f", "monotonic": "f"},
}
EVENTS = [(0.5, 50, "poke_rising", "poke", 0, "master", "{}"), (0.7, 70, "µ", "", -1, "timer", '{"a": 1}')]


def write_column(group, name, kind, cells):
    if kind == "t":
        texts = [cell.encode() for cell in cells]
        group[f"{name}/bytes"] = np.frombuffer(b"".join(texts), np.uint8)
        group[f"{name}/offsets"] = np.cumsum([0, *map(len, texts)]).astype("u8")
    else:
        group[name] = np.array(cells, {"f": "f8", "i": "i8", "b": "i1"}[kind])


def build(path, version):
    """A recording of ``version`` with one stream, two events and two trials."""
    path.mkdir()
    with h5py.File(path / "recording.h5", "w") as file:
        file.attrs.update({"format": "psi recording", "format_version": version, "run_id": "r1"})
        file.attrs.update({"psi_version": "0.1", "start": "2026-01-31T10:00:00+00:00", "end_time": 1.0, "n_gaps": 0})
        file.attrs.update({"finish_reason": "trials", "end": "2026-01-31T10:00:01+00:00"})
        for name, document in {"rig": {"name": "r"}, "task": {"items": {}, "selectors": {}}}.items():
            file[f"documents/{name}"] = np.frombuffer(json.dumps(document).encode(), np.uint8)
        data = file.create_dataset("streams/signal", data=np.arange(200, dtype="f4").reshape(100, 2))
        data.attrs.update({"fs": 100.0, "unit": "V", "scale": 1.0, "labels": '["a", "b"]', "t0": 0.0, "delay": 0.0})
        data.attrs.update({"chain": "", "dtype": "float32"})
        file["streams"].attrs["order"] = '["signal"]'
        for path_, columns in TABLES.items():
            group = file.create_group(path_)
            rows = EVENTS if path_ == "events" else []
            for index, (name, kind) in enumerate(columns.items()):
                write_column(group, name, kind, [row[index] for row in rows])
        trials = file.create_group("trials")
        trials.attrs["columns"] = json.dumps([["level", "float64", "dB SPL"], ["score", "text", ""]])
        write_column(trials, "level", "f", [20, 30])
        write_column(trials, "score", "t", ["HIT", ""])
        valid = trials.create_group("_valid")
        valid["level"], valid["score"] = np.array([True, True]), np.array([True, False])
        file["timing/latency/edges"], file["timing/latency/counts"] = np.empty(0), np.empty(0, "i8")
        epochs = file.create_group("epochs")
        file.create_group("actors")
        if version == "1.1":
            epochs.attrs["order"] = '["cut"]'
            cut = epochs.create_group("cut")
            samples = cut.create_dataset("data", data=np.arange(6, dtype="f4").reshape(6, 1))
            samples.attrs.update({"fs": 100.0, "unit": "V", "scale": 1.0, "labels": '["a"]', "t0": 0.0, "delay": 0.0})
            samples.attrs.update({"chain": "", "dtype": "float32"})
            for name, cells in {
                "number": [0, 1],
                "row0": [0, 3],
                "n": [3, 3],
                "s0": [9, 19],
                "sample": [10, 20],
            }.items():
                write_column(cut, name, "i", cells)
            write_column(cut, "metadata", "t", ['{"level": 20}', "{}"])


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_an_earlier_version_is_read_whole(tmp_path, version):
    build(tmp_path / "old", version)
    with psi.open_recording(tmp_path / "old") as recording:
        assert recording.attributes["format_version"] == version
        np.testing.assert_array_equal(recording.streams["signal"].data[:], np.arange(200).reshape(100, 2))
        assert recording.events["name"].tolist() == ["poke_rising", "µ"]
        assert recording.events["info"].tolist() == [{}, {"a": 1}]
        assert recording.trials["level"].tolist() == [20, 30]
        assert recording.trials["score"].tolist() == ["HIT", None]
        assert list(recording.epochs) == ([] if version == "1.0" else ["cut"])
        if version == "1.1":
            np.testing.assert_array_equal(recording.epochs["cut"][1], [[3, 4, 5]])
        assert recording.reports == []
        assert "quality        not checked; psi report PATH does" in render(summarize(recording))


def test_an_unfinished_recording_of_1_1_shows_what_its_counts_say(tmp_path):
    build(tmp_path / "old", "1.1")
    counts = {"format_version": "1.1", "streams": {"signal": 60}, "epochs": {"cut": 3}, "rows": 3, "trials": 1}
    counts["tables"] = {"/events": 1, "/outputs": 0, "/audit": 0, "/report": 0, "/timing/clock": 0, "/epochs/cut": 2}
    (tmp_path / "old" / "committed.json").write_text(json.dumps(counts))
    with h5py.File(tmp_path / "old" / "recording.h5", "a") as file:
        del file.attrs["finish_reason"]
    with psi.open_recording(tmp_path / "old") as recording:
        assert recording.finish_reason == "unfinished"
        assert len(recording.streams["signal"].data) == 60
        assert (len(recording.events), len(recording.trials), len(recording.epochs["cut"])) == (1, 1, 1)
