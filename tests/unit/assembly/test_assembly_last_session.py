"""The last session is found by names and readable documents, past folders that are damaged or of somebody else."""

from __future__ import annotations

import datetime
import json
import math
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from psi.assembly.last_session import LastSession, find_last_document, find_last_session, version_text
from psi.link.state import StateSource
from psi.models.documents import dump_document
from psi.models.provenance import GitState, Provenance
from psi.models.rig import Rig
from psi.models.session import Session
from psi.models.task import Task

#: In this machine's zone.
NOON = datetime.datetime(2026, 11, 20, 12).timestamp()


def recorded(
    folder: Path, subject: str = "lea", paradigm: str = "p", date: str = "", hold: float = 0.2, written: float = NOON
) -> Path:
    """A folder as a run leaves it, apart from the data."""
    folder.mkdir(parents=True)
    documents = (
        Task(paradigm=paradigm, items={"hold": hold}),
        Session(subject=subject, date=date),
        Rig(name="booth1", values={"fs": 20e3}),
        Provenance(psi_version="0.1.0", python="3.11", platform="x", host="h"),
    )
    for document in documents:
        path = folder / f"{document.model_dump()['kind']}.json"
        path.write_text(dump_document(document), encoding="utf-8")
        os.utime(path, (written, written))
    return folder


def last(out: str | None, subject: str = "lea", paradigm: str = "p") -> str:
    found = find_last_session(out, subject, paradigm)
    return "" if found is None else Path(found["recording"]).name


def test_it_says_what_held_when_the_session_ended(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "lea_p_01", hold=0.3)
    task = Task(paradigm="p", items={"hold": 0.5}).model_dump(mode="json")
    (folder / "ended.json").write_text(json.dumps({"task": task, "finish_reason": "volume"}), encoding="utf-8")
    found = find_last_session(str(tmp_path), "lea", "p")
    assert found is not None
    assert found["task"]["items"] == {"hold": 0.5}
    assert (found["ended"], found["finish_reason"]) == (True, "volume")
    # of a newer psi, or another paradigm's: what it was started with is left
    for wrong in ({**task, "format_version": "99.0"}, {**task, "paradigm": "q"}):
        (folder / "ended.json").write_text(json.dumps({"task": wrong}), encoding="utf-8")
        found = find_last_session(str(tmp_path), "lea", "p")
        assert found is not None
        assert found["task"]["items"] == {"hold": 0.3}


def test_it_says_what_the_session_was_started_with(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "lea_p_01", date="2026-11-20", hold=0.3)
    found = find_last_session(str(tmp_path), "lea", "p")
    assert found is not None
    assert found["started"].startswith("2026-11-20T")
    assert found["task"]["items"] == {"hold": 0.3}
    assert {key: found[key] for key in ("subject", "paradigm", "recording", "rig", "psi")} == {
        "subject": "lea",
        "paradigm": "p",
        "recording": str(folder),
        "rig": {"name": "booth1", "values": {"fs": 20e3}},
        "psi": "0.1.0",
    }


def test_a_rig_with_infinite_limits_is_read(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "lea_p_01")
    rig = {"kind": "rig", "name": "booth1", "values": {}, "engines": [{"settings": {"limit": math.inf}}]}
    (folder / "rig.json").write_text(json.dumps(rig))
    assert last(str(tmp_path)) == "lea_p_01"


def test_files_that_were_copied_later_leave_the_day(tmp_path: Path) -> None:
    recorded(tmp_path / "lea_p_01", date="2026-11-03")
    found = find_last_session(str(tmp_path), "lea", "p")
    assert found is not None
    assert found["started"] == "2026-11-03"


def test_the_day_and_then_the_time_decide_not_the_number(tmp_path: Path) -> None:
    recorded(tmp_path / "lea_p_01", date="2026-11-20", written=NOON + 60)
    recorded(tmp_path / "lea_p_02", date="2026-11-20", written=NOON)
    recorded(tmp_path / "lea_p_03", date="2026-11-19", written=NOON + 120)
    assert last(str(tmp_path)) == "lea_p_01"


def test_without_out_the_last_day_that_has_one_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert last(None) == ""
    recorded(tmp_path / "recordings" / "2026-11-18" / "lea_p_07", date="2026-11-18")
    recorded(tmp_path / "recordings" / "2026-11-19" / "lea_p_01", date="2026-11-19")
    recorded(tmp_path / "recordings" / "2026-11-20" / "max_p_01", subject="max", date="2026-11-20")
    (tmp_path / "recordings" / "2026-11-20" / "lea_p_01").mkdir()
    (tmp_path / "recordings" / "old").mkdir()
    (tmp_path / "recordings" / "readme.txt").write_text("mine")
    found = find_last_session(None, "lea", "p")
    assert found is not None
    assert Path(found["recording"]) == tmp_path / "recordings" / "2026-11-19" / "lea_p_01"


def damage(folder: Path, how: str) -> None:
    match how:
        case "half written":
            (folder / "task.json").write_text('{"kind": "task", "para')
        case "missing":
            (folder / "rig.json").unlink()
        case "of a newer psi":
            (folder / "session.json").write_text('{"kind": "session", "format_version": "99.0", "subject": "lea"}')
        case "no text":
            (folder / "provenance.json").write_bytes(b"\xff\xfe\x00")
        case "of another shape":
            (folder / "rig.json").write_text("[]")
        case "a folder":
            (folder / "task.json").unlink()
            (folder / "task.json").mkdir()


@pytest.mark.parametrize(
    "how", ["half written", "missing", "of a newer psi", "no text", "of another shape", "a folder"]
)
def test_damaged_folders_are_passed_over(tmp_path: Path, how: str) -> None:
    recorded(tmp_path / "lea_p_01", written=NOON)
    damage(recorded(tmp_path / "lea_p_02", written=NOON + 60), how)
    (tmp_path / "lea_p_03").write_text("a file")
    assert last(str(tmp_path)) == "lea_p_01"


def test_equal_folder_names_of_others_are_not_mistaken(tmp_path: Path) -> None:
    recorded(tmp_path / "a_b_c_01", subject="a_b", paradigm="c")
    assert last(str(tmp_path), "a", "b_c") == ""
    assert last(str(tmp_path), "a_b", "c") == "a_b_c_01"
    recorded(tmp_path / "le-a_p_01", subject="le-a")
    assert last(str(tmp_path), "le a", "p") == ""
    recorded(tmp_path / "lea_p_x_01", paradigm="p_x")
    assert last(str(tmp_path)) == ""


def test_a_name_that_was_added_to_by_hand_is_found(tmp_path: Path) -> None:
    recorded(tmp_path / "lea_p_01 bad electrode")
    assert last(str(tmp_path)) == "lea_p_01 bad electrode"


def test_an_animal_is_known_from_any_paradigm_and_no_other_animal_is_taken_for_it(tmp_path: Path) -> None:
    recorded(tmp_path / "lea_p_01", written=NOON)
    recorded(tmp_path / "lea_q_01", paradigm="q", date="2026-11-19", written=NOON + 60)
    recorded(tmp_path / "lea_q_p_01", subject="lea_q", written=NOON + 120)
    found = find_last_document(str(tmp_path), "lea")
    assert found is not None
    assert (found["subject"], found["date"]) == ("lea", "2026-11-20")
    (tmp_path / "lea_p_01" / "session.json").unlink()
    found = find_last_document(str(tmp_path), "lea")
    assert found is not None
    assert found["date"] == "2026-11-19"
    assert find_last_document(str(tmp_path), "max") is None


def test_a_version_says_its_commit() -> None:
    plain = Provenance(psi_version="0.1.0", python="3.11", platform="x", host="h")
    dirty = plain.model_copy(update={"git": GitState(commit="1a2b3c4d5e6f", dirty=True)})
    assert version_text(plain) == "0.1.0"
    assert version_text(dirty) == "0.1.0 at 1a2b3c4d with changes"


class Watched(StateSource):
    """Lets a test wait until the last session has been said."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Any] = []
        self.found = threading.Semaphore(0)

    def update(self, changed: Any, removed: tuple[str, ...] = ()) -> None:
        super().update(changed, removed)
        self.said.append(changed["last_session"])
        if changed["last_session"] is not None:
            self.found.release()

    def next(self) -> Any:
        assert self.found.acquire(timeout=60)
        return self.said[-1]


def test_it_is_looked_for_beside_everything_else_and_not_while_recording(tmp_path: Path) -> None:
    recorded(tmp_path / "lea_p_01")
    state = Watched()
    finder = LastSession(state, str(tmp_path), "p")
    finder.look("lea")
    said = state.next()
    assert (said["recording"], said["session"]["subject"]) == (str(tmp_path / "lea_p_01"), "lea")
    finder.look("max")
    assert state.next() == {"subject": "max", "paradigm": "p", "recording": "", "session": None}
    n = len(state.said)
    finder.hold()
    finder.look("lea")
    assert len(state.said) == n, "a disk is left alone during a recording"
    recorded(tmp_path / "lea_p_02", written=NOON + 60)
    finder.release()
    assert state.next()["recording"] == str(tmp_path / "lea_p_02")
    n = len(state.said)
    finder.release()
    assert len(state.said) == n
