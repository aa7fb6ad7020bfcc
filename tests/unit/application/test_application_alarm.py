"""The alarm's command is run with what it needs to know, in its time, and never ends a session."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from psi.application.alarm import Call, call_of, ring, run_command
from psi.application.commands.alarm_command import change_and_show
from psi.assembly.alarm_settings import AlarmSettings, alarm_file, load_alarm, save_alarm
from psi.core.errors import ConfigurationError

CALL = Call("end", "volume", "1.5 mL are delivered", "20260101-r1", "/data/r 1", "m1")

#: A program of somebody's own: writes down what it was told.
SCRIPT = """import json, os, sys
told = {name: value for name, value in os.environ.items() if name.startswith("PSI_")}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump({"arguments": sys.argv[2:], "variables": told}, file)
"""


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PSI_CONFIG_DIR", str(tmp_path / "config"))


def script(tmp_path: Path, text: str) -> tuple[str, ...]:
    file = tmp_path / "call me.py"
    file.write_text(text, encoding="utf-8")
    return sys.executable, str(file)


def test_a_command_is_told_why_and_where(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    save_alarm(AlarmSettings(command=(*script(tmp_path, SCRIPT), str(told))))
    said: list[str] = []
    thread = ring(CALL, said.append)
    assert thread is not None
    thread.join()
    assert said == []
    found = json.loads(told.read_text(encoding="utf-8"))
    assert found["arguments"] == ["end", "volume", "20260101-r1", "/data/r 1"]
    expected = {
        "PSI_ALARM": "end",
        "PSI_REASON": "volume",
        "PSI_WORDS": "1.5 mL are delivered",
        "PSI_RUN_ID": "20260101-r1",
        "PSI_RECORDING": "/data/r 1",
        "PSI_SUBJECT": "m1",
    }
    assert expected.items() <= found["variables"].items()


@pytest.mark.parametrize(
    ("text", "timeout", "said"),
    [
        ("import sys; sys.exit('no network')", 30.0, "ended with status 1: no network"),
        ("import threading; threading.Event().wait()", 0.5, "had not ended after 0.5 s and was ended"),
    ],
)
def test_what_goes_wrong_is_said(tmp_path: Path, text: str, timeout: float, said: str) -> None:
    settings = AlarmSettings(command=script(tmp_path, text), timeout=timeout)
    assert run_command(settings, CALL) == said


def test_a_program_that_is_not_there_is_said_and_raises_nothing() -> None:
    save_alarm(AlarmSettings(command=("no-such-program",)))
    said: list[str] = []
    thread = ring(CALL, said.append)
    assert thread is not None
    thread.join()
    (line,) = said
    assert line.startswith("the alarm's command 'no-such-program' cannot be run: ")


def test_a_program_that_is_not_there_is_refused_when_it_is_set() -> None:
    with pytest.raises(ConfigurationError) as error:
        change_and_show(("no-such-program",), sound=None, timeout=-1.0, no_command=False, test=False)
    first, second = (finding.message for finding in error.value.findings)
    assert first == "there is no program 'no-such-program' that can be run; write its path"
    assert "timeout" in second
    assert load_alarm().command == ()


def test_damaged_settings_are_said_and_raise_nothing() -> None:
    alarm_file().parent.mkdir(parents=True)
    alarm_file().write_text('{"comand": []}', encoding="utf-8")
    said: list[str] = []
    assert ring(CALL, said.append) is None
    assert "unknown field 'comand'; did you mean 'command'" in said[0]


@pytest.mark.parametrize(
    ("reason", "fault", "kind"),
    [("stopped", False, None), ("volume", False, "end"), ("complete", False, "end"), ("fault", True, "fault")],
)
def test_nobody_is_called_for_what_they_did_themselves(reason: str, fault: bool, kind: str | None) -> None:
    call = call_of(reason, "", fault, "r1", "/data/r1")
    assert (None if call is None else call.kind) == kind


def test_settings_are_kept_shown_and_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = (*script(tmp_path, SCRIPT), str(tmp_path / "told.json"))
    assert change_and_show(command, sound=False, timeout=5.0, no_command=False, test=True) == 0
    assert load_alarm() == AlarmSettings(sound=False, command=command, timeout=5.0)
    shown = capsys.readouterr().out
    assert "sound: no" in shown
    assert "the command has ended well" in shown
    assert change_and_show((), sound=None, timeout=None, no_command=True, test=False) == 0
    assert load_alarm().command == ()
    with pytest.raises(ConfigurationError, match="say opposite things"):
        change_and_show(("a",), sound=None, timeout=None, no_command=True, test=False)
    with pytest.raises(ConfigurationError, match="'timeout' is -1.0"):
        change_and_show((), sound=None, timeout=-1.0, no_command=False, test=False)
