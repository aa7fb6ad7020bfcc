"""What an item accepts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

from psi.models.items import ItemSpec

NUMBER = ItemSpec(name="level", unit="dB SPL", limits=(-math.inf, 120))
WHOLE = ItemSpec(name="count", dtype="int64", limits=(0, 10))
FLAG = ItemSpec(name="flag", dtype="bool")
SIDE = ItemSpec(name="side", dtype="text", choices=("left", "right"))
PITCH = ItemSpec(name="pitch", choices=(1000, 2000.0), unit="Hz")

ACCEPTED = [
    (NUMBER, 60, 60.0),
    (NUMBER, -math.inf, -math.inf),
    (NUMBER, np.float32(0.5), 0.5),
    (WHOLE, 3.0, 3),
    (WHOLE, np.int16(3), 3),
    (FLAG, True, True),
    (FLAG, 1, True),
    (FLAG, np.bool_(False), False),
    (SIDE, "left", "left"),
    (PITCH, 2000, 2000.0),
    (ItemSpec(name="x"), math.nan, math.nan),
    (ItemSpec(name="note", dtype="text"), "µ", "µ"),
]


@pytest.mark.parametrize(("spec", "value", "accepted"), ACCEPTED)
def test_a_value_is_accepted_as_the_python_value_of_its_dtype(spec, value, accepted):
    result = spec.accept(value)
    assert type(result) is type(accepted)
    assert result == accepted or (math.isnan(result) and math.isnan(accepted))
    assert spec.check(value) is None


REFUSED = [
    (NUMBER, 121, "item 'level' is 121 dB SPL; allowed is 120 dB SPL or less"),
    (NUMBER, math.nan, "item 'level' is nan dB SPL; allowed is 120 dB SPL or less"),
    (NUMBER, True, "item 'level' is True; it must be a number"),
    (NUMBER, "loud", "item 'level' is 'loud'; it must be a number"),
    (NUMBER, None, "item 'level' is None; it must be a number"),
    (NUMBER, [1], "item 'level' is [1]; it must be a number"),
    (NUMBER, 10**400, "item 'level' is too large for a 64-bit number"),
    (WHOLE, 1.5, "item 'count' is 1.5; it must be a whole number"),
    (WHOLE, math.inf, "item 'count' is inf; it must be a whole number"),
    (WHOLE, 11, "item 'count' is 11; allowed is 0 to 10"),
    (ItemSpec(name="n", dtype="int64"), 2**63, "item 'n' is too large for a 64-bit whole number"),
    (FLAG, 2, "item 'flag' is 2; it must be True or False"),
    (FLAG, "yes", "item 'flag' is 'yes'; it must be True or False"),
    (SIDE, "lft", "item 'side' is 'lft'; allowed are 'left', 'right'; did you mean 'left'?"),
    (SIDE, 1, "item 'side' is 1; it must be a text"),
    (PITCH, 1500, "item 'pitch' is 1500.0; allowed are 1000, 2000.0"),
]


@pytest.mark.parametrize(("spec", "value", "message"), REFUSED)
def test_a_value_is_refused_saying_what_is_allowed(spec, value, message):
    finding = spec.check(value, "x.enaml:3")
    assert str(finding) == f"x.enaml:3: {message}"


def test_a_text_is_an_expression_unless_it_is_a_choice_of_a_text_item():
    assert SIDE.is_literal("left")
    assert SIDE.is_literal("")
    assert not SIDE.is_literal("'left' if flag else 'right'")
    assert not NUMBER.is_literal("60")
    assert NUMBER.is_literal(60)


@pytest.mark.parametrize(
    "fields", [{"limits": (3, 1)}, {"limits": (math.nan, 1)}, {"dtype": "float16"}, {"units": "s"}]
)
def test_an_impossible_item_is_refused(fields):
    with pytest.raises(ValidationError):
        ItemSpec.model_validate({"name": "x", **fields})


def test_a_spec_comes_back_from_json_as_it_was():
    for spec in (NUMBER, WHOLE, FLAG, SIDE, PITCH):
        assert ItemSpec.model_validate_json(spec.model_dump_json()) == spec
