"""What becomes of a recording: a page, a compressed file, a repaired one, files for other programs."""

import json
import shutil
import wave
from html.parser import HTMLParser

import h5py
import numpy as np
import pytest
from scipy.io import wavfile

import psi
from psi.application.cli import main

SESSION = {
    "kind": "session", "subject": "gerbil-7", "experimenter": "Doe, Jane", "sex": "F", "age": "P90D", "lab": "Hearing",
    "species": "Meriones unguiculatus", "institution": "University of Somewhere", "weight": 62.5,
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One recording of three trials, whose session says all that archives ask for."""
    place = tmp_path_factory.mktemp("made")
    (place / "session.json").write_text(json.dumps(SESSION))
    command = (
        f"run appetitive_gonogo --rig simulated --trials 3 --speed max --seed 7 --session {place / 'session.json'}"
    )
    assert main([*command.split(), "--out", str(place / "r")]) == 0
    return place / "r"


@pytest.fixture
def recording(made, tmp_path):
    return shutil.copytree(made, tmp_path / "r")


def refused(capsys, *arguments):
    assert main([*map(str, arguments)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert all(line.startswith("psi: error: ") for line in lines), lines
    return [line.removeprefix("psi: error: ") for line in lines]


class Page(HTMLParser):
    """Headings, and whether everything that was opened is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.headings, self.links, self.svgs = [], [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.links += [value for name, value in attributes if name in ("src", "href")]
        self.svgs += tag == "svg"
        if tag not in ("meta", "path", "rect", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("meta", "path", "rect", "circle"):
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


def test_a_report_is_one_page_that_needs_nothing_else(recording, capsys):
    assert main(["report", str(recording)]) == 0
    assert "report.html" in capsys.readouterr().out
    text = (recording / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert page.links == []
    assert "url(" not in text
    assert page.headings[0] == "Quality"
    assert {"Psychometric function", "Events", "Signals", "From event to command", "Settings"} <= set(page.headings)
    assert page.svgs == 6
    for words in ("gerbil-7", "quality: good", "microphone", "prefers-color-scheme:dark"):
        assert words in text


def test_a_packed_recording_is_the_same_for_every_reader(recording, made, capsys):
    before = (recording / "recording.h5").stat().st_size
    assert main(["pack", str(recording)]) == 0
    assert "every array compared" in capsys.readouterr().out
    assert (recording / "recording.h5").stat().st_size < before
    with psi.open_recording(recording) as packed, psi.open_recording(made) as whole:
        for name, stream in whole.streams.items():
            np.testing.assert_array_equal(packed.streams[name].data[:], stream.data[:])
            assert packed.streams[name].chain == stream.chain
        assert packed.events.equals(whole.events)
        assert packed.trials.equals(whole.trials)
    with h5py.File(recording / "recording.h5") as file:
        assert file["streams/microphone"].compression == "gzip", "plain h5py reads it without a plugin"
        assert file["streams/microphone"].shuffle
    assert refused(capsys, "pack", recording) == [f"{recording} is packed already"]
    assert not list(recording.glob("*packing*"))


def cut_off(folder):
    """As a store leaves it that is killed 5 s into the run."""
    with h5py.File(folder / "recording.h5", "a") as file:
        n = {name: 5 * int(array.attrs["fs"]) for name, array in file["streams"].items()}
        run_id = file.attrs["run_id"]
        tables = {f"/{name}": 5 for name in ("events", "outputs", "audit")} | {"/report": 0, "/timing/clock": 0}
        for name in ("finish_reason", "end", "end_time", "n_gaps"):
            del file.attrs[name]
    said = {"format_version": "1.2", "run_id": str(run_id), "part": 1, "streams": n, "tables": tables, "trials": 1}
    zero = {"streams": dict.fromkeys(n, 0), "epochs": {}, "rows": 0}
    said |= {"first": zero, "epochs": {}, "rows": 20, "finish": None, "latency": None, "n_gaps": 0}
    (folder / "committed.json").write_text(json.dumps(said))
    return n


def test_a_recording_that_was_cut_off_is_completed_and_the_original_kept(recording, made, capsys):
    n = cut_off(recording)
    original = (recording / "recording.h5").read_bytes()
    assert refused(capsys, "pack", recording) == [
        f"{recording} is not complete; complete it first: psi recover {recording}"
    ]
    assert main(["recover", str(recording), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["lost"] == []
    assert said["kept"]["/streams/microphone"] == n["microphone"]
    assert (recording / "recording.h5.damaged").read_bytes() == original
    with psi.open_recording(recording) as recovered, psi.open_recording(made) as whole:
        assert recovered.finish_reason == "unfinished"
        for name, stream in recovered.streams.items():
            np.testing.assert_array_equal(stream.data[:], whole.streams[name].data[: n[name]])
        assert recovered.events.equals(whole.events[:5])
        assert len(recovered.trials) == 1
        assert [finding["check"] for finding in recovered.reports[-1]["findings"]] == ["end"]
    assert main(["recover", str(recording)]) == 0
    assert "nothing to recover" in capsys.readouterr().out


def test_a_block_that_cannot_be_read_is_lost_and_nothing_else(recording, made, capsys):
    assert main(["pack", str(recording)]) == 0
    with h5py.File(recording / "recording.h5") as file:
        chunk = file["streams/microphone"].id.get_chunk_info(3)
    with open(recording / "recording.h5", "r+b") as file:
        file.seek(chunk.byte_offset)
        file.write(b"\xff" * chunk.size)
    capsys.readouterr()
    assert main(["recover", str(recording), "--json"]) == 0
    start, n = chunk.chunk_offset[0], 200_000
    lost = [{"what": "/streams/microphone", "unit": "samples", "s0": start, "n": n}]
    assert json.loads(capsys.readouterr().out)["lost"] == lost
    with psi.open_recording(recording) as recovered, psi.open_recording(made) as whole:
        data, expected = recovered.streams["microphone"].data[:], whole.streams["microphone"].data[:]
        expected[start : start + n] = np.nan
        np.testing.assert_array_equal(data, expected)
        assert recovered.events.equals(whole.events)
        assert recovered.gaps == [{"stream": "microphone", "s0": start, "n": n, "unit": "samples"}]


def test_what_cannot_be_recovered_says_why_and_is_left(recording, capsys):
    (recording / "recording.h5").write_bytes(b"nothing of HDF5")
    lines = refused(capsys, "recover", recording)
    assert len(lines) == 1
    assert "no file of it can be opened" in lines[0]
    assert (recording / "recording.h5").read_bytes() == b"nothing of HDF5"
    assert not list(recording.glob("*recovering*"))


def test_tables_leave_as_csv(recording, capsys):
    import pandas as pd

    assert main(["export", "csv", str(recording)]) == 0
    with psi.open_recording(recording) as whole:
        events = pd.read_csv(recording / "csv" / "events.csv", keep_default_na=False)
        assert events["time"].tolist() == whole.events["time"].tolist()
        assert [json.loads(info) for info in events["info"]] == whole.events["info"].tolist()
        assert len(pd.read_csv(recording / "csv" / "trials.csv")) == len(whole.trials)


def test_a_stream_leaves_as_wav(recording, capsys):
    with psi.open_recording(recording) as whole:
        microphone = whole.streams["microphone"].data[:]
    assert main(["export", "wav", str(recording), "--stream", "microphone"]) == 0
    assert "(float32, 1 is 1 V)" in capsys.readouterr().out
    fs, data = wavfile.read(recording / "microphone.wav")
    assert fs == 200_000
    np.testing.assert_array_equal(data, microphone[:, 0])
    out = recording / "small.wav"
    wanted = ["--stream", "microphone", "--format", "int16", "--channels", "Dev1/ai0", "--out", str(out)]
    assert main(["export", "wav", str(recording), *wanted]) == 0
    largest = np.abs(microphone).max()
    assert f"32767 is {largest:g} V" in capsys.readouterr().out
    with wave.open(str(out)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (200_000, 1, 2)
        stored = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    np.testing.assert_allclose(stored * (largest / 32767), microphone[:, 0], atol=largest / 32767)


def test_wrong_use_is_refused_in_a_line(recording, tmp_path, capsys):
    assert "which stream? the recording has microphone" in refused(capsys, "export", "wav", recording)[0]
    wanted = ("export", "wav", recording, "--stream", "microphone", "--channels", "9")
    assert "--channels: stream 'microphone' has no channel '9'" in refused(capsys, *wanted)[0]
    assert "is a folder; give the name of a file" in refused(capsys, "report", recording, "--out", tmp_path)[0]
    assert (
        "lies in a folder that is not there" in refused(capsys, "report", recording, "--out", tmp_path / "no" / "x")[0]
    )
    for command in ("report", "pack", "recover", "export csv", "export nwb"):
        assert "no recording at" in refused(capsys, *command.split(), tmp_path / "nothing")[0]


def test_what_nwb_lacks_is_named_all_at_once(recording, capsys):
    pytest.importorskip("pynwb", reason="pynwb is not installed (extra nwb)")
    with h5py.File(recording / "recording.h5", "a") as file:
        del file["documents/session"]
        text = json.dumps({"kind": "session", "subject": "s", "experimenter": "Jane Doe"}).encode()
        file["documents/session"] = np.frombuffer(text, np.uint8)
    lines = refused(capsys, "export", "nwb", recording)
    for word in (
        "institution",
        "lab",
        "sex",
        "species",
        "birth_date nor age",
        "'Jane Doe' is to be written as 'Last, ",
    ):
        assert sum(word in line for line in lines) == 1
    assert len(lines) == 6
    assert not list(recording.glob("*.nwb"))


@pytest.mark.filterwarnings("default")
def test_an_nwb_file_passes_validation_and_the_archives_inspector(recording, capsys):
    pynwb = pytest.importorskip("pynwb", reason="pynwb is not installed (extra nwb)")
    assert main(["export", "nwb", str(recording)]) == 0
    path = recording / "recording.nwb"
    with pynwb.NWBHDF5IO(str(path), "r") as io, psi.open_recording(recording) as whole:
        nwb = io.read()
        np.testing.assert_array_equal(nwb.acquisition["microphone"].data[:], whole.streams["microphone"].data[:])
        assert nwb.acquisition["microphone"].rate == 200_000
        assert len(nwb.trials) == len(whole.trials)
        pokes = whole.events[whole.events["name"] == "nose_poke_rising"]
        assert nwb.events["nose_poke_rising"]["timestamp"].data[:].tolist() == pokes["time"].tolist()
        assert nwb.subject.species == "Meriones unguiculatus"
    inspector = pytest.importorskip("nwbinspector", reason="nwbinspector is not installed")
    config = inspector.load_config("dandi")
    messages = [*inspector.inspect_nwbfile(nwbfile_path=path, config=config)]
    assert [f"{message.check_function_name}: {message.message}" for message in messages] == []
