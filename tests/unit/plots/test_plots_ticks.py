"""Axes have round numbers, told apart by as few digits as it takes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psi.plots.ticks import nice_step, prefixed, rate_text, tick_labels, ticks


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(1, 12))
def test_ticks_lie_on_the_axis_and_are_neither_too_few_nor_too_many(low: float, span: float, n: int) -> None:
    high = low + span
    found = ticks(low, high, n)
    tolerance = 1e-6 * nice_step(span, n) + 1e-9 * abs(low)
    assert all(low - tolerance <= value <= high + tolerance for value in found)
    assert n - 1 <= len(found) <= 3 * n + 1


@pytest.mark.parametrize(
    ("low", "high", "n", "labels"),
    [
        (0, 10, 5, ["0", "2", "4", "6", "8", "10"]),
        (-1, 1, 4, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
        (1471.2, 1481.2, 5, ["1472", "1474", "1476", "1478", "1480"]),
        (0.01, 0.05, 2, ["0.02", "0.04"]),
    ],
)
def test_labels(low: float, high: float, n: int, labels: list[str]) -> None:
    assert tick_labels(ticks(low, high, n)) == labels


@pytest.mark.parametrize("span", [0.0, -1.0, math.nan, math.inf])
def test_an_axis_without_length_has_a_step_all_the_same(span: float) -> None:
    assert nice_step(span, 5) == 1.0


@pytest.mark.parametrize(
    ("largest", "unit", "expected"),
    [
        (5.0, "V", (1.0, "V")),
        (0.2, "V", (1.0, "V")),
        (0.004, "V", (1e-3, "mV")),
        (30e-6, "V", (1e-6, "µV")),
        (20.0, "dB SPL", (1.0, "dB SPL")),
        (0.004, "mV", (1.0, "mV")),
        (0.0, "V", (1.0, "V")),
    ],
)
def test_units_take_the_prefix_that_suits_the_largest_value(
    largest: float, unit: str, expected: tuple[float, str]
) -> None:
    assert prefixed(largest, unit) == expected


@pytest.mark.parametrize(("fs", "text"), [(25e3, "25 kHz"), (500.0, "500 Hz"), (1e6, "1 MHz"), (360.0, "360 Hz")])
def test_rates(fs: float, text: str) -> None:
    assert rate_text(fs) == text
