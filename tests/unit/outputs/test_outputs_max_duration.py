"""How long a trigger may be high, as declared."""

from __future__ import annotations

from typing import Any

import pytest

from psi.outputs.output import Trigger


@pytest.mark.parametrize("longest", [None, 0.1, 5])
def test_a_limit_that_fits_is_taken(longest: Any) -> None:
    assert Trigger(name="water", duration=0.1, max_duration=longest).findings() == []


@pytest.mark.parametrize(
    ("longest", "message"),
    [
        (0, "max_duration = 0 of output 'water' is no time; give seconds above 0"),
        (-1.0, "max_duration = -1.0 of output 'water' is no time; give seconds above 0"),
        (float("nan"), "max_duration = nan of output 'water' is no time; give seconds above 0"),
        ("5 s", "max_duration = '5 s' of output 'water' is no time; give seconds above 0"),
        (True, "max_duration = True of output 'water' is no time; give seconds above 0"),
        (
            0.05,
            "output 'water' has a duration of 0.1 s, but a max_duration of 0.05 s; make one fit the other",
        ),
    ],
)
def test_a_limit_that_makes_no_sense_is_found(longest: Any, message: str) -> None:
    (finding,) = Trigger(name="water", duration=0.1, max_duration=longest).findings()
    assert finding.message == message
