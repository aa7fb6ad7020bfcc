"""What is done while another edit is in the air: real consoles on a real run in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import psi
from psi.application.host_service import HostService
from psi.assembly.description import describe
from psi.assembly.next_run import NextRun
from psi.controller.host import RigHost
from psi.controller.publisher import Publisher
from psi.experiment.console import Console
from psi.experiment.parameters.applied import applied_line, apply_word
from psi.link.client import LinkClient
from psi.link.messages import new_token
from psi.link.server import LinkServer
from psi.link.state import StateSource
from psi.testing import ScriptedSession, StoreThread


class Rig:
    """A runtime on a thread, thirty times as fast as the clock on the wall, and consoles on it."""

    def __init__(self, folder: Path) -> None:
        self.prepared = ScriptedSession(
            "appetitive_gonogo", "simulated", folder, rig_sets=["fs=20e3", "threshold=-50"], speed=30.0
        ).prepared
        self.store = StoreThread()
        self.prepared.loaded.data.hand_over = self.store
        state = StateSource()
        state.update(describe(self.prepared))
        next_run = NextRun(self.prepared, state, [Publisher(state)])
        self.host = RigHost(next_run.make, state)
        token = new_token()
        self.server = LinkServer(token, HostService(next_run, state, self.host).handlers)
        port = self.server.start()
        self.thread = threading.Thread(target=self.host.serve)
        self.thread.start()
        self.consoles = [Console(LinkClient(port, token)) for _ in range(2)]
        for console in self.consoles:
            self.until(lambda console=console: console.draft.texts)

    def until(self, holds: Callable[[], object]) -> None:
        """Let every console look until ``holds``; pytest's own limit ends one that never does."""
        tick = threading.Event()
        for _ in range(8000):
            for console in self.consoles:
                console.poll()
            if holds():
                return
            tick.wait(0.002)
        raise AssertionError("waited in vain")

    def start(self) -> None:
        console = self.consoles[0]
        console.request("want", condition="running")
        self.until(lambda: all(self._runs(c) and c.rows.n_trials for c in self.consoles))

    @staticmethod
    def _runs(console: Console) -> bool:
        """Whether the console knows the run that is going on, and follows its rows."""
        here = console.get("condition") == console.get("mode") == "running" and console.get("recording")
        return bool(here) and console.rows.run_id == console.get("run_id")

    def pause(self) -> None:
        self.consoles[0].request("pause")
        self.until(lambda: all(c.get("paused") for c in self.consoles))

    def resume(self) -> None:
        self.consoles[0].request("resume")
        self.until(lambda: not any(c.get("paused") for c in self.consoles))

    def stop(self) -> Any:
        """Stop and open what was recorded."""
        console = self.consoles[0]
        folder = console.get("recording")
        console.request("stop")
        self.until(lambda: all(c.get("condition") == "open" for c in self.consoles))
        self.store.join()
        return psi.open_recording(folder)

    def close(self) -> None:
        for console in self.consoles:
            console.close()
        self.host.quit()
        self.thread.join()
        self.store.join()
        self.server.stop()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with ExitStack() as stack:
        made = Rig(tmp_path / "recordings")
        stack.callback(made.close)
        yield made


def changes(recording: Any) -> list[tuple[str, Any, Any, int]]:
    audit = recording.audit
    rows = audit[audit["what"] == "change"]
    return [(row.name, row.info["old"], row.info["new"], row.info["trial"]) for row in rows.itertuples(index=False)]


def agrees(recording: Any, *names: str) -> None:
    """Every trial row says what the audit says held in it."""
    held = dict(recording.documents["task"]["items"])
    told = changes(recording)
    for number, (_, row) in enumerate(recording.trials.iterrows(), 1):
        held.update({name: new for name, _, new, trial in told if trial == number})
        for name in names:
            assert row[name] == pytest.approx(held[name]), (name, number)


def edit(console: Console, **texts: str) -> None:
    for name, text in texts.items():
        assert console.draft.set_item(name, text) == ""
        console.draft.seal()


def test_edits_while_an_apply_waits_for_a_trial(rig: Rig) -> None:
    """Paused: more edits on top of what waits, Revert of those, another Apply, and Undo over what took effect."""
    console, _ = rig.consoles
    draft = console.draft
    rig.start()
    rig.pause()
    edit(console, timeout_duration="2", hold_duration="0.3")
    console.apply()
    assert applied_line(console) == "applying…"
    rig.until(lambda: draft.waiting() == {"hold_duration", "timeout_duration"})
    assert not draft.differs()
    assert "after Resume" in applied_line(console)
    assert apply_word(console) == "Apply at next trial"

    # Revert forgets what is not applied; what waits, waits.
    edit(console, hold_duration="0.9")
    assert draft.differs() == {"hold_duration": ("0.3", "0.9")}
    draft.revert()
    assert (draft.differs(), draft.texts["hold_duration"]) == ({}, "0.3")

    # Another Apply takes the place of the one that waits, and holds what that had.
    edit(console, hold_duration="0.4")
    console.apply()
    rig.until(lambda: draft.base.items["hold_duration"] == 0.4)
    assert draft.waiting() == {"hold_duration", "timeout_duration"}
    rig.resume()
    rig.until(lambda: not draft.waiting() and console.get("applied"))
    trial = console.get("applied")["trial"]
    assert applied_line(console).startswith(f"last Apply: 2 edits, since trial {trial} at 00:")
    rig.until(lambda: console.rows.n_trials >= trial)

    # Undo over the Apply is an edit; applied while trials go on.
    while draft.texts["hold_duration"] != "0.2":
        draft.undo()
    assert draft.texts["timeout_duration"] == "2"
    console.apply()
    rig.until(lambda: not draft.differs() and not draft.waiting())

    # What waits is taken back before its trial: nothing has changed, and nothing is written.
    rig.pause()
    edit(console, go_probability="0.9")
    console.apply()
    rig.until(lambda: draft.waiting() == {"go_probability"})
    draft.undo()
    console.apply()
    rig.until(lambda: not draft.waiting())
    rig.resume()
    with rig.stop() as recording:
        assert ("hold_duration", 0.2, 0.4, trial) in changes(recording)
        assert ("timeout_duration", 3.0, 2, trial) in changes(recording)
        assert [(old, new) for name, old, new, _ in changes(recording) if name == "hold_duration"][1:] == [(0.4, 0.2)]
        agrees(recording, "hold_duration", "timeout_duration")


def test_two_consoles_keep_each_others_edits(rig: Rig) -> None:
    one, other = rig.consoles
    rig.start()
    rig.pause()
    edit(one, hold_duration="0.3", go_probability="0.6")
    edit(other, timeout_duration="2", go_probability="0.7")
    # Before either has seen what the other applied.
    one.apply()
    other.apply()
    rig.until(lambda: all(len(c.draft.waiting()) == 3 for c in rig.consoles))
    items = one.draft.base.items
    assert (items["hold_duration"], items["timeout_duration"]) == (0.3, 2)
    # Of what both have edited the later Apply holds, for both.
    rig.until(lambda: not one.applying and not other.applying)
    rig.until(lambda: not one.draft.differs() and not other.draft.differs())
    assert one.draft.texts == other.draft.texts
    assert one.draft.texts["go_probability"] in ("0.6", "0.7")

    # An edit that is not applied stays; what it is compared with follows.
    edit(one, hold_duration="0.35")
    edit(other, hold_duration="0.25")
    other.apply()
    rig.until(lambda: one.draft.differs() == {"hold_duration": ("0.25", "0.35")})
    one.draft.undo()
    assert (one.draft.differs(), one.draft.texts["hold_duration"]) == ({}, "0.25")
    rig.resume()
    rig.until(lambda: one.get("applied"))
    with rig.stop() as recording:
        agrees(recording, "hold_duration", "timeout_duration", "go_probability")


def test_a_run_that_stops_before_the_next_trial_leaves_its_edits_to_the_next_run(rig: Rig) -> None:
    console, _ = rig.consoles
    rig.start()
    rig.pause()
    edit(console, hold_duration="0.3")
    console.apply()
    rig.until(lambda: console.draft.waiting())
    edit(console, timeout_duration="2")
    with rig.stop() as recording:
        assert changes(recording) == []
        assert set(recording.trials["hold_duration"]) == {0.2}
    # It holds now; what was not applied is an edit still.
    assert (console.draft.waiting(), console.draft.held.items["hold_duration"]) == (set(), 0.3)
    assert console.draft.differs() == {"timeout_duration": ("3.0", "2")}
    # Between runs there is no trial to wait for.
    assert apply_word(console) == "Apply"
    console.apply()
    rig.until(lambda: not console.draft.differs())
    rig.start()
    with rig.stop() as recording:
        assert recording.documents["task"]["items"]["hold_duration"] == 0.3
        assert changes(recording) == []
        agrees(recording, "hold_duration", "timeout_duration")


def test_what_the_runtime_refuses_changes_nothing_and_stays_an_edit(rig: Rig) -> None:
    console, other = rig.consoles
    rig.start()
    edit(console, hold_duration="0.3", timeout_duration="hold_duratoin * 2")
    console.apply()
    rig.until(lambda: not console.applying)
    assert "did you mean 'hold_duration'" in console.message
    rig.until(lambda: any("hold_duratoin" in line for line in console.checked))
    assert set(console.draft.differs()) == {"hold_duration", "timeout_duration"}
    assert (console.draft.waiting(), other.draft.texts["hold_duration"]) == (set(), "0.2")

    # A cycle that neither of two consoles has by itself is found where they meet.
    console.draft.revert()
    edit(console, hold_duration="timeout_duration / 10")
    edit(other, timeout_duration="hold_duration * 10")
    console.apply()
    rig.until(lambda: not console.applying)
    other.apply()
    rig.until(lambda: not other.applying)
    assert "hold_duration → timeout_duration → hold_duration" in other.message
    assert list(other.draft.differs()) == ["timeout_duration"]
    with rig.stop() as recording:
        assert [change[:3] for change in changes(recording)] in (
            [],
            [("hold_duration", 0.2, "timeout_duration / 10")],
        )


def test_distributions_and_expressions_are_edited_while_trials_go_on(rig: Rig) -> None:
    console, _ = rig.consoles
    rig.start()
    edit(console, intertrial_duration="Uniform(0.5, 2)", timeout_duration="intertrial_duration + 1")
    console.apply()
    rig.until(lambda: console.get("applied"))
    first = console.get("applied")["trial"]
    rig.until(lambda: console.rows.n_trials >= first + 3)
    edit(console, intertrial_duration="Uniform(3, 4)")
    console.apply()
    rig.until(lambda: (console.get("applied") or {}).get("trial", first) > first)
    second = console.get("applied")["trial"]
    rig.until(lambda: console.rows.n_trials >= second + 1)
    with rig.stop() as recording:
        trials = recording.trials
        number = trials["trial_number"]
        before = trials[(number >= first) & (number < second)]["intertrial_duration"]
        after = trials[number >= second]
        assert (trials[number < first]["intertrial_duration"] == 0.5).all()
        assert before.between(0.5, 2).all()
        assert before.nunique() == len(before) >= 3
        assert after["intertrial_duration"].between(3, 4).all()
        assert list(after["timeout_duration"]) == pytest.approx(list(after["intertrial_duration"] + 1))
        told = [(name, old, new) for name, old, new, _ in changes(recording)]
        assert ("intertrial_duration", "Uniform(0.5, 2)", "Uniform(3, 4)") in told
