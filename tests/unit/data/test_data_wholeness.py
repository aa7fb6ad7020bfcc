"""A complete recording in which bytes have changed since says so, and which."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tables

import psi
from psi.application.commands import info_command, pack_command, report_command
from psi.application.commands.recover_command import recover
from psi.core.errors import RecordingError
from psi.data.care_lock import care_of
from psi.data.layout import FILE_NAME, FORMAT
from psi.data.packing import pack
from psi.data.store import Store
from psi.data.sums import MOST_SPANS, SpanSums, read_sums, said_sums, summed_arrays
from psi.data.wholeness import faults, state_of, verify
from psi.stream.info import StreamInfo

INFO = StreamInfo("signal", 1000.0, 2, unit="V")
OTHER = StreamInfo("other", 100.0, 1, "int16")


@pytest.fixture
def recording(make_rings, push, tmp_path, rng):
    """A folder with 100 s of noise and some events, and what was written, shape (n, 2); ``unfinished`` lies beside."""
    rings = make_rings([(INFO, "float32", ""), (OTHER, "int16", "")], documents={"rig": {"name": "booth"}})
    store = Store(rings.plan)
    store.open()
    data = rng.normal(size=(2, 100_000)).astype("float32")
    for start in range(0, 100_000, 5000):
        push(rings, INFO, data[:, start : start + 5000], [777], start)
        push(rings, OTHER, rng.integers(1, 99, (1, 500)).astype("int16"), [100], start // 10)
        rings.append({"kind": "event", "time": start / 1000, "name": f"event {start}"})
        store.work()
    shutil.copytree(tmp_path / "run", tmp_path / "unfinished")
    rings.append({"kind": "finish", "reason": "trials", "time": 100.0})
    rings.finish()
    store.close()
    return tmp_path / "run", data.T


def place_of(folder, path, row):
    """Where in the file a row of an array lies, and how many bytes it has."""
    with tables.open_file(str(folder / FILE_NAME)) as file:
        node = file.get_node(path)
        rows = node.chunkshape[0]
        offset = node.chunk_info((row // rows * rows, *(0 for _ in node.shape[1:]))).offset
        size = node.dtype.itemsize * int(np.prod(node.shape[1:]))
    return offset + row % rows * size


def write_at(folder, place, data):
    with open(folder / FILE_NAME, "r+b") as file:
        file.seek(place)
        file.write(data)


def test_a_recording_that_nobody_touched_is_whole(recording):
    folder, _ = recording
    verdicts = verify(folder)
    assert {verdict.state for verdict in verdicts} == {"whole"}
    assert {"signal", "other", "document rig", "events, column time"} <= {verdict.what for verdict in verdicts}
    assert verify(folder / FILE_NAME) == verdicts
    with psi.open_recording(folder) as opened:
        assert [report["kind"] for report in opened.reports] == ["sums", "quality"]
        assert set(opened.reports[0]["arrays"]) == {verdict.path for verdict in verdicts}


def test_a_page_of_zeros_is_noticed_by_whoever_reads_all_and_recovered(recording, capsys):
    folder, data = recording
    # In the middle of a sample, as pages may begin there.
    write_at(folder, place_of(folder, "/streams/signal", 40_900) + 2, bytes(4096))
    with psi.open_recording(folder) as opened:
        assert opened.streams["signal"].shape == (100_000, 2), "opening stays lazy"
    (fault,) = faults(verify(folder))
    assert (fault.path, fault.state, fault.spans) == ("/streams/signal", "changed", ((40_000, 42_000),))

    assert info_command.show(folder, verify=True, as_json=False) == 3
    said = capsys.readouterr().out
    assert "signal: 2000 samples from number 40000 on (40.000 to 42.000 s) are not what was written" in said
    assert info_command.show(folder, verify=True, as_json=True) == 3
    assert json.loads(capsys.readouterr().out)["verified"]["state"] == "changed"
    assert info_command.show(folder, verify=False, as_json=False) == 0

    report_command.report(folder, folder / "page.html")
    assert "signal: 2000 samples from number 40000 on (40.000 to 42.000 s)" in (folder / "page.html").read_text(
        encoding="utf-8"
    )

    whole = (folder / FILE_NAME).read_bytes()
    with pytest.raises(RecordingError, match="signal: 2000 samples from number 40000 on are not what was written"):
        pack(folder, lambda done, of: None)
    assert (folder / FILE_NAME).read_bytes() == whole

    capsys.readouterr()
    assert recover(folder, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["altered"] == []
    (lost,) = found["lost"]
    assert lost["s0"] <= 40_900 < 41_411 < lost["s0"] + lost["n"], "also the samples of which a part is gone"
    with psi.open_recording(folder) as opened:
        (gap,) = opened.gaps
        expected = data.copy()
        expected[gap["s0"] : gap["s0"] + gap["n"]] = np.nan
        np.testing.assert_array_equal(opened.streams["signal"].data[:], expected)
        assert gap["n"] < 520
    assert state_of(verify(folder)) == "whole"
    assert recover(folder, as_json=False) == 0
    assert "nothing to recover, everything is what was written" in capsys.readouterr().out
    assert pack_command.pack(folder) == 0
    assert state_of(verify(folder)) == "whole", "packed, it says the same of itself"


def test_zeros_across_two_chunks_are_lost_in_both(recording):
    folder, data = recording
    first = place_of(folder, "/streams/signal", 41_999)
    assert place_of(folder, "/streams/signal", 42_000) - first > 0
    # Ten samples at the end of one chunk: fewer than anybody would take for missing by themselves.
    write_at(folder, place_of(folder, "/streams/signal", 41_990), bytes(80))
    assert recover(folder, as_json=True) == 0
    with psi.open_recording(folder) as opened:
        read, (gap,) = opened.streams["signal"].data[:], opened.gaps
        assert (gap["s0"], gap["n"]) == (41_989, 11)
        np.testing.assert_array_equal(read[:41_989], data[:41_989])
        np.testing.assert_array_equal(read[42_000:], data[42_000:])


def test_a_changed_byte_that_is_no_zero_is_kept_and_said(recording, capsys):
    folder, data = recording
    place = place_of(folder, "/streams/signal", 70_123)
    write_at(folder, place, bytes([data[70_123, 0].tobytes()[0] ^ 1]))
    write_at(folder, place_of(folder, "/events/time", 3), b"\x01")
    assert recover(folder, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["lost"] == []
    assert [each["what"] for each in found["altered"]] == ["/events/time", "/streams/signal"]
    with psi.open_recording(folder) as opened:
        rows = opened.audit[opened.audit["what"] == "altered"]
        assert set(rows["name"]) == {"/events/time", "/streams/signal"}
        findings = [each["text"] for each in opened.reports[-1]["findings"] if each["check"] == "whole"]
        assert any(text.startswith("/streams/signal: 1000 samples from number 70000 on") for text in findings)
    assert state_of(verify(folder)) == "whole"


def test_of_an_unfinished_recording_the_samples_are_compared_with_what_was_committed(recording, tmp_path):
    folder = tmp_path / "unfinished"
    verdicts = verify(folder)
    assert {verdict.path: verdict.state for verdict in verdicts} == {
        "/streams/signal": "whole",
        "/streams/other": "whole",
    }
    with psi.open_recording(folder) as opened:
        n = len(opened.streams["signal"].data)
    write_at(folder, place_of(folder, "/streams/signal", 3000), bytes(64))
    (fault,) = faults(verify(folder))
    assert fault.spans == ((0, n),), "there is one sum for all of a part"


def test_where_nobody_noted_the_sums_everything_is_read_and_unknown(tmp_path):
    folder = tmp_path / "old"
    folder.mkdir()
    with tables.open_file(str(folder / FILE_NAME), "w") as file:
        file.root._v_attrs.format = FORMAT
        file.root._v_attrs.format_version = "1.0"
        file.root._v_attrs.finish_reason = "trials"
        file.create_group("/", "streams")
        file.create_array("/streams", "x", np.arange(10.0)[:, None])
    (verdict,) = verify(folder)
    assert (verdict.state, verdict.n, state_of([verdict])) == ("unknown", 10, "unknown")


@pytest.mark.parametrize("packed", [False, True])
def test_a_complete_file_that_was_cut_off_is_kept_as_far_as_it_goes(recording, packed, capsys):
    folder, data = recording
    if packed:
        pack(folder, lambda done, of: None)
    path = folder / FILE_NAME
    # In the middle of the samples: before the 65th chunk, at which HDF5 moves the index of the others.
    os.truncate(path, path.stat().st_size - (path.stat().st_size // 2 if packed else 400_003))
    with pytest.raises(RecordingError):
        psi.open_recording(folder)
    with pytest.raises(RecordingError, match="HDF5 cannot open it"):
        verify(folder)
    assert recover(folder, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["lost"]
    with psi.open_recording(folder) as opened:
        read = opened.streams["signal"].data[:]
        expected = data[: len(read)].copy()
        for gap in opened.gaps:
            if gap["stream"] == "signal":
                expected[gap["s0"] : gap["s0"] + gap["n"]] = np.nan
        np.testing.assert_array_equal(read, expected)
        assert np.isfinite(expected).all(axis=1).mean() > 0.3
        assert opened.documents["rig"] == {"name": "booth"}


def test_long_arrays_have_their_sums_by_spans_that_are_no_more_than_so_many(rng):
    data = rng.integers(0, 2**16, (MOST_SPANS * 10 + 3, 2)).astype("uint16")
    sums, found = SpanSums(4), SpanSums(32)
    for start in range(0, len(data), 7):
        sums.add(data[start : start + 7])
    assert (sums.n, sums.step, sums.total) == (len(data), 32 // 2, int(data.sum()))
    sums.add(np.zeros((MOST_SPANS * 6, 2), "uint16"))
    assert (sums.step, len(sums.sums) <= MOST_SPANS) == (32, True)
    changed = np.concatenate([data, np.zeros((MOST_SPANS * 6, 2), "uint16")])
    changed[100] += 1
    changed[130] += 1
    found.add(changed)
    assert sums.changed(found) == [(96, 160)]
    shorter = SpanSums(32)
    shorter.add(changed[:-1])
    assert sums.changed(shorter)[-1][1] == len(changed)


def test_an_array_that_says_it_is_longer_than_its_file_is_not_read(tmp_path):
    with tables.open_file(str(tmp_path / "x.h5"), "w") as file:
        node = file.create_earray("/", "x", tables.Float64Atom(), (0,), chunkshape=(16,))
        node.append(np.ones(20))
        assert read_sums(node).n == 20
        node.truncate(10**9)
        with pytest.raises(ValueError, match="its file cannot hold"):
            read_sums(node)
        assert said_sums(file) == {}
        assert [each._v_pathname for each in summed_arrays(file)] == ["/x"]


HOLDER = """
import sys
from pathlib import Path
from psi.data.care_lock import care_of
with care_of(Path(sys.argv[1]), 'packing'):
    print('holds', flush=True)
    sys.stdin.read()
"""


def test_two_programs_never_work_on_one_recording_and_a_killed_one_leaves_it_free(recording):
    folder, _ = recording
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holds\n"
        for work in (lambda: pack_command.pack(folder), lambda: recover(folder, as_json=False)):
            with pytest.raises(RecordingError, match=rf"worked on by process {holder.pid} \(packing, since .*\); wait"):
                work()
    finally:
        holder.kill()
        holder.communicate()
    assert pack_command.pack(folder) == 0
    assert not (folder / ".care.lock").exists()
    with care_of(folder, "joining"):
        assert (folder / ".care.lock").exists()


def test_what_ends_hdf5_itself_is_lost_and_nothing_else(recording, capsys):
    """A name that is no UTF-8 in the list of a group's members makes PyTables follow a null pointer."""
    folder, data = recording
    whole = (folder / FILE_NAME).read_bytes()
    names = whole.index(b"name\0\0\0\0source\0\0channel\0clock\0\0\0info")
    write_at(folder, names + 10, b"\xff")
    program = "import sys, tables; print(tables.open_file(sys.argv[1]).root.events._v_children)"
    died = subprocess.run([sys.executable, "-c", program, str(folder / FILE_NAME)], capture_output=True, check=False)
    if died.returncode in (0, 1):
        pytest.skip("this PyTables survives it")
    assert died.returncode < 0 or sys.platform == "win32"

    with pytest.raises(RecordingError, match="ends the process that reads"):
        verify(folder)
    assert recover(folder, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["lost"] == [{"what": "/events", "unit": "table"}]
    with psi.open_recording(folder) as opened:
        np.testing.assert_array_equal(opened.streams["signal"].data[:], data)
        assert len(opened.events) == 0
        assert not opened.reports[-1]["good"]
    assert state_of(verify(folder)) == "whole"
