"""Distributions: what is drawn, how they are cut and stretched, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from psi.core.distribution_families import FAMILIES
from psi.core.expressions import EvaluationError, parse

RANDOM = np.random.default_rng(20).random(4000)

#: Text, and the same law as scipy knows it.
LAWS = [
    ("Uniform(2, 5)", scipy.stats.uniform(2, 3)),
    ("Normal(mean=5, sd=2)", scipy.stats.norm(5, 2)),
    ("LogNormal(0.5, 0.25)", scipy.stats.lognorm(0.25, scale=math.exp(0.5))),
    ("Exponential(rate=0.5)", scipy.stats.expon(scale=2)),
    ("Gamma(shape=2, rate=4)", scipy.stats.gamma(2, scale=0.25)),
    ("Beta(2, 3)", scipy.stats.beta(2, 3)),
    ("Binomial(n=7, p=0.3)", scipy.stats.binom(7, 0.3)),
    ("Poisson(rate=3.5)", scipy.stats.poisson(3.5)),
    ("Poisson(2000)", scipy.stats.poisson(2000)),
    ("Scalar(3)", None),
    ("Pdf([10, 20, 40], [0.5, 0.25, 0.25])", None),
]


def made(text):
    return parse(text).evaluate({**FAMILIES, "inf": math.inf})


def draws(text, n=4000):
    distribution = made(text)
    return np.array([distribution.draw(u) for u in RANDOM[:n]])


@pytest.mark.parametrize(("text", "law"), [case for case in LAWS if case[1] is not None])
def test_a_family_draws_what_its_law_says(text, law):
    distribution = made(text)
    for u in (1e-6, 0.01, 0.25, 0.5, 0.75, 0.99, 1 - 1e-6):
        assert distribution.quantile(u) == pytest.approx(float(law.ppf(u)), rel=1e-6, abs=1e-9)
    for x in law.ppf([0.1, 0.5, 0.9]):
        assert distribution.up_to(x) == pytest.approx(float(law.cdf(x)), rel=1e-9)
    assert distribution.mean == pytest.approx(float(law.mean()))


def test_scalar_and_pdf_draw_their_values():
    assert set(draws("Scalar(3)", 10)) == {3}
    values, counts = np.unique(draws("Pdf([40, 10, 20], [0.25, 0.5, 0.25])"), return_counts=True)
    assert list(values) == [10, 20, 40]
    # 4000 draws: the standard deviation of a count is 32 at most.
    assert np.allclose(counts, [2000, 1000, 1000], atol=6 * 32)


@pytest.mark.parametrize("text", ["Binomial(4, 0.5)", "Poisson(3)", "Pdf([1, 2], [0.5, 0.5])", "Scalar(2)"])
def test_whole_numbers_are_drawn_as_such(text):
    assert all(type(made(text).draw(u)) is int for u in RANDOM[:50])
    assert type(made(f"{text}.scale(0.5)").draw(0.5)) is float


#: Text, and the law before it is cut, with the bounds.
CUT = [
    ("Exponential(0.5).truncate(1, 8)", "Exponential(0.5)", 1, 8),
    ("Normal(0, 1).truncate(1, inf)", "Normal(0, 1)", 1, math.inf),
    ("Poisson(3).truncate(2, 5)", "Poisson(3)", 2, 5),
    ("Pdf([1, 2, 4], [0.5, 0.25, 0.25]).truncate(1.5, 9)", "Pdf([1, 2, 4], [0.5, 0.25, 0.25])", 1.5, 9),
    ("Uniform(0, 1).scale(-2, 1).truncate(-0.5, 0.5)", "Uniform(0, 1).scale(-2, 1)", -0.5, 0.5),
    ("Poisson(3).scale(-1).truncate(-4, -2)", "Poisson(3).scale(-1)", -4, -2),
]


@pytest.mark.parametrize(("text", "whole", "low", "high"), CUT)
def test_truncation_draws_what_redrawing_would(text, whole, low, high):
    cut, redrawn = draws(text), draws(whole)
    redrawn = redrawn[(redrawn >= low) & (redrawn <= high)]
    assert low <= cut.min()
    assert cut.max() <= high
    # Kolmogorov's bound for two samples, exceeded by chance once in a million times.
    bound = math.sqrt(-math.log(1e-6 / 2) / 2 * (len(cut) + len(redrawn)) / (len(cut) * len(redrawn)))
    points = np.unique(np.concatenate([cut, redrawn]))
    shares = [np.searchsorted(np.sort(sample), points, side="right") / len(sample) for sample in (cut, redrawn)]
    assert np.max(np.abs(shares[0] - shares[1])) < bound


def test_clamping_keeps_every_draw_and_moves_it_to_the_bound():
    plain, clamped = draws("Normal(0, 1)"), draws("Normal(0, 1).truncate(-1, 0.5, mode='clamp')")
    assert np.array_equal(clamped, np.clip(plain, -1, 0.5))


def test_cuts_and_stretches_hold_in_the_order_in_which_they_are_written():
    assert made("Uniform(0, 4).truncate(1, 2).scale(10)").support == (10, 20)
    assert made("Uniform(0, 4).scale(10).truncate(1, 2)").support == (1, 2)
    assert np.allclose(draws("Exponential(1).scale(2, 3)"), draws("Exponential(1)") * 2 + 3)


def test_one_random_number_makes_one_value_at_the_very_ends_too():
    for text, _ in LAWS:
        low, high = made(text).support
        for u in (0.0, 1 - 2**-53):
            assert math.isfinite(made(text).draw(u))
            assert low <= made(text).draw(u) <= high


def test_a_description_says_mean_and_range():
    assert made("Exponential(0.5).truncate(1, 8)").describe("s") == "mean 2.78, 1 to 8 s"
    assert made("Exponential(0.5)").describe("s") == "mean 2, 0 or more, 95 % up to 5.991 s"
    assert made("Normal(5, 1)").describe() == "mean 5, 95 % from 3.04 to 6.96"
    assert made("Exponential(1).scale(-1)").describe("dB") == "mean -1, 0 or less, 95 % from -2.996 dB"


REFUSED = [
    ("Uniform(3, 1)", "Uniform goes from 3 to 1; give the lower one first"),
    ("Uniform(-1e308, 1e308)", "too wide"),
    ("Uniform(1)", "missing 1 required positional argument: 'max'"),
    ("Uniform('a', 2)", "Uniform takes min as a number, not 'a'"),
    ("Uniform(True, 2)", "Uniform takes min as a number, not True"),
    ("Normal(0, -1)", "Normal has sd = -1; give a standard deviation above 0"),
    ("Normal(0, 0)", "Normal has sd = 0"),
    ("Normal(inf, 1)", "Normal has mean = inf; give a finite number"),
    (
        "Normal(0, Uniform(1, 2))",
        "Normal takes sd as a number, not as a distribution; give that one an item of its own",
    ),
    ("LogNormal(0, 0)", "LogNormal has sd = 0"),
    ("LogNormal(1000, 1)", "too large"),
    ("Exponential(0)", "Exponential has rate = 0; give a number above 0"),
    ("Exponential(scale=2)", "unexpected keyword argument 'scale'"),
    ("Gamma(2, -1)", "Gamma has rate = -1"),
    ("Beta(0, 1)", "Beta has alpha = 0"),
    ("Binomial(2.5, 0.5)", "Binomial has n = 2.5; give a whole number from 0"),
    ("Binomial(2, 1.5)", "Binomial has p = 1.5; give a probability from 0 to 1"),
    ("Poisson(1e9)", "give 1000000 at most"),
    ("Pdf([1, 2], [0.5, 0.6])", "probabilities that sum to 1.1; let them sum to 1"),
    ("Pdf([1, 2], [1.5, -0.5])", "probability -0.5; give 0 or more"),
    ("Pdf([1, 2], [1])", "2 values and 1 probabilities"),
    ("Pdf([1, 1], [0.5, 0.5])", "a value twice"),
    ("Pdf([], [])", "values as a list"),
    ("Pdf(1, 1)", "values as a list"),
    ("Uniform(0, 1).truncate(2, 3)", "keeps nothing of the distribution between 2 and 3 (probability 0)"),
    ("Normal(0, 1).truncate(20, 30)", "keeps nothing"),
    ("Uniform(0, 1).truncate(1, 0)", "truncates from 1 to 0; give the lower one first"),
    ("Uniform(0, 1).truncate(0, 1, 'cut')", "unknown mode 'cut'; allowed are 'exclude' and 'clamp'"),
    ("Uniform(0, 1).scale(0)", "the factor not 0"),
    ("Uniform(0, 1).scale(inf)", "finite"),
    ("2 * Uniform(0, 1)", "calculates with a distribution; write .scale(factor, offset)"),
    ("Uniform(0, 1) + 1", "calculates with a distribution"),
    ("-Uniform(0, 1)", "calculates with a distribution"),
    ("Uniform(0, 1) > 0.5", "calculates with a distribution"),
    ("1 if Uniform(0, 1) else 2", "calculates with a distribution"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_an_impossible_distribution_is_refused_with_the_reason(text, reason):
    with pytest.raises(EvaluationError) as caught:
        made(text)
    assert reason in str(caught.value)
