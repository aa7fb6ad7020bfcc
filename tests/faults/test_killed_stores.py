"""Stores that are killed with SIGKILL, at random and aimed into what they do: nothing is lost, nothing doubled."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

#: The fixtures of this folder.
Runs = Callable[..., Any]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")

#: Kills of one recording's stores.
PER_RUN = 5

KILLS = pytest.mark.parametrize("kills", [5, pytest.param(200, marks=pytest.mark.long)])

#: What a store does, by the points at which it may be killed; the greatest number of the pass.
POINTS = {
    "append": 6, "flush": 4, "fsync": 4, "commit": 3, "committed": 3, "counters": 5,
    "part": 1, "part committed": 1, "close": 1, "closed": 1,
}  # fmt: skip
JOINING = {"join copy": 6, "join sync": 1, "join replace": 1, "join clean": 1}


@KILLS
def test_stores_killed_at_random_moments(kept_run: Runs, figures: Runs, rng: np.random.Generator, kills: int) -> None:
    said = figures("store, at random")
    while said.kills < kills:
        run = kept_run()
        for _ in range(PER_RUN):
            run.wait_until(run.is_open, "an open part")
            blocks = run.feeder.blocks + int(rng.integers(1, 120))
            run.wait_until(lambda run=run, blocks=blocks: run.feeder.blocks >= blocks, "some blocks")
            run.kill()
        run.end()
        said.kills += run.deaths
        said.look(run.folder, run.feeder.blocks)
    said.assert_nothing_lost()


@KILLS
def test_stores_killed_in_the_middle_of_a_burst(
    kept_run: Runs, burst_killer: Runs, figures: Runs, rng: np.random.Generator, kills: int
) -> None:
    said = figures("store, within a burst")
    while said.kills < kills:
        run = kept_run()
        killer = burst_killer(run.rings.control, rng)
        for _ in range(PER_RUN):
            run.wait_until(run.is_open, "an open part")
            deaths = run.deaths
            shot = killer.shoot(run.keeper.store.pid)
            run.wait_until(lambda run=run, deaths=deaths: run.deaths > deaths, "another store")
            shot.join()
        run.end()
        said.kills += run.deaths
        said.look(run.folder, run.feeder.blocks)
    said.assert_nothing_lost()


@KILLS
def test_stores_killed_at_each_step_of_their_work(
    kept_run: Runs, figures: Runs, rng: np.random.Generator, kills: int
) -> None:
    said = figures("store, flush, fsync, commit, part change, close")
    points = itertools.cycle(POINTS)
    while said.kills < kills:
        aims = list(itertools.islice(points, PER_RUN))
        ends = [aim for aim in aims if aim.startswith("close")]
        aims = [aim for aim in aims if aim not in ends] + ends
        run = kept_run([{"PSI_KILL_AT": f"{aim}:{rng.integers(1, POINTS[aim] + 1)}"} for aim in aims])
        n_before = len(aims) - len(ends)
        run.wait_until(lambda run=run, n=n_before: run.deaths >= n, "all kills but those at the end")
        run.end()
        assert run.deaths == len(aims)
        said.kills += run.deaths
        said.look(run.folder, run.feeder.blocks)
    said.assert_nothing_lost()


@KILLS
def test_stores_killed_while_their_parts_are_joined(
    kept_run: Runs, figures: Runs, rng: np.random.Generator, kills: int
) -> None:
    said = figures("joining, copy, fsync, replace, clean")
    points = itertools.cycle(JOINING)
    while said.kills < kills:
        aim = next(points)
        run = kept_run([{}, {"PSI_KILL_AT": f"{aim}:{rng.integers(1, JOINING[aim] + 1)}"}])
        blocks = int(rng.integers(1, 60))
        run.wait_until(lambda run=run, blocks=blocks: run.feeder.blocks >= blocks, "some blocks")
        run.kill()
        run.end()
        said.kills += 1
        said.look(run.folder, run.feeder.blocks)
    said.assert_nothing_lost()


def test_what_happened_is_told_and_recorded(kept_run: Runs) -> None:
    import psi

    run = kept_run()
    run.wait_until(lambda: run.rings.control.committed_rows > 0, "a part that holds something")
    run.kill()
    run.end()
    assert "the store died (SIGKILL); another goes on from the rings, in part 2; nothing is lost" in run.told
    assert f"the parts of the recording were joined; {run.folder} is whole" in run.told
    assert sorted(path.name for path in run.folder.iterdir()) == ["recording.h5", "rig.json"]
    with psi.open_recording(run.folder) as recording:
        (row,) = recording.audit.to_dict("records")
        assert (row["what"], row["name"], row["who"]) == ("restart", "store", "store")
        assert row["info"]["part"] == 2
        assert 0 <= row["info"]["streams"]["fast"] <= row["time"] * 20_000
        assert recording.finish_reason == "duration"


def test_a_store_that_dies_again_and_again_is_given_up(kept_run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psi.application.store_keeper.StoreKeeper.MOST_DEATHS", 2)
    run = kept_run([{"PSI_KILL_AT": "part"}] * 4)
    run.wait_until(lambda: run.keeper.over, "the end", feed=False)
    assert "for the 3th time within 60 s" in run.keeper.error
    assert "the store died (SIGKILL), for the" in run.rings.control.store_message
