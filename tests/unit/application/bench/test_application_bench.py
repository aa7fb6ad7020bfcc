"""The parts of ``psi bench`` that need no processes, or one that fails."""

import json
from pathlib import Path

import numpy as np
import pytest

from psi.application import cli
from psi.application.bench import console as bench_console
from psi.application.bench import latency as bench_latency
from psi.application.bench.delays import summary
from psi.application.bench.launched import launched
from psi.application.bench.plan import WindowPlan
from psi.core.errors import RunFault

FOUND = {
    "startup_s": 1.25,
    "startups_s": [1.2, 1.25, 1.5],
    "cpu": 0.125,
    "frames_per_s": 30.5,
    "plots": 8,
    "traces": 23,
    "block_to_command": {
        "console": {"p50": 0.5, "p99": 1.5, "p999": 2.5, "max": 3.5, "n": 1000},
        "without": {"p50": None, "p99": None, "p999": None, "max": None, "n": 0},
    },
    "seconds": 20.0,
    "cores": 2,
    "platform": "offscreen",
}


def test_delays_are_summed_up_in_milliseconds():
    delays = np.arange(1, 1001) * 1e-6
    assert summary(delays) == {"p50": 0.5005, "p99": 0.99, "p999": 0.999, "max": 1.0, "n": 1000}
    assert summary(delays[:0]) == {"p50": None, "p99": None, "p999": None, "max": None, "n": 0}


def test_the_table_has_the_goals_beside_the_figures():
    table = bench_console.table(FOUND)
    for words in ("1.25  ≤ 2\n", "0.12  ≤ 0.25\n", "30.5  30\n", "8 (23)  8\n", "3.500      1000\n", "2 cores"):
        assert words in table


@pytest.mark.parametrize("as_json", [True, False])
def test_what_was_measured_is_printed(as_json, monkeypatch, capsys):
    monkeypatch.setattr(bench_console, "measure", lambda seconds: FOUND | {"seconds": seconds})
    assert cli.main(["bench", "console", "--seconds", "3", *(["--json"] if as_json else [])]) == 0
    said = capsys.readouterr().out
    assert json.loads(said)["seconds"] == 3 if as_json else "3 s of each run" in said


LATENCY = {
    "block_to_command": {"p50": 0.125, "p99": 0.5, "p999": 1.5, "max": 2.5, "n": 3000},
    "edge_to_output": {"p50": 7.5, "p99": 10.0, "p999": 10.0, "max": 15.1, "n": 1500, "longest": 10.105, "late": 1},
    "floor": {"p50": 0.025, "p99": 0.125, "p999": 0.25, "max": 0.5, "n": 12000},
    "lost": 0,
    "ways": [
        {
            "event": "touch_rising", "sensor": "ai1", "output": "click", "filtering": 0.002, "debouncing": 0.0001,
            "block": 0.005, "look_ahead": 0.005, "total": 0.0121,
        }
    ],
    "console": {},
    "seconds": 60.0,
    "cores": 2,
    "platform": "offscreen",
}  # fmt: skip


def test_the_table_of_latencies_has_the_floor_beside_them_and_the_whole_way():
    table = bench_latency.table(LATENCY)
    for words in (
        "is 4.0 times the floor's (goal ≤ 5)",
        "1 of 1500 later than one block",
        "lost: 0",
        # With what software takes: 2 + 0.1 + 5 + 0.5 + 5 ms.
        "12.600\n",
        "nothing drawn",
    ):
        assert words in table
    drawn = LATENCY | {"console": {"plots": 8, "traces": 23, "frames_per_s": 30.0, "cpu": 0.2}}
    assert "a window with 8 plots on offscreen" in bench_latency.table(drawn)


def test_a_run_without_delays_has_a_table_too():
    none = {"p50": None, "p99": None, "p999": None, "max": None, "n": 0}
    empty = LATENCY | {"block_to_command": none, "floor": none}
    assert "goal ≤ 5" not in bench_latency.table(empty)


def test_bench_alone_lists_what_can_be_measured(capsys):
    assert cli.main(["bench"]) == 0
    said = capsys.readouterr().out
    assert "console" in said
    assert "latency" in said


def test_a_window_gets_its_plan_and_leaves_its_figures(tmp_path, monkeypatch):
    plan = WindowPlan(2.5, str(tmp_path / "figures.json"))
    for name, value in plan.environment().items():
        monkeypatch.setenv(name, value)
    assert WindowPlan.given() == plan
    assert plan.found() is None
    WindowPlan.given().leave({"cpu": 0.5})
    assert plan.found() == {"cpu": 0.5}


def test_a_launch_that_fails_says_why(place: Path):
    with (
        pytest.raises(RunFault, match="ended with status 2: psi: error: there is no paradigm 'nothing'"),
        launched(bench_console.WINDOW, "nothing", "simulated", 0.0),
    ):
        pytest.fail("it was not launched")
