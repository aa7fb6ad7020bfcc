"""The ten families of distributions that an item's value may be drawn from, by the names that expressions call."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import Any

from psi.core.distributions import Distribution, Family, number_of

#: Trials of a Binomial and mean of a Poisson: what is more is a slip of the pen.
MAX_COUNT = 1_000_000


def scalar(value: float) -> Distribution:
    """Always ``value``."""
    value = _finite("Scalar", value=value)[0]
    return Family("Scalar", (value, value), value, lambda u: value, lambda x: 1.0, value.is_integer(), True, (value,))


def uniform(min: float, max: float) -> Distribution:
    """Every number from ``min`` to ``max`` alike."""
    low, high = _finite("Uniform", min=min, max=max)
    if low > high:
        raise ValueError(f"Uniform goes from {low:g} to {high:g}; give the lower one first")
    width = high - low
    if not math.isfinite(width):
        raise ValueError(f"Uniform from {low:g} to {high:g} is too wide")
    return Family(
        "Uniform",
        (low, high),
        low + width / 2,
        lambda u: low + u * width if u < 1 else high,
        lambda x: (x - low) / width if width else 1.0,
    )


def normal(mean: float, sd: float) -> Distribution:
    """The normal distribution with its mean and standard deviation."""
    mean, sd = _finite("Normal", mean=mean, sd=sd)
    if sd <= 0:
        raise ValueError(f"Normal has sd = {sd:g}; give a standard deviation above 0")
    law = NormalDist(mean, sd)
    return Family("Normal", (-math.inf, math.inf), mean, law.inv_cdf, law.cdf)


def log_normal(mean: float, sd: float) -> Distribution:
    """A number whose natural logarithm has the given mean and standard deviation."""
    mean, sd = _finite("LogNormal", mean=mean, sd=sd)
    if sd <= 0:
        raise ValueError(f"LogNormal has sd = {sd:g}; give a standard deviation above 0")
    if abs(mean) + 40 * sd > 700:
        raise ValueError(f"LogNormal({mean:g}, {sd:g}) gives numbers too large; mean and sd are those of the logarithm")
    law = NormalDist(mean, sd)
    return Family(
        "LogNormal",
        (0.0, math.inf),
        math.exp(mean + sd * sd / 2),
        lambda u: math.exp(law.inv_cdf(u)),
        lambda x: law.cdf(math.log(x)) if x > 0 else 0.0,
    )


def exponential(rate: float) -> Distribution:
    """Waiting times of events that come with ``rate`` per unit; the mean is ``1 / rate``."""
    rate = _positive("Exponential", rate=rate)[0]
    return Family(
        "Exponential", (0.0, math.inf), 1 / rate, lambda u: -math.log1p(-u) / rate, lambda x: -math.expm1(-rate * x)
    )


def gamma(shape: float, rate: float) -> Distribution:
    """The gamma distribution; the mean is ``shape / rate``."""
    shape, rate = _positive("Gamma", shape=shape, rate=rate)
    special = _special()
    return Family(
        "Gamma",
        (0.0, math.inf),
        shape / rate,
        lambda u: float(special.gammaincinv(shape, u)) / rate,
        lambda x: float(special.gammainc(shape, x * rate)),
    )


def beta(alpha: float, beta: float) -> Distribution:
    """The beta distribution, between 0 and 1; the mean is ``alpha / (alpha + beta)``."""
    alpha, beta = _positive("Beta", alpha=alpha, beta=beta)
    special = _special()
    return Family(
        "Beta",
        (0.0, 1.0),
        alpha / (alpha + beta),
        lambda u: float(special.betaincinv(alpha, beta, u)),
        lambda x: float(special.betainc(alpha, beta, x)),
    )


def binomial(n: int, p: float) -> Distribution:
    """How many of ``n`` independent trials succeed, each with probability ``p``."""
    number, p = _finite("Binomial", n=n, p=p)
    if not number.is_integer() or not 0 <= number <= MAX_COUNT:
        raise ValueError(f"Binomial has n = {n!r}; give a whole number from 0 to {MAX_COUNT}")
    if not 0 <= p <= 1:
        raise ValueError(f"Binomial has p = {p:g}; give a probability from 0 to 1")
    special = _special()
    support = (0.0 if p < 1 else number, number if p > 0 else 0.0)
    return _counting("Binomial", support, number * p, lambda x: float(special.bdtr(math.floor(x), int(number), p)))


def poisson(rate: float) -> Distribution:
    """How many events come in a unit of time where ``rate`` come on the average."""
    rate = _positive("Poisson", rate=rate)[0]
    if rate > MAX_COUNT:
        raise ValueError(f"Poisson has rate = {rate:g}; give {MAX_COUNT} at most")
    special = _special()
    return _counting("Poisson", (0.0, math.inf), rate, lambda x: float(special.pdtr(math.floor(x), rate)))


def pdf(values: Sequence[float], probabilities: Sequence[float]) -> Distribution:
    """One of ``values``, each with its probability; the probabilities sum to 1."""
    for name, given in (("values", values), ("probabilities", probabilities)):
        if not isinstance(given, (list, tuple)) or not given:
            raise ValueError(f"Pdf takes {name} as a list, such as [1, 2]")
    if len(values) != len(probabilities):
        raise ValueError(f"Pdf has {len(values)} values and {len(probabilities)} probabilities; give one for each")
    numbers = [_finite("Pdf", value=value)[0] for value in values]
    shares = [_finite("Pdf", probability=share)[0] for share in probabilities]
    if len(set(numbers)) != len(numbers):
        raise ValueError("Pdf has a value twice; give each once, with its whole probability")
    if min(shares) < 0:
        raise ValueError(f"Pdf has the probability {min(shares):g}; give 0 or more")
    total = math.fsum(shares)
    if not math.isclose(total, 1, abs_tol=1e-6):
        raise ValueError(f"Pdf has probabilities that sum to {total:g}; let them sum to 1")
    pairs = sorted((number, share) for number, share in zip(numbers, shares, strict=True) if share > 0)
    ordered = tuple(number for number, _ in pairs)
    ends = list(itertools.accumulate(share / total for _, share in pairs))
    ends[-1] = 1.0

    def inverse(u: float) -> float:
        return ordered[min(bisect.bisect_left(ends, u), len(ordered) - 1)]

    def cumulative(x: float) -> float:
        count = bisect.bisect_right(ordered, x)
        return ends[count - 1] if count else 0.0

    mean = math.fsum(number * share for number, share in pairs) / total
    whole = all(number.is_integer() for number in ordered)
    return Family("Pdf", (ordered[0], ordered[-1]), mean, inverse, cumulative, whole, True, ordered)


def _counting(
    name: str, support: tuple[float, float], mean: float, cumulative: Callable[[float], float]
) -> Distribution:
    """A distribution of whole numbers from its cumulative one."""
    few = support[1] - support[0] <= 1000
    values = tuple(support[0] + i for i in range(int(support[1] - support[0]) + 1)) if few else None

    def inverse(u: float) -> float:
        # Bisection needs nothing but that the probability rises: some 30 looks.
        low, high = support
        if math.isinf(high):
            high = max(16.0, 2 * mean)
            while cumulative(high) < u and high < 2**40:
                high *= 2
        low, high = int(low) - 1, int(high)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if cumulative(middle) >= u else (middle, high)
        return float(high)

    return Family(name, support, mean, inverse, cumulative, True, True, values)


def _finite(family: str, **parameters: Any) -> list[float]:
    numbers: list[float] = []
    for name, value in parameters.items():
        try:
            number = number_of(name, value)
        except ValueError as error:
            raise ValueError(f"{family} {error}") from None
        if not math.isfinite(number):
            raise ValueError(f"{family} has {name} = {number:g}; give a finite number")
        numbers.append(number)
    return numbers


def _positive(family: str, **parameters: Any) -> list[float]:
    numbers = _finite(family, **parameters)
    for name, number in zip(parameters, numbers, strict=True):
        if number <= 0:
            raise ValueError(f"{family} has {name} = {number:g}; give a number above 0")
    return numbers


def _special() -> Any:
    # Some tenths of a second, which only those wait for who use these families.
    import scipy.special

    return scipy.special


#: What expressions call them, as the enumeration of ``aind_behavior_services`` does.
FAMILIES: dict[str, Callable[..., Distribution]] = {
    "Scalar": scalar,
    "Uniform": uniform,
    "Normal": normal,
    "LogNormal": log_normal,
    "Exponential": exponential,
    "Gamma": gamma,
    "Beta": beta,
    "Binomial": binomial,
    "Poisson": poisson,
    "Pdf": pdf,
}

for _name, _family in FAMILIES.items():
    # Python names a function in what it says of wrong arguments.
    _family.__name__ = _family.__qualname__ = _name
