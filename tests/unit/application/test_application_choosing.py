"""What a launch was not told: who is asked, what is handed on, and what comes of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from psi.application import chooser as window
from psi.application import cli
from psi.application.checker import choice_of
from psi.application.checks import Checks
from psi.application.choosing import choose, missing, with_task
from psi.application.commands import launch_command
from psi.application.display import require_display
from psi.application.run_options import LaunchOptions
from psi.core.errors import ConfigurationError, RunFault
from psi.experiment.start.choice_memory import LastChoice
from psi.experiment.start.chooser import Chooser
from psi.experiment.start.offers import Column, Offer

GIVEN: dict[str, Any] = {
    **dict.fromkeys(("paradigm", "rig", "subject", "session", "task"), ""),
    **{name: [] for name in ("sets", "rig_sets", "manifests")},
    "no_default": False,
}

#: Seconds that a process may take.
PATIENCE = 60.0


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose modules child processes find."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PSI_CONFIG_DIR", str(tmp_path / "settings"))
    return tmp_path


# -- the command line --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "open_"),
    [
        ([], ("PARADIGM", "--rig")),
        (["record"], ("--rig",)),
        (["--rig", "simulated"], ("PARADIGM",)),
        (["record", "--rig", "simulated"], ()),
    ],
)
def test_paradigm_and_rig_may_be_left_open(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], open_: tuple[str, ...]
) -> None:
    told: list[LaunchOptions] = []

    def launch(options: LaunchOptions) -> int:
        told.append(options)
        return 0

    monkeypatch.setattr(launch_command, "launch", launch)
    assert cli.main(["launch", *arguments, "--subject", "lea", "--set", "a=1"]) == 0
    assert missing(told[0]) == open_
    assert (told[0].subject, told[0].sets) == ("lea", ("a=1",))


def test_a_task_document_names_the_paradigm(tmp_path: Path) -> None:
    task = tmp_path / "t.json"
    task.write_text(json.dumps({"kind": "task", "format_version": "1.0", "paradigm": "record"}))
    options = LaunchOptions(paradigm="", rig="simulated", task=task)
    assert with_task(options).paradigm == "record"
    assert with_task(LaunchOptions(paradigm="other", rig="", task=task)).paradigm == "other"
    task.write_text("{")
    with pytest.raises(ConfigurationError, match=r"t\.json"):
        with_task(options)


@pytest.mark.parametrize(
    ("open_", "says"),
    [
        ((), "'psi run' needs none"),
        (("--rig",), "but --rig must then be given"),
        (("PARADIGM", "--rig"), "but PARADIGM and --rig must then be given"),
    ],
)
def test_without_a_display_it_is_said_what_psi_run_needs(open_: tuple[str, ...], says: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        require_display(open_, environment={}, platform="linux")
    assert str(refused.value).endswith(says)


# -- asking ------------------------------------------------------------------------------------


def test_what_is_chosen_completes_what_was_given(modules: Path) -> None:
    (modules / "chooses.py").write_text(
        "import json, pathlib, sys\n"
        "given = json.loads(sys.stdin.readline())\n"
        f"pathlib.Path({str(modules / 'given')!r}).write_text(json.dumps(given))\n"
        "print(json.dumps({'said': 'a line'}))\n"
        "print(json.dumps({'chosen': {'paradigm': given['paradigm'], 'rig': 'simulated', 'subject': 'kim'}}))\n"
    )
    options = LaunchOptions(paradigm="record", rig="", sets=("a=1",), task=Path("t.json"), seed=3)
    chosen, said = choose(options, "chooses")
    assert chosen == LaunchOptions(
        paradigm="record", rig="simulated", subject="kim", sets=("a=1",), task=Path("t.json"), seed=3
    )
    assert said == ["a line"]
    given = json.loads((modules / "given").read_text())
    assert given == {**GIVEN, "paradigm": "record", "task": "t.json", "sets": ["a=1"]}


def test_a_window_that_is_left_chooses_nothing(modules: Path) -> None:
    (modules / "leaves.py").write_text("print('a print of somebody')")
    assert choose(LaunchOptions(paradigm="", rig=""), "leaves") == (None, [])


def test_a_window_that_fails_is_a_fault(modules: Path) -> None:
    (modules / "fails.py").write_text("raise SystemExit('no such screen')")
    with pytest.raises(RunFault, match=r"\(status 1\): no such screen"):
        choose(LaunchOptions(paradigm="", rig=""), "fails")


def test_what_the_window_refuses_is_refused(modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PSI_PATH", str(modules / "nowhere"))
    with pytest.raises(ConfigurationError, match="is no folder; PSI_PATH lists folders"):
        choose(LaunchOptions(paradigm="", rig=""))


@pytest.mark.parametrize(("paradigm", "rig"), [("recrod", ""), ("", "simulatd")])
def test_what_was_given_must_exist(paradigm: str, rig: str) -> None:
    with pytest.raises(ConfigurationError, match="did you mean"):
        choose(LaunchOptions(paradigm=paradigm, rig=rig), "no_module_is_started")


# -- the window's process ----------------------------------------------------------------------


@pytest.mark.parametrize("line", ["", "hello", "[]", '{"paradigm": ""}'])
def test_a_chooser_that_is_not_told_what_was_given_says_so(line: str) -> None:
    with pytest.raises(ConfigurationError, match="use 'psi launch'"):
        window.read_given(line)
    assert window.read_given(json.dumps(GIVEN)) == GIVEN


def test_what_there_is_is_offered_with_the_last_choice_chosen(tmp_path: Path) -> None:
    last = LastChoice(paradigm="record", rig="simulated_array", subjects=("lea",))
    chooser = window.make_chooser(GIVEN, last)
    assert chooser.pair == ("record", "simulated_array")
    assert chooser.paradigms.title("appetitive_gonogo") == "Appetitive go/no-go"
    assert (chooser.subject, chooser.subjects) == ("", ("lea",))
    assert window.make_chooser(GIVEN, LastChoice(paradigm="gone", rig="gone")).pair is not None
    mine = tmp_path / "mine.enaml"
    mine.write_text("enamldef Mine(Rig):\n    title = 'My room'\n")
    given = {**GIVEN, "rig": str(mine), "session": "s.json"}
    chooser = window.make_chooser(given, last)
    assert chooser.pair == ("record", str(mine))
    assert chooser.rigs.title(str(mine)) == "My room"
    assert chooser.subject_from == "as s.json says"


# -- checks ------------------------------------------------------------------------------------


def test_a_check_is_asked_for_as_the_command_line_would() -> None:
    choice = choice_of(json.dumps({**GIVEN, "paradigm": "p", "rig": "r", "task": "t.json", "sets": ["a=1"]}))
    assert (choice.paradigm, choice.rig, choice.task) == ("p", "r", Path("t.json"))
    assert (choice.sets, choice.rig_sets) == (("a=1",), ())


#: Says what it was asked; takes for ever with the rig 'slow', and breaks with the rig 'broken'.
CHECKER = """
import json, sys, threading
asked = json.loads(sys.stdin.readline() or sys.exit(0))
if asked['rig'] == 'slow':
    threading.Event().wait()
if asked['rig'] == 'broken':
    raise SystemExit('out of memory')
print(json.dumps({'findings': [{'message': f"{asked['paradigm']} on {asked['rig']} {asked['sets']}"}]}))
"""


@pytest.fixture
def chooser() -> Chooser:
    rigs = [Offer(name, name) for name in ("a", "broken", "slow")]
    return Chooser(paradigms=Column([Offer("p", "p"), Offer("q", "q")]), rigs=Column(rigs))


@pytest.fixture
def checks(modules: Path, chooser: Chooser) -> Iterator[Checks]:
    (modules / "checks_it.py").write_text(CHECKER)
    made = Checks(chooser, {"sets": ["x=1"]}, modules, "checks_it")
    yield made
    made.close()


def poll_until(checks: Checks, holds: Any, what: str) -> None:
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        checks.poll()
        pause.wait(0.01)


def messages(chooser: Chooser) -> dict[tuple[str, str], str]:
    return {pair: verdict.findings[0].message for pair, verdict in chooser.verdicts.items()}


def test_every_rig_is_checked_until_one_takes_for_ever_and_is_superseded(checks: Checks, chooser: Chooser) -> None:
    poll_until(checks, lambda: chooser.checking == ("p", "slow"), "the last rig's check")
    assert messages(chooser) == {
        ("p", "a"): "p on a ['x=1']",
        ("p", "broken"): "the check did not come to its end (status 1): out of memory",
    }
    chooser.choose("paradigm", "q")
    poll_until(checks, lambda: ("q", "a") in chooser.verdicts, "the other paradigm's check")
    assert ("p", "slow") not in chooser.verdicts
    chooser.choose("rig", "slow")
    poll_until(checks, lambda: chooser.checking == ("q", "slow"), "the chosen rig's check comes first")
    chooser.skip()
    poll_until(checks, lambda: ("q", "broken") in chooser.verdicts, "the next check")
    assert chooser.standing == "skipped"


def test_a_checker_checks_what_psi_check_does(modules: Path) -> None:
    chooser = window.make_chooser({**GIVEN, "paradigm": "appetitive_gonogo"}, LastChoice(rig="replay_ecg"))
    checks = Checks(chooser, {"rig_sets": ["no_such=1"]}, modules)
    try:
        poll_until(checks, lambda: chooser.standing == "wrong", "the check")
    finally:
        checks.close()
    found = [finding.message for finding in chooser.findings()]
    assert any("needs 'nose_poke', which rig 'replay_ecg' lacks" in message for message in found)
    assert any("no_such" in str(finding) for finding in chooser.findings())


def test_closing_ends_every_process(modules: Path, chooser: Chooser) -> None:
    import psutil

    (modules / "checks_it.py").write_text(CHECKER)
    checks = Checks(chooser, {"sets": []}, modules, "checks_it")
    chooser.choose("rig", "slow")
    poll_until(checks, lambda: chooser.checking == ("p", "slow"), "a check")
    assert psutil.Process().children()
    checks.close()
    assert psutil.Process().children() == []
