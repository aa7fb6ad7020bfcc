"""Slips of the pen in a manifest: each is a line that says where and what to write, and all come at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from psi.assembly.workbench import load_rig
from psi.core.errors import ConfigurationError
from psi.testing import ScriptedSession

# Behind "# " stands what is to be said of the line.
KINDS = """\
from psi.api import ExperimentAction, Extension, Paradigm, Result, State, StateMachine, Transition

enamldef Kinds(Paradigm):
    id = 'kinds'
    title = 3  # Kinds: title is of the kind int; give a text, in quotes
    Extension:
        id = 'items'
        point = 'psi.context.items'
        Result:
            name = 4  # Result: name is of the kind int; give a text, in quotes
    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        StateMachine:
            State:
                name = 'a'
                duration = [0.1]  # State 'a': duration is not allowed: a duration is a number of s, or the text of an
                target = 1 / 0  # State 'a': target cannot be had: ZeroDivisionError: division by zero
                posts = 'next_trial'  # State 'a': posts is of the kind str; give a list, in [ ]
                sets = {'r': 3}  # State 'a': sets holds something of the kind int; give a text, in quotes
                Transition:
                    marks = 'stimulos'  # Transition: marks is none of '', 'stimulus', 'response'
    Extension:
        id = 'actions'
        point = 'psi.controller.actions'
        ExperimentAction:
            event = 'trial_start'
            kwargs = ['a']  # ExperimentAction: kwargs is of the kind list; give names and values, in { }
            delay = '0.1'  # ExperimentAction: delay is of the kind str; give a number
            weight = 2.5  # ExperimentAction: weight is of the kind float; give a whole number
            pauses = 'no'  # ExperimentAction: pauses is of the kind str; give True or False
"""

NAMES = """\
from psi.api import Command, ExperimentAction, ExperimentEvent, ExperimentState, Extension, Paradigm, Region, State

def handler(event):
    pass

enamldef Names(Paradigm):
    id = 'names'
    Extension:
        id = 'events'
        point = 'psi.controller.events'
        ExperimentEvent:
            name = 'nose poke'  # ExperimentEvent 'nose poke' cannot be named in event expressions; use letters
        ExperimentEvent:  # an ExperimentEvent has no name; give it one
            description = 'x'
        ExperimentState:
            name = 'and'  # ExperimentState 'and' cannot be named in event expressions
    Extension:
        id = 'commands'
        point = 'enaml.workbench.core.commands'
        Command:
            id = 'give'
            parameters = {'duration': float}
            required = ['duratoin']  # command 'give' requires 'duratoin', which is none of its parameters; did you mean
            handler = handler
    Extension:
        id = 'actions'
        point = 'psi.controller.actions'
        ExperimentAction:
            event = 'experiment_start'
            command = 'give'
            kwargs = {'duration': 1}  # command 'give' needs the parameter 'duratoin'
    Extension:
        id = 'logic'
        point = 'psi.controller.logic'
        Region:
            name = 'a-b'  # Region 'a-b' cannot be named in event expressions
            begins = 'experiment_start'
            State:
                name = 'x y'  # State 'x y' cannot be named in event expressions
                duration = 0.5
"""


@pytest.mark.parametrize("text", [KINDS, NAMES], ids=["kinds", "names"])
def test_every_slip_is_said_at_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "faulty.enaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        ScriptedSession(str(path), "simulated", tmp_path / "out")
    said = [str(finding) for finding in refused.value.findings]
    expected = {number: line.split("  # ")[1] for number, line in enumerate(text.splitlines(), 1) if "  # " in line}
    for number, words in expected.items():
        assert any(f"faulty.enaml:{number}: {words}" in line for line in said), f"line {number}: {said}"
    assert len(said) == len(expected), said


def test_a_rig_is_read_in_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "booth.enaml"
    path.write_text(
        "from psi.api import AIChannel, Extension, Rig, SimulatedEngine\n"
        "enamldef Booth(Rig):\n"
        "    id = 'booth'\n"
        "    Extension:\n"
        "        id = 'hardware'\n"
        "        point = 'psi.controller.hardware'\n"
        "        SimulatedEngine:\n"
        "            AIChannel:\n"
        "                name = 'ear'\n"
        "                fs = 'fast'\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError, match=r"booth.enaml:10: AIChannel 'ear': fs is of the kind str; give a num"):
        load_rig(str(path))


def test_a_duration_may_be_written_as_a_number(tmp_path: Path) -> None:
    path = tmp_path / "number.enaml"
    path.write_text(
        "from psi.api import Extension, Paradigm, State, StateMachine\n"
        "enamldef Number(Paradigm):\n"
        "    id = 'number'\n"
        "    Extension:\n"
        "        id = 'logic'\n"
        "        point = 'psi.controller.logic'\n"
        "        StateMachine:\n"
        "            State:\n"
        "                name = 'a'\n"
        "                duration = 0.25\n"
        "                target = 'a'\n",
        encoding="utf-8",
    )
    with ScriptedSession(str(path), "simulated", tmp_path / "out", duration=0.6).run() as recording:
        events = recording.events
    assert events.loc[events["name"] == "a_timeout", "time"].tolist() == [0.25, 0.5]
