"""The same documents give the same tables, bit for bit, at any speed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tables

from psi.testing import ScriptedSession


def run(folder: Path, **options):
    options = {"trials": 8, "seed": 11, **options}
    return ScriptedSession("appetitive_gonogo", "simulated", folder, **options)


def raw_tables(folder: Path) -> dict[str, bytes]:
    """Every array under /trials and /events, as bytes."""
    (file,) = folder.glob("*.h5")
    with tables.open_file(str(file)) as h5:
        return {
            node._v_pathname: node.read().tobytes()
            for group in ("/trials", "/events")
            for node in h5.walk_nodes(group, "Leaf")
        }


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run(tmp_path / name).run().close()
    first = raw_tables(tmp_path / "a")
    assert first == raw_tables(tmp_path / "b")
    assert sum(len(data) for data in first.values()) > 1000


def test_speed_changes_nothing(tmp_path: Path) -> None:
    run(tmp_path / "max", trials=2).run().close()
    run(tmp_path / "paced", trials=2, speed=200.0).run().close()
    assert raw_tables(tmp_path / "max") == raw_tables(tmp_path / "paced")


def test_another_seed_gives_another_session(tmp_path: Path) -> None:
    with run(tmp_path / "a").run() as first, run(tmp_path / "b", seed=12).run() as second:
        assert not first.events.equals(second.events)


def test_a_recordings_own_task_runs_it_again(tmp_path: Path) -> None:
    with run(tmp_path / "a", sets=["hold_duration=0.15"]).run() as first:
        task = Path(first.path).parent / "task.json" if Path(first.path).is_file() else Path(first.path) / "task.json"
        again = ScriptedSession("appetitive_gonogo", "simulated", tmp_path / "b", seed=None, task_file=task)
        with again.run() as second:
            pd.testing.assert_frame_equal(first.trials, second.trials)
            pd.testing.assert_frame_equal(first.events, second.events)


@pytest.mark.parametrize("rate", [44100.0, 25e3])
def test_block_sizes_that_do_not_divide_lose_nothing(tmp_path: Path, rate: float) -> None:
    session = ScriptedSession(
        "record", "simulated_array", tmp_path / "r", duration=0.5, rig_sets=[f"fs={rate}", "block_duration=0.007"]
    )
    with session.run() as recording:
        raw = recording.streams["raw_signal"]
        assert raw.fs == rate
        # the last whole block that ends by the duration, to the sample
        assert raw.shape[0] == int(np.floor(np.round(0.504 * rate, 6)))
