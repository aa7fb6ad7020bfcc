"""``benchmarks/chains.py`` measures and says what it says it does, with its peer and without."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "chains.py"
SHORT = ("--seconds", "0.02", "--minutes", "2")


def measured(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, **environment},
    )


def figures(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_chain_is_measured_and_an_hour_leaves_nothing_behind() -> None:
    done = measured("--json", *SHORT)
    found, has_peer = figures(done), importlib.util.find_spec("psiaudio") is not None
    assert len(found["rows"]) == 5
    for row in found["rows"]:
        assert row["us_per_block"] > 0
        assert row["times_real_time"] == pytest.approx(1000 * row["block_ms"] / row["us_per_block"], rel=0.01)
        assert "×" in row["goal"]
        assert (row["ratio"] is not None) == has_peer
        if has_peer:
            assert row["ratio"] == pytest.approx(row["peer_us_per_block"] / row["us_per_block"], rel=0.01)
    assert ("psiaudio is not installed" in done.stderr) == (not has_peer)
    hour = found["hour"]
    assert hour["chain"] == found["rows"][0]["chain"]
    assert hour["blocks"] == 2 * 6000
    assert min(hour["first_minute_us_per_block"], hour["last_minute_us_per_block"]) > 0
    # 6000 blocks more than at the first look; whatever kept one object for each would show.
    assert hour["more_objects"] < 1000


def test_without_the_peer_its_figures_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "psiaudio.py").write_text("raise ImportError\n")
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    done = measured("--json", *SHORT, PYTHONPATH=path)
    assert {(row["peer_us_per_block"], row["ratio"]) for row in figures(done)["rows"]} == {(None, None)}
    assert "psiaudio is not installed: pip install psiaudio" in done.stderr
    said = measured(*SHORT, PYTHONPATH=path).stdout
    assert said.count(" | – | – | ") == 5


@pytest.mark.parametrize("options", [("--seconds", "0"), ("--minutes", "1")])
def test_too_short_a_measurement_is_refused(options: tuple[str, ...]) -> None:
    done = measured(*options)
    assert done.returncode == 2
    assert "--seconds must be above 0 and --minutes at least 2" in done.stderr
