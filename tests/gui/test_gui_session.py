"""What an experimenter does to a session in the window: stop rules, manual training, continuing, and being called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

import psi
from psi.assembly.session_end import continuations
from psi.experiment.strips.alarm import Alarm
from psi.experiment.strips.by_hand_view import ByHandView

Window = Any  # the fixtures', in conftest.py
Rig = Any


@pytest.fixture(autouse=True)
def _looked_back(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the runtime's process does when it has loaded; settings are this test's own."""
    monkeypatch.setenv("PSI_CONFIG_DIR", str(tmp_path / "config"))
    rig.next_run.look_back()


def header(window: Window) -> Any:
    return window.view.header.get_widget()


def start(window: Window, go_on: bool = False, **texts: str) -> str:
    """Start with the dialog's fields as typed; the recording."""
    window.click(window.button("running"))
    dialog = header(window).dialog
    for name, text in texts.items():
        window.type_into(dialog.form.fields[name], text)
    if go_on:
        window.wait_for(dialog.go_on.isVisible, "for the last session")
        dialog.go_on.click()
    window.click(dialog.confirm)
    window.condition("running")
    return str(window.console.get("recording"))


def stop(window: Window) -> None:
    window.click(window.button("stop"))
    window.condition("open")


def test_a_rule_typed_while_it_runs_ends_the_run_and_calls(window: Window) -> None:
    sounds: list[int] = []
    alarm = header(window).alarm
    alarm.sound = lambda: sounds.append(1)
    recording = start(window, weight="20", baseline_weight="25", target_volume="1")
    strip = header(window).strip
    window.wait_for(lambda: strip.weight.text() == "20 g · 80 %", "for the weight")
    window.click(strip.rules)
    popup = strip.popup
    window.type_into(popup.fields["when"], "rewrds > 0")
    QTest.keyClick(popup.fields["when"], Qt.Key.Key_Return)
    window.wait_for(lambda: "did you mean 'rewards'" in popup.refusal.text(), "for the refusal")
    window.type_into(popup.fields["when"], "rewards_by_hand > 0")
    window.click(popup.confirm)
    window.wait_for(lambda: strip.rules.text().startswith("stops after rewards_by_hand > 0"), "for the rule")
    window.click(window.button("reward"))
    window.condition("open")
    window.wait_for(alarm.isVisible, "for the alarm")
    assert alarm.line.text().startswith("ENDED: rewards_by_hand > 0 holds")
    assert sounds
    assert not strip.isVisible()
    window.click(alarm.dismiss)
    assert strip.isVisible()
    assert "(1 by hand)" in strip.given.text()
    with psi.open_recording(recording) as found:
        assert found.finish_reason == "rule"
        session = found.documents["session"]
        assert (session["weight"], session["baseline_weight"], session["target_volume"]) == (20.0, 25.0, 1.0)


def test_a_stop_by_hand_calls_nobody_and_its_time_stays(window: Window) -> None:
    alarm = header(window).alarm
    start(window)
    window.wait_for(lambda: window.console.status.get("time", 0) > 1.1, "for a second")
    stop(window)
    window.wait_for(lambda: window.console.get("last_run"), "for the last run")
    assert not alarm.isVisible()
    # the rig that is open has a time of its own, which is nobody's
    assert header(window).figures["elapsed"].text() >= "00:00:01"


def test_a_fault_is_a_large_red_line_until_it_is_seen(window: Window) -> None:
    alarm = header(window).alarm
    sounds: list[int] = []
    alarm.sound = lambda: sounds.append(1)
    alarm.give(Alarm("fault", "FAULT: engine 'booth' is gone"))
    assert (alarm.isVisible(), alarm.frame.property("tone")) == (True, "fault")
    window.wait_for(lambda: len(sounds) == alarm.SOUNDS, "for the sounds")
    window.click(alarm.dismiss)
    assert not alarm.isVisible()


def test_in_manual_mode_a_click_chooses_the_next_trial(window: Window) -> None:
    start(window)
    strip = header(window).strip
    window.click(strip.manual)
    window.wait_for(lambda: strip.waits.isVisible(), "for the first trial that waits")
    assert list(strip.types) == ["go", "nogo", "remind"]
    window.click(strip.types["remind"])
    window.wait_for(lambda: any(row["manual"] for row in window.console.rows.trials), "for the trial")
    chosen = next(row for row in window.console.rows.trials if row["manual"])
    assert chosen["trial_type"] == "remind"
    window.click(strip.manual)
    window.wait_for(lambda: window.console.get("training")["mode"] == "automatic", "for the rule to go on")
    stop(window)


def test_stop_after_trial_is_shown_and_can_be_taken_back(window: Window) -> None:
    start(window)
    button = window.button("stop_after_trial")
    flags = window.console
    window.wait_for(lambda: flags.get("flags", {}).get("trial_active"), "for a trial")
    window.click(button)
    window.wait_for(lambda: window.console.get("stopping_after_trial"), "for the wish")
    window.click(button)
    # Either it was in time, or the trial had ended.
    window.wait_for(
        lambda: not window.console.get("stopping_after_trial") or window.console.get("condition") == "open", "for it"
    )


def test_the_next_start_offers_to_continue_the_last_session(window: Window) -> None:
    first = start(window)
    window.wait_for(lambda: window.console.rows.n_trials >= 1, "for a trial")
    stop(window)
    second = start(window, go_on=True)
    stop(window)
    (later,) = continuations(Path(first))
    assert later["recording"] == second
    with psi.open_recording(second) as recording:
        assert recording.documents["provenance"]["continues"]["recording"] == first
        (totals,) = recording.audit[recording.audit["what"] == "totals"]["info"]
        assert totals["today"]["recordings"] == 2


def test_many_outputs_stand_below_more(window: Window) -> None:
    outputs = [
        {"name": f"valve_{number}", "label": "", "actions": ["fire", "prime", "stop"], "duration": 0.1}
        for number in range(6)
    ]
    window.console.state = {**window.console.state, "outputs": outputs}
    view: ByHandView = header(window).by_hand
    view.show_state(True)
    assert len(view.lines) == 6
    window.wait_for(lambda: view.lines["valve_1"].isVisible(), "for the buttons")
    assert [name for name, line in view.lines.items() if line.isVisible()] == ["valve_0", "valve_1"]
    QTest.mouseClick(view.more, Qt.MouseButton.LeftButton)
    assert view.others.isVisible()
    window.wait_for(lambda: all(line.isVisible() for line in view.lines.values()), "for the others")
    view.others.hide()
