"""Outputs worked by hand during a run, and what the recording says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from psi.controller.run import Run
from psi.core.errors import ConfigurationError, RunFault
from psi.testing import ScriptedSession

WATER = "water_dispense_trigger"


def session(folder: Path, *steps: tuple[float, Callable[[Run], object]], rig: str = "simulated", **options: Any):
    """A session without trials of its own, in which each step is done at its time in s."""
    rigs = {"simulated": ("appetitive_gonogo", ["fs=20e3"]), "replay_ecg": ("beat_locked", [])}
    paradigm, rig_sets = rigs[rig]
    manifests = ["water_dispenser"] if rig == "simulated" else []
    options = {"duration": 6.0, "rig_sets": rig_sets, "manifests": manifests, **options}
    scripted = ScriptedSession(paradigm, rig, folder, **options)

    def script(run: Run) -> None:
        for time, step in steps:
            run.dispatcher.call_at(time, lambda step=step: step(run))

    return scripted.run(script)


def by_hand(recording: Any, name: str) -> Any:
    """The output rows of what was given by hand."""
    outputs = recording.outputs
    given = [info.get("by") == "console" for info in outputs["info"]]
    return outputs[given][lambda rows: rows["name"] == name]


def work(name: str, action: str, **settings: Any) -> Callable[[Run], None]:
    return lambda run: run.controls.work_output(name, action, **settings)


def refused(said: list[str], name: str, action: str, **settings: Any) -> Callable[[Run], None]:
    def ask(run: Run) -> None:
        with pytest.raises(ConfigurationError) as error:
            run.controls.work_output(name, action, **settings)
        said.append(str(error.value))

    return ask


def test_drops_are_one_command_and_a_row_each(tmp_path: Path) -> None:
    states: list[dict[str, Any]] = []

    def look(run: Run) -> None:
        states.append(run.controls.by_hand.state()[WATER])

    steps = [(1.0, work(WATER, "fire", duration=0.04, count=5, gap=0.16)), (1.5, look), (3.0, look)]
    with session(tmp_path / "r", *steps) as recording:
        drops = by_hand(recording, WATER)
        assert list(drops["time"]) == pytest.approx([1.0, 1.2, 1.4, 1.6, 1.8])
        assert [info["duration"] for info in drops["info"]] == [0.04] * 5
        commands = recording.audit[recording.audit["what"] == "command"]
        assert list(commands["name"]) == [f"{WATER}.fire"]
        assert list(commands["info"]) == [{"duration": 0.04, "count": 5, "gap": 0.16}]
        ends = recording.events[recording.events["name"] == f"{WATER}_end"]
        # The animal may earn some water later.
        assert list(ends["time"])[:5] == pytest.approx([1.04, 1.24, 1.44, 1.64, 1.84])
    assert states == [
        {"pulses": 3, "seconds": 0.12, "doing": "fire", "begun": 3, "count": 5},
        {"pulses": 5, "seconds": 0.2},
    ]


def test_drops_of_a_line_with_a_clock_are_timed_by_samples(tmp_path: Path) -> None:
    # Not one of the beats' own pulses may be among them.
    steps = [(1.0, work("beat_pulse", "fire", duration=0.002, count=50, gap=0.0101))]
    with session(tmp_path / "r", *steps, rig="replay_ecg", rig_sets=["threshold=9"]) as recording:
        drops = by_hand(recording, "beat_pulse")
        assert len(drops) == 50
        assert set(drops["sample"].diff().dropna()) == {121}
        assert set(drops["end_sample"] - drops["sample"]) == {20}


def test_a_second_command_is_refused_while_drops_are_given_and_stop_ends_them(tmp_path: Path) -> None:
    said: list[str] = []
    steps = [
        (1.0, work(WATER, "fire", duration=0.04, count=100, gap=0.16)),
        (1.5, refused(said, WATER, "fire")),
        (1.5, refused(said, WATER, "prime")),
        (1.5, work("food_dispense_trigger", "fire")),
        (1.61, work(WATER, "stop")),
        (1.62, work(WATER, "stop")),
        (3.0, work(WATER, "fire")),
    ]
    with session(tmp_path / "r", *steps) as recording:
        drops = by_hand(recording, WATER)
        assert list(drops["time"]) == pytest.approx([1.0, 1.2, 1.4, 1.6, 3.0])
        cut = recording.audit[recording.audit["what"] == "cut"]
        assert list(cut["name"]) == [WATER]
        assert cut["info"].iloc[0] == {"duration": 0.04, "played": pytest.approx(0.01), "left": 96}
    assert said == [f"{WATER}: pulse 3 of 100 is being given; stop it first, or wait"] * 2


def test_priming_holds_the_valve_open_until_stop(tmp_path: Path) -> None:
    said: list[str] = []
    steps = [(1.0, work(WATER, "prime")), (2.0, refused(said, WATER, "fire")), (2.5, work(WATER, "stop"))]
    with session(tmp_path / "r", *steps) as recording:
        (drop,) = by_hand(recording, WATER)["info"]
        assert drop["duration"] == 5.0
        ends = recording.events[recording.events["name"] == f"{WATER}_end"]
        assert ends["time"].iloc[0] == pytest.approx(2.5)
    assert said == [f"{WATER}: the line is being primed; stop it first, or wait"]


@pytest.mark.parametrize(
    ("action", "settings", "seconds"),
    [("prime", {}, 0.05), ("fire", {"duration": 0.1, "count": 100, "gap": 0.1}, 0.1)],
)
def test_the_end_of_the_run_closes_a_primed_valve_and_lets_the_last_drop_fall(
    tmp_path: Path, action: str, settings: dict[str, Any], seconds: float
) -> None:
    last: list[Run] = []
    steps = [(2.95, work(WATER, action, **settings)), (2.0, last.append)]
    with session(tmp_path / "r", *steps, duration=3.0) as recording:
        assert len(by_hand(recording, WATER)) == 1
    (run,) = last
    assert run.controls.by_hand.state()[WATER] == {"pulses": 1, "seconds": pytest.approx(seconds)}


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    said: list[str] = []
    steps = [
        (1.0, refused(said, WATER, "fire", duration=6, count=0, gap=-1)),
        (1.0, refused(said, WATER, "fire", duration="1", count=True, gap=float("inf"))),
        (1.0, refused(said, WATER, "fire", duration=10**400, count=10**400, gap=0)),
        (1.0, refused(said, WATER, "fire", duration=1, count=6, gap=0)),
        (1.0, refused(said, WATER, "prime", duration=5.1)),
        (1.0, refused(said, WATER, "prime", count=2)),
        (1.0, refused(said, "food_dispense_trigger", "prime", duration=10.1)),
        (1.0, refused(said, "room_light_toggle", "high", duration=1)),
    ]
    with session(tmp_path / "r", *steps, duration=2.0) as recording:
        assert "command" not in set(recording.audit["what"])
    assert said == [
        f"{WATER}: duration = 6 s is no length of a pulse; allowed is more than 0, up to 5 s\n"
        f"{WATER}: count = 0 is no number of pulses; allowed is 1 to 1000\n"
        f"{WATER}: gap = -1 s is no time between pulses; allowed is 0 to 3600 s",
        f"{WATER}: duration = '1' is no length of a pulse; allowed is more than 0, up to 5 s\n"
        f"{WATER}: count = True is no number of pulses; allowed is 1 to 1000\n"
        f"{WATER}: gap = inf s is no time between pulses; allowed is 0 to 3600 s",
        f"{WATER}: duration = {10**19} s is no length of a pulse; allowed is more than 0, up to 5 s\n"
        f"{WATER}: count = {10**400!r} is no number of pulses; allowed is 1 to 1000",
        f"{WATER}: 6 pulses of 1 s without a gap hold the line high for 6 s; allowed are 5 s: leave a gap",
        f"{WATER}: duration = 5.1 s is no length of a pulse; allowed is more than 0, up to 5 s",
        f"{WATER}: 'prime' takes no 'count'; it takes: duration",
        "food_dispense_trigger: duration = 10.1 s is no length of a pulse; allowed is more than 0, up to 10 s",
        "room_light_toggle: 'high' takes no 'duration'; it takes: nothing",
    ]


def test_nothing_is_begun_when_the_run_is_ending(tmp_path: Path) -> None:
    said: list[str] = []
    steps = [(1.0, lambda run: run.stop_request("stopped")), (1.0, refused(said, WATER, "fire"))]
    with session(tmp_path / "r", *steps) as recording:
        assert len(by_hand(recording, WATER)) == 0
    assert said == [f"{WATER}: the run is ending; work outputs when the rig is open again"]


def test_a_paradigm_that_asks_for_more_than_the_output_allows_ends_the_run_and_says_why(tmp_path: Path) -> None:
    def fire(run: Run) -> None:
        run.io.players[WATER].fire(duration=5.5)

    with pytest.raises(RunFault, match=rf"'{WATER}' was asked for a pulse of 5\.5 s; its max_duration is 5 s"):
        session(tmp_path / "r", (1.0, fire))
