"""What ``psi send`` reads from its words, and what ``psi run`` says of commands that fail or hang."""

from __future__ import annotations

import pytest

from psi.application.command_service import session_values
from psi.application.commands.run_command import ProgressLine
from psi.application.commands.send_command import read_words
from psi.core.errors import ConfigurationError


@pytest.mark.parametrize(
    ("words", "read"),
    [
        (("pause",), ("", "pause", {})),
        (("r1", "pause"), ("r1", "pause", {})),
        (("fire", "output=x", "duration=a == b"), ("", "fire", {"output": "x", "duration": "a == b"})),
        (("r1", "note", "text="), ("r1", "note", {"text": ""})),
    ],
)
def test_the_words_of_a_command(words: tuple[str, ...], read: tuple[str, str, dict[str, str]]) -> None:
    assert read_words(words, {"r1", "r2"}) == read


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name a command"),
        (("r1",), "name a command"),
        (("x=1",), "name a command"),
        (("fire", "x=1", "water"), "'water' is no parameter; write NAME=VALUE"),
        (("fire", "x=1", "x=2"), "'x' is given twice"),
        (("r9", "pause"), "no run 'r9' lives"),
    ],
)
def test_words_that_are_no_command_are_refused(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_words(words, {"r1", "r2"})


def test_everything_wrong_with_a_session_command_is_said_at_once() -> None:
    with pytest.raises(ConfigurationError) as error:
        session_values("output", {"nam": "spout", "count": "two"})
    assert [finding.message for finding in error.value.findings] == [
        "command 'output' needs the parameter 'name'",
        "command 'output' needs the parameter 'action'",
        "command 'output' has no parameter 'nam'; did you mean 'name'?",
        "parameter 'count' of command 'output' is 'two'; give a whole number",
    ]
    assert session_values("output", {"name": "spout", "action": "fire", "count": "2", "duration": "0.05"}) == {
        "name": "spout",
        "action": "fire",
        "count": 2,
        "duration": 0.05,
    }


STATUS = {"condition": "running", "time": 61.0, "rows": 0, "trials": 0, "scores": {}, "state": ""}
HANGING = {"command": "refill", "event": "go", "manifest": "pump", "where": "pump.enaml:7", "seconds": 5.2}


def test_the_terminal_says_what_hangs() -> None:
    text = ProgressLine(None).text({**STATUS, "hanging": HANGING})
    assert "'refill' of manifest 'pump' has hung for 5 s on event 'go' (pump.enaml:7)" in text


def test_the_terminal_says_what_a_person_has_done_to_the_course() -> None:
    course = {"paused": False, "pausing": False, "choosing": False, "stopping": False}
    assert ProgressLine(None).text({**STATUS, "course": course}) == "running 01:01"
    for name, words in (("paused", "paused"), ("pausing", "pauses after this trial"), ("stopping", "stops after this")):
        assert words in ProgressLine(None).text({**STATUS, "course": {**course, name: True}})


def test_the_terminal_says_each_command_that_fails_once(capsys: pytest.CaptureFixture[str]) -> None:
    line = ProgressLine(None)
    failures = [{"time": 1.5, "text": "command 'a' failed"}]
    for more in ([], [], [{"time": 2.5, "text": "command 'b' failed"}]):
        failures += more
        line({**STATUS, "failures": list(failures)})
    said = [text for text in capsys.readouterr().err.splitlines() if "failed" in text]
    assert said == ["psi: at 1.500 s command 'a' failed", "psi: at 2.500 s command 'b' failed"]
