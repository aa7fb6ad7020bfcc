import math

import pytest

from psi.application.speed import parse_speed
from psi.core.errors import ConfigurationError


@pytest.mark.parametrize(("text", "speed"), [("max", math.inf), (" MAX ", math.inf), ("20", 20.0), ("0.5", 0.5)])
def test_a_speed_is_a_factor_or_max(text, speed):
    assert parse_speed(text) == speed


@pytest.mark.parametrize("text", ["", "fast", "0", "-1", "nan", "inf", "1x", "2,5"])
def test_what_is_no_speed_is_refused_with_what_is_allowed(text):
    with pytest.raises(ConfigurationError, match=r"--speed: .* is no speed; give a number above 0 .* or 'max'"):
        parse_speed(text)
