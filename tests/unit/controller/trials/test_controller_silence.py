"""Engines that fall silent: when it is noticed, and when it is over."""

from __future__ import annotations

import math

import pytest

from psi.controller.trials.silence import SilenceChange, SilenceWatch, silence_limit


def test_an_engine_that_was_started_and_gives_nothing_is_silent() -> None:
    watch = SilenceWatch({"card": 0.5})
    assert watch.look(100.0) == []
    watch.begin(100.0)
    assert watch.look(100.5) == []
    assert watch.look(100.6) == [SilenceChange("card", True, pytest.approx(0.6))]
    assert watch.look(101.0) == []
    assert watch.silent == {"card": pytest.approx(1.0)}


def test_one_that_goes_on_is_heard_again_and_says_for_how_long_it_was_not() -> None:
    watch = SilenceWatch({"card": 0.5, "box": 0.5})
    watch.begin(0.0)
    watch.heard("card", 2.0)
    watch.heard("box", 2.9)
    assert [change.engine for change in watch.look(3.0)] == ["card"]
    watch.heard("card", 5.0)
    watch.heard("box", 5.0)
    assert watch.look(5.1) == [SilenceChange("card", False, 3.0)]
    assert watch.silent == {}
    assert watch.look(5.2) == []


def test_one_that_stops_again_is_noticed_again_however_short_it_went_on() -> None:
    watch = SilenceWatch({"card": 0.5})
    watch.begin(0.0)
    assert watch.look(1.0) == [SilenceChange("card", True, 1.0)]
    watch.heard("card", 1.2)
    assert watch.look(1.3) == [SilenceChange("card", False, pytest.approx(1.2))]
    assert watch.look(2.0) == [SilenceChange("card", True, pytest.approx(0.8))]
    # A few samples, and nobody looked meanwhile.
    watch.heard("card", 2.5)
    assert watch.look(4.0) == [
        SilenceChange("card", False, pytest.approx(1.3)),
        SilenceChange("card", True, pytest.approx(1.5)),
    ]
    assert watch.silent == {"card": pytest.approx(1.5)}


def test_samples_before_the_start_was_said_count() -> None:
    watch = SilenceWatch({"card": 0.5})
    watch.heard("card", 0.3)
    watch.begin(0.2)
    assert watch.look(0.75) == []


@pytest.mark.parametrize(
    ("block_duration", "fastest", "limit"),
    [(0.01, 25e3, 0.5), (0.4, 25e3, 0.8), (0.01, 1.0, 2.0), (0.01, 0.0, math.inf)],
)
def test_the_limit_goes_with_what_an_engine_can_give(block_duration: float, fastest: float, limit: float) -> None:
    assert silence_limit(block_duration, fastest) == limit
