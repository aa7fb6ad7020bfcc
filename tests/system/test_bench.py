"""``psi bench`` in real processes: short, and nothing of it stays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = [sys.executable, "-m", "psi.application.cli", "bench"]


@pytest.mark.skipif(sys.platform == "win32", reason="draws without a display")
def test_the_consoles_figures_are_measured_and_nothing_is_left(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = place / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    done = subprocess.run(
        [*BENCH, "console", "--seconds", "2", "--json"], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {
        "startup_s", "startups_s", "cpu", "frames_per_s", "plots", "traces", "block_to_command", "seconds", "cores",
        "platform",
    }  # fmt: skip
    assert len(found["startups_s"]) == 3
    assert min(found["startups_s"]) <= found["startup_s"] <= max(found["startups_s"])
    assert found["cpu"] > 0
    assert found["frames_per_s"] > 0
    assert (found["plots"], found["traces"]) == (8, 23)
    assert found["platform"] == "offscreen"
    assert set(found["block_to_command"]) == {"console", "without"}
    for delays in found["block_to_command"].values():
        assert set(delays) == {"p50", "p99", "p999", "max", "n"}
        # Fifty edges a second, for two seconds at least.
        assert delays["n"] >= 90
        assert 0 < delays["p50"] <= delays["p99"] <= delays["p999"] <= delays["max"]
    assert list(temporary.iterdir()) == []
    assert {path.name for path in place.iterdir()} <= {"state", "temporary"}


@pytest.mark.parametrize("seconds", ["0", "nan", "-3"])
def test_a_time_too_short_to_measure_is_refused(place: Path, seconds: str) -> None:
    done = subprocess.run([*BENCH, "console", "--seconds", seconds], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("psi: error: --seconds: ")
    assert "give 1 or more" in line


def test_latencies_are_measured_from_the_block_and_from_the_edge(place: Path) -> None:
    done = subprocess.run(
        [*BENCH, "latency", "--seconds", "2", "--json"], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {
        "block_to_command", "edge_to_output", "floor", "lost", "ways", "console", "seconds", "cores", "platform",
    }  # fmt: skip
    for what, at_least in (("block_to_command", 100), ("edge_to_output", 40), ("floor", 100)):
        delays = found[what]
        assert 0 < delays["p50"] <= delays["p99"] <= delays["p999"] <= delays["max"]
        assert delays["n"] >= at_least
    assert found["lost"] == 0
    # Two rates meet in a block of 5 ms with a look-ahead of 5 ms.
    assert found["edge_to_output"]["longest"] == pytest.approx(10.105)
    assert {(way["event"], way["output"]) for way in found["ways"]} == {
        ("touch_rising", "click"), ("touch_rising", "light"), ("touch_falling", "light"),
    }  # fmt: skip
