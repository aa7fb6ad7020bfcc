"""Events become marks and bands, each once, and those of another run do not stay."""

from types import SimpleNamespace
from typing import Any

from psi.plots.marks import Band, Mark, Marks

STATE = {
    "machine": [{"name": "waiting"}, {"name": "hold", "color": "blue"}, {"name": "reward", "color": "orange"}],
    "outputs": [{"name": "target"}],
}


def event(name: str, time: float, source: str = "logic") -> dict[str, Any]:
    return {"kind": "event", "name": name, "time": time, "source": source, "sample": -1}


class Rows(SimpleNamespace):
    """Rows of a run, of which only the last ``kept`` stay."""

    def __init__(self, run_id: str = "a", kept: int = 1000) -> None:
        super().__init__(run_id=run_id, events=[], n_events=0, trials=[], n_trials=0, kept=kept)

    def add(self, *events: dict[str, Any]) -> None:
        self.events = [*self.events, *events][-self.kept :]
        self.n_events += len(events)


def test_a_state_with_a_colour_is_a_band_that_grows_until_it_ends() -> None:
    marks, rows = Marks(), Rows()
    rows.add(event("waiting_start", 0.0), event("waiting_end", 1.0), event("hold_start", 1.0))
    assert marks.refresh(STATE, rows)
    (band,) = marks.bands_in(0.0, 10.0)
    assert (band.state, band.color, band.start) == ("hold", "blue", 1.0)
    rows.add(event("hold_end", 1.2), event("reward_start", 1.2), event("reward_end", 1.2))
    assert marks.refresh(STATE, rows)
    assert marks.bands_in(0.0, 10.0) == [Band("hold", "blue", 1.0, 1.2), Band("reward", "orange", 1.2, 1.2)]
    assert marks.entered == {"waiting": 0.0, "hold": 1.0, "reward": 1.2}
    assert not marks.refresh(STATE, rows)


def test_events_of_inputs_and_outputs_are_marks_and_those_of_the_logic_are_not() -> None:
    marks, rows = Marks(), Rows()
    rows.add(
        event("nose_poke_rising", 1.0, "nose_poke"),
        event("trial_start", 1.0),
        event("experiment_start", 1.0, ""),
        event("target_start", 1.1, "target"),
        event("nose_poke_falling", 1.5, "nose_poke"),
    )
    marks.refresh(STATE, rows)
    assert marks.marks_in(0.9, 1.2) == [
        Mark("nose_poke_rising", 1.0, output=False, ends=False),
        Mark("target_start", 1.1, output=True, ends=False),
    ]
    assert [mark.ends for mark in marks.marks_in(1.2, 2.0)] == [True]


def test_events_that_were_not_kept_are_missing_and_nothing_comes_twice() -> None:
    marks, rows = Marks(), Rows(kept=3)
    rows.add(*(event("nose_poke_rising", float(n), "nose_poke") for n in range(10)))
    marks.refresh(STATE, rows)
    rows.add(event("nose_poke_rising", 10.0, "nose_poke"))
    marks.refresh(STATE, rows)
    assert [mark.time for mark in marks.marks] == [7.0, 8.0, 9.0, 10.0]


def test_another_run_begins_without_the_marks_of_the_one_before() -> None:
    marks, rows = Marks(), Rows("a")
    rows.add(event("hold_start", 5.0), event("nose_poke_rising", 5.0, "nose_poke"))
    marks.refresh(STATE, rows)
    again = Rows("b")
    assert marks.refresh(STATE, again)
    assert not marks.bands
    assert not marks.marks


def test_only_the_last_while_is_kept() -> None:
    marks, rows = Marks(keep=60.0), Rows()
    for start in range(0, 600, 10):
        rows.add(event("hold_start", float(start)), event("hold_end", start + 1.0))
    marks.refresh(STATE, rows)
    assert marks.bands[0].start >= 590 - 60 - 10
