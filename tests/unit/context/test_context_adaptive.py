"""Staircases, QUEST+ and blocks by themselves: how they move, when they end, what they find, how edits change them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from psi.context.adaptive_selectors import QuestPlusSelector, Staircase
from psi.context.blocks import BlockSelection, RecentResults
from psi.context.quest_plus import QuestPlusSelection, credible_interval
from psi.context.reversal_mean import mean_and_error
from psi.context.rows import RowSelection
from psi.context.selection import Selection
from psi.context.selectors import BlockSelector, CartesianProduct, Factor, SequenceSelector
from psi.context.staircase import StaircaseSelection, target_proportion
from psi.core.errors import ConfigurationError, RunFault
from psi.core.expressions import parse
from psi.models.adaptive import QuestPlusSettings, StaircaseSettings
from psi.models.ranges import Range
from psi.models.selectors import BlocksSettings, ProductSettings, SequenceSettings, SingleSettings


class Trial:
    """A trial that was answered; ``right`` is its one result."""

    def __init__(self, setting: dict[str, Any], right: Any) -> None:
        self.setting, self._values = setting, {**setting, "right": right}

    def value(self, name: str) -> Any:
        return self._values[name]

    def evaluate(self, expression: Any, symbols: Any = None) -> Any:
        return parse(expression).evaluate({**self._values, "len": len, **(symbols or {})})


def answer(selection: Selection, right: Any) -> Any:
    return selection.feedback(Trial(selection.next_setting(), right))


def levels(selection: Selection, answers: str) -> list[float]:
    """The levels at which these answers were given: ``'+'`` right, ``'-'`` wrong."""
    given = []
    for sign in answers:
        setting = selection.next_setting()
        given.append(setting["level"])
        selection.feedback(Trial(setting, sign == "+"))
    return given


def staircase(**rules: Any) -> StaircaseSelection:
    settings = {"item": "level", "correct": "right", "start": (50,), "steps": (4, 2), "limits": (0, 100)}
    return StaircaseSelection(StaircaseSettings(**{**settings, **rules}), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("n_up", "n_down", "weight", "expected"),
    [
        # Levitt 1971, table I.
        (1, 1, 1.0, 0.5),
        (1, 2, 1.0, 0.707),
        (1, 3, 1.0, 0.794),
        (1, 4, 1.0, 0.841),
        (2, 1, 1.0, 0.293),
        (3, 1, 1.0, 0.206),
        # Kaernbach 1991: up / (up + down).
        (1, 1, 3.0, 0.75),
        (1, 1, 1 / 3, 0.25),
        (2, 2, 1.0, 0.5),
    ],
)
def test_the_target_proportion_is_what_the_books_say(n_up: int, n_down: int, weight: float, expected: float) -> None:
    assert target_proportion(n_up, n_down, weight) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(
    ("rules", "answers", "expected"),
    [
        ({"n_down": 2}, "++++-", [50, 50, 46, 46, 42]),
        ({"n_down": 1}, "++-+", [50, 46, 42, 44]),  # the reversal halves the step
        ({"n_down": 1, "change_every": 2}, "+-+-", [50, 46, 50, 48]),
        ({"n_down": 3}, "++-+++", [50, 50, 50, 54, 54, 54]),  # a wrong answer ends the run
        ({"n_up": 2, "n_down": 1}, "+--+-", [50, 46, 46, 48, 46]),
        ({"n_down": 1, "weight": 3.0, "steps": (2,)}, "+-+", [50, 48, 54]),
        ({"n_down": 1, "harder": "higher"}, "++-", [50, 54, 58]),
        ({"n_down": 1, "limits": (45, 51), "steps": (4,)}, "++--", [50, 46, 45, 49]),
        ({"n_down": 1, "scale": "log", "start": (64,), "steps": (1,), "limits": (1, 100)}, "++-", [64, 32, 16]),
        ({"n_down": 1, "scale": "dB", "start": (1,), "steps": (20,), "limits": (0.001, 10)}, "++-", [1, 0.1, 0.01]),
        ({"n_down": 1, "start": (50, 80), "interleave": "alternate"}, "+++-+-", [50, 80, 46, 76, 42, 78]),
    ],
)
def test_a_track_moves_by_its_rule(rules: dict[str, Any], answers: str, expected: list[float]) -> None:
    assert levels(staircase(**rules), answers) == expected


def test_interleaved_tracks_move_by_themselves_and_end_by_themselves() -> None:
    chosen = staircase(start=(60, 40), n_down=1, steps=(2,), stop_reversals=4)
    while not chosen.complete:
        setting = chosen.next_setting()
        chosen.feedback(Trial(setting, setting["level"] > 50))
    found = chosen.result()
    assert [track["counted"] for track in found["tracks"]] == [4, 4]
    assert all(set(track["reversals"]) == {50, 52} for track in found["tracks"])
    assert (chosen.complete, found["threshold"], found["standard_error"]) == ("reversals", 51.0, 0.0)


def test_the_threshold_is_the_mean_of_pairs_of_the_reversals_that_count() -> None:
    chosen = staircase(n_down=1, steps=(8, 4), stop_reversals=5)
    assert levels(chosen, "+-++-+--+") == [50, 42, 46, 42, 38, 42, 38, 42, 46]
    # At 42 the step changes: that reversal does not count. Five count, the last four make two pairs.
    found = chosen.result()
    assert found["tracks"][0]["reversals"] == [42, 46, 38, 42, 38, 46]
    assert found["tracks"][0]["counted"] == 5
    assert found["threshold"] == pytest.approx((40 + 42) / 2)
    assert found["standard_error"] == pytest.approx(math.sqrt(2) / math.sqrt(2))
    assert chosen.complete == "reversals"


@pytest.mark.parametrize(
    ("rules", "reason"),
    [({"stop_trials": 7}, "trials"), ({"stop_reversals": 3}, "reversals"), ({"stop_precision": 1.0}, "precision")],
)
def test_a_staircase_ends_by_its_rule_and_its_result_stays(rules: dict[str, Any], reason: str) -> None:
    chosen = staircase(n_down=1, **rules)
    while not chosen.complete:
        setting = chosen.next_setting()
        chosen.feedback(Trial(setting, setting["level"] > 41))
    found = chosen.result()
    assert chosen.complete == reason
    assert answer(chosen, False) is None
    assert chosen.result() == found


@pytest.mark.parametrize("right", [None, "early"])
def test_a_trial_whose_answer_is_none_does_not_count_and_another_value_is_refused(right: Any) -> None:
    chosen = staircase()
    if right is None:
        assert answer(chosen, None) is None
        assert chosen.n_trials == 0
    else:
        with pytest.raises(RunFault, match="it must be True, False, or None"):
            answer(chosen, right)


def test_a_trial_in_which_the_item_was_not_roved_does_not_count() -> None:
    chosen = staircase()
    chosen.next_setting()
    assert chosen.feedback(Trial({}, True)) is None


def test_an_edit_keeps_levels_and_reversals_and_another_start_begins_anew() -> None:
    before = staircase(n_down=1)
    levels(before, "++-+")
    after = staircase(n_down=1, steps=(4, 1), limits=(0, 60))
    after.resume(before)
    assert after.next_setting()["level"] == before.next_setting()["level"] == 42
    assert after.result()["tracks"][0]["reversals"] == [42, 44]
    assert levels(after, "-")[0] == 42
    assert after.next_setting()["level"] == 43
    anew = staircase(n_down=1, start=(70,))
    anew.resume(before)
    assert anew.next_setting()["level"] == 70


def test_a_staircase_that_is_carried_over_goes_on_and_a_complete_one_begins_at_its_level() -> None:
    first = staircase(n_down=1, stop_reversals=2)
    levels(first, "++-")
    second = staircase(n_down=1, stop_reversals=2)
    second.restore(first.state())
    assert second.next_setting() == first.next_setting()
    assert levels(second, "+-") == [44, 42]
    assert second.complete
    third = staircase(n_down=1, stop_reversals=2)
    third.restore(second.state())
    assert (third.complete, third.next_setting()["level"]) == ("", second.result()["tracks"][0]["level"])
    with pytest.raises(ConfigurationError, match="kind 'quest_plus'"):
        third.restore({"kind": "quest_plus", "item": "level", "steps": []})


def test_correlated_values_are_worth_less_than_independent_ones() -> None:
    rng = np.random.default_rng(2)
    held = narrow = 0
    for _ in range(300):
        walk = [0.0]
        for noise in rng.normal(size=40):
            walk.append(0.7 * walk[-1] + noise)
        mean, error, half = mean_and_error([walk[1:21], walk[21:]])
        assert mean is not None
        assert error is not None
        assert half is not None
        held += abs(mean) <= half
        narrow += abs(mean) <= 2 * float(np.std(walk[1:], ddof=1)) / math.sqrt(40)
    # 95 % is what it says; the error that knows of no correlation holds 60 % here.
    assert narrow < 0.75 * 300 < 0.85 * 300 < held
    assert mean_and_error([]) == (None, None, None)
    assert mean_and_error([[3.0], []]) == (3.0, None, None)


# -- QUEST+ --------------------------------------------------------------------------------------


GRIDS = {"levels": tuple(range(0, 61, 3)), "thresholds": tuple(range(0, 61, 3)), "slopes": (1, 2, 4)}


def quest(**rules: Any) -> QuestPlusSelection:
    return QuestPlusSelection(QuestPlusSettings(**{"item": "level", "correct": "right", **GRIDS, **rules}))


def work(chosen: Selection, threshold: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    while not chosen.complete:
        setting = chosen.next_setting()
        rest = math.exp(-(10 ** (2 * (setting["level"] - threshold) / 20)))
        chosen.feedback(Trial(setting, bool(rng.random() < 1 - 0.5 * rest)))


def test_quest_plus_finds_a_threshold_as_the_library_by_itself_does() -> None:
    import questplus

    chosen = quest(alternatives=2, lapses=(0, 0.02), stop_trials=60)
    work(chosen, 32, 3)
    found = chosen.result()
    low, high = found["threshold_interval_95"]
    assert low < found["threshold"] < high
    assert low < 32 < high
    assert (found["guess"], found["guess_interval_95"]) == (0.5, [0.5, 0.5])
    peer = questplus.QuestPlus(
        stim_domain={"intensity": GRIDS["levels"]},
        param_domain={
            "threshold": GRIDS["thresholds"], "slope": GRIDS["slopes"], "lower_asymptote": 0.5, "lapse_rate": (0, 0.02),
        },
        outcome_domain={"response": ["yes", "no"]}, func="weibull", stim_scale="dB",
    )  # fmt: skip
    for step in chosen.state()["steps"]:
        assert peer.next_stim == {"intensity": step["level"]}
        peer.update(stim={"intensity": step["level"]}, outcome={"response": "yes" if step["correct"] else "no"})
    assert peer.param_estimate["threshold"] == pytest.approx(found["threshold"])
    assert peer.param_estimate["lapse_rate"] == pytest.approx(found["lapse"])


def test_quest_plus_in_a_yes_no_task_finds_the_guess_rate_too() -> None:
    chosen = quest(guesses=(0, 0.1, 0.2), stop_trials=5)
    work(chosen, 30, 1)
    low, high = chosen.result()["guess_interval_95"]
    assert 0 <= low < high <= 0.2


def test_quest_plus_stops_when_it_is_precise() -> None:
    chosen = quest(alternatives=2, stop_precision=6.0)
    work(chosen, 30, 2)
    low, high = chosen.result()["threshold_interval_95"]
    assert chosen.complete == "precision"
    assert (high - low) / 2 <= 6.0


def test_an_edit_of_the_grids_takes_every_answer_again() -> None:
    before = quest(alternatives=2, stop_trials=50)
    for _ in range(10):
        answer(before, True)
    after = quest(alternatives=2, stop_trials=50, thresholds=tuple(range(-20, 61, 2)))
    after.resume(before)
    assert after.n_trials == 10
    assert after.result()["threshold"] != 20
    carried = quest(alternatives=2, stop_trials=50)
    carried.restore(before.state())
    assert carried.result() == before.result()
    assert (carried.n_trials, carried.complete) == (0, "")


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        ([3.0], [1.0], (3.0, 3.0)),
        ([0.0, 1.0, 2.0], [0.0, 1.0, 0.0], (0.525, 1.475)),
        ([0.0, 10.0], [1.0, 0.0], (0.125, 4.875)),
        ([0.0, 10.0], [1.0, 1.0], (0.25, 9.75)),
    ],
)
def test_a_credible_interval_holds_95_percent(
    values: Sequence[float], weights: Sequence[float], expected: tuple[float, float]
) -> None:
    assert credible_interval(values, weights) == pytest.approx(expected)


# -- blocks --------------------------------------------------------------------------------------


def blocks(**rules: Any) -> BlockSelection:
    loud = SequenceSettings(items=("level",), rows=((60,), (70,), (80,)))
    soft = SingleSettings(values={"level": 20})
    settings = BlocksSettings(blocks={"loud": loud, "soft": soft}, **rules)
    rng = np.random.default_rng(5)
    parts = {name: RowSelection(block, rng) for name, block in settings.blocks.items()}
    return BlockSelection(settings, parts, rng, frozenset({"right"}))


@pytest.mark.parametrize(
    ("rules", "answers", "expected"),
    [
        ({"trials": 2}, "+-+-++", [60, 70, 20, 20, 80, 60]),  # a block goes on in its own cycle
        ({"until": "streak >= 2", "correct": "right"}, "+-++-++", [60, 70, 80, 60, 20, 20, 20]),
        ({"until": "correct_rate(2) > 0.9", "correct": "right"}, "-++--++", [60, 70, 80, 20, 20, 20, 20]),
        ({"until": "correct_rate(1) == 1", "correct": "right", "min_trials": 3}, "++++", [60, 70, 80, 20]),
        ({"until": "streak == 9", "correct": "right", "trials": 3}, "----", [60, 70, 80, 20]),
        ({"until": "recent('right', 2) == [True, True]"}, "+-++-", [60, 70, 80, 60, 20]),
        ({"until": "trials == 1"}, "+++", [60, 20, 70]),
    ],
)
def test_blocks_take_turns(rules: dict[str, Any], answers: str, expected: list[float]) -> None:
    assert levels(blocks(**rules), answers) == expected


def test_the_length_of_a_block_may_be_drawn() -> None:
    chosen = blocks(trials=2, jitter=3)
    given = levels(chosen, "+" * 400)
    lengths = [len(list(group)) for group in _runs([level == 20 for level in given])][:-1]
    assert set(lengths) == {2, 3, 4, 5}


def _runs(values: list[bool]) -> list[list[bool]]:
    runs: list[list[bool]] = []
    for value in values:
        if runs and runs[-1][-1] == value:
            runs[-1].append(value)
        else:
            runs.append([value])
    return runs


def test_blocks_are_complete_after_their_cycles_and_can_be_carried_over() -> None:
    chosen = blocks(trials=2, cycles=2)
    levels(chosen, "+" * 7)
    assert not chosen.complete
    later = blocks(trials=2, cycles=2)
    later.restore(chosen.state())
    assert later.block == chosen.block == "soft"
    levels(chosen, "+")
    assert chosen.complete == "cycles"


def test_an_edit_of_one_block_leaves_the_place() -> None:
    before = blocks(trials=4)
    levels(before, "++++++")
    after = blocks(trials=4)
    after.resume(before)
    assert after.block == "soft"
    assert levels(after, "+++") == [20, 20, 70]


def test_recent_results_are_nan_before_there_are_enough() -> None:
    results = RecentResults()
    results.add(Trial({}, True), True, frozenset({"right"}))
    found = results.symbols()
    assert math.isnan(found["correct_rate"](2))
    assert (found["correct_rate"](1), found["recent"]("right", 5), found["trials"]) == (1.0, [True], 1)
    with pytest.raises(ValueError, match="1 or more"):
        found["correct_rate"](0)


# -- declarations and settings -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"start": 0, "stop": 0.3, "step": 0.1}, (0, 0.1, 0.2, 0.3)),
        ({"start": 80, "stop": 50, "step": 10}, (80, 70, 60, 50)),
        ({"start": 0, "stop": 5, "step": 2}, (0, 2, 4)),
        ({"start": 1, "stop": 5, "n": 3}, (1, 3, 5)),
        ({"start": 1000, "stop": 8000, "step": 1, "spacing": "log"}, (1000, 2000, 4000, 8000)),
        ({"start": 1000, "stop": 4000, "n": 5, "spacing": "log"}, (1000, 1414.21356237, 2000, 2828.42712475, 4000)),
        ({"start": 1, "stop": 0.01, "step": 20, "spacing": "dB"}, (1, 0.1, 0.01)),
        ({"start": 3, "stop": 3, "n": 1}, (3,)),
    ],
)
def test_a_range_has_these_values(fields: dict[str, Any], expected: tuple[float, ...]) -> None:
    assert Range(**fields).values() == expected


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"start": 0, "stop": 1}, "n or step"),
        ({"start": 0, "stop": 1, "n": 2, "step": 1}, "n or step"),
        ({"start": 0, "stop": 1, "step": 0}, "greater than 0"),
        ({"start": 0, "stop": 1, "n": 3, "spacing": "log"}, "ends above 0"),
        ({"start": 0, "stop": 1e9, "step": 1e-3}, "at most 10000 values"),
        ({"start": 0, "stop": 1, "n": 1}, "n = 1 has one end"),
    ],
)
def test_an_impossible_range_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Range(**fields)


def test_declarations_give_these_settings() -> None:
    product = CartesianProduct(name="go", order="nested")
    Factor(parent=product, item="frequency", start=1000, stop=4000, step=1, spacing="log")
    Factor(parent=product, item="level", values=[20, "threshold + 10"], order="shuffled")
    settings = product.settings()
    assert settings.items == ("frequency", "level")
    assert settings.rows[:3] == ((1000, 20), (1000, "threshold + 10"), (2000, 20))
    assert ProductSettings.model_validate(settings.model_dump(mode="json")) == settings

    reversal = BlockSelector(name="sides", trials=20)
    SequenceSelector(parent=reversal, name="left", items=["side"], rows=[-1])
    SequenceSelector(parent=reversal, name="right", items=["side"], rows=[1])
    assert list(reversal.settings().blocks) == ["left", "right"]
    assert reversal.start(np.random.default_rng(0), reversal.settings()).next_setting() == {"side": -1}

    track = Staircase(name="t", item="x", correct="r", start_level=5, steps=[1], limits=[0, 9]).settings()
    assert (track.start, track.skipped, track.stop_trials) == ((5,), 0, None)
    grid = {"start": 0, "stop": 4, "n": 5}
    declared = QuestPlusSelector(name="q", item="x", correct="r", levels=grid, thresholds=[1, 2], slopes=3)
    assert (declared.settings().levels, declared.settings().slopes) == ((0, 1, 2, 3, 4), (3,))


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        (CartesianProduct(name="p"), "selector 'p' factors"),
        (CartesianProduct(name="p", order="nestd"), "did you mean 'nested'"),
        (BlockSelector(name="b", trials=3), "selector 'b' blocks"),
        (SequenceSelector(name="s", rows=[1], items=["x"], per_block=2), "per_block is for the order 'blocked'"),
        (Staircase(name="t"), "selector 't' item"),
        (Staircase(name="t", item="x", correct="r", start_level=5, steps=[1], limits=[9, 0]), "the first is the lower"),
        (Staircase(name="t", item="x", correct="r", start_level=5, steps=[1], limits=[0, 9], scale="dB"), "above 0"),
        (QuestPlusSelector(name="q", item="x", correct="r", levels=[1], thresholds=[1], slopes=[0]), "above 0"),
        (QuestPlusSelector(name="q", item="x", correct="r", levels=[1], thresholds=[1]), "slopes: is missing"),
        (
            QuestPlusSelector(name="q", item="x", correct="r", levels=[1], thresholds=[1], slopes=[1], lapses=[0.9]),
            "lapses are proportions",
        ),
    ],
)
def test_a_wrong_declaration_is_refused_by_name(selector: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        selector.settings()
    assert "selector" in str(caught.value)
