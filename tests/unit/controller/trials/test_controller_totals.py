"""How long a line was high, and whose pulses it gave."""

from __future__ import annotations

import pytest

from psi.controller.dispatch.event import Event
from psi.controller.trials.stop_rules import Recent
from psi.controller.trials.totals import Earlier, Outlet


def play(outlet: Outlet, *edges: tuple[bool, float, int]) -> None:
    for high, time, sample in edges:
        outlet.edge(high, Event("x_start" if high else "x_end", time, sample))


@pytest.mark.parametrize(
    ("edges", "seconds"),
    [
        ([(True, 1.0, 1000), (False, 1.5, 1500)], 0.5),
        # two pulses that overlap are one time high
        ([(True, 1.0, 1000), (True, 1.2, 1200), (False, 1.5, 1500), (False, 1.7, 1700)], 0.7),
        # without samples the line ends once, whatever raised it
        ([(True, 1.0, -1), (True, 1.2, -1), (False, 1.7, -1)], 0.7),
        # one that was cut has ended before it began
        ([(False, 1.0, 1000)], 0.0),
        # one that goes on counts when it ends
        ([(True, 1.0, 1000)], 0.0),
    ],
)
def test_the_time_that_a_line_is_high_is_counted_once(edges: list[tuple[bool, float, int]], seconds: float) -> None:
    outlet = Outlet(per_pulse=0.0, per_second=0.1)
    outlet.pulse("trial")
    play(outlet, *edges)
    assert outlet.seconds["trial"] == pytest.approx(seconds)
    assert outlet.volume("trial") == pytest.approx(0.1 * seconds)


def test_hand_and_trial_are_counted_apart() -> None:
    outlet = Outlet(per_pulse=0.02, per_second=0.0)
    for by in ("trial", "hand", "trial"):
        outlet.pulse(by)
        play(outlet, (True, 1.0, -1), (False, 1.1, -1))
    assert outlet.pulses == {"trial": 2, "hand": 1}
    assert outlet.seconds == pytest.approx({"trial": 0.2, "hand": 0.1})
    assert (outlet.volume("trial"), outlet.volume("hand")) == pytest.approx((0.04, 0.02))
    assert outlet.calibrated
    assert not Outlet(0.0, 0.0).calibrated


def test_the_day_is_the_sum_of_its_recordings() -> None:
    assert Earlier(1, 10, 4, 0.5) + Earlier(2, 30, 9, 1.0) == Earlier(3, 40, 13, 1.5)


def test_a_share_of_too_few_trials_has_no_value() -> None:
    recent = Recent()
    for score in ("HIT", "MISS", "HIT"):
        recent.take({"score": score, "completed": True})
    for left_out in ({"reminder": True}, {"repeat": True}, {"aborted": True}, {"completed": False}):
        recent.take({"score": "MISS", "completed": True, **left_out})
    assert recent.share("HIT", 3) == pytest.approx(2 / 3)
    assert not recent.share("HIT", 4) >= 0
    with pytest.raises(ValueError, match="1 to 1000"):
        recent.share("HIT", 0)
