"""Where the animal goes in a forced-choice task: choices and correct ones by side, and its bias."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psi.plots.psychometric import wilson

#: Answered trials that are looked at: the latest ones, since a bias comes and goes.
LAST = 100

#: Rows that say nothing about the animal.
_LEFT_OUT = ("reminder", "aborted", "repeat")


@dataclass(frozen=True, slots=True)
class Side:
    """The answered trials of one side."""

    #: From 1.
    number: int
    #: Trials in which it was the right one.
    n_given: int
    #: Trials in which the animal went there.
    n_chosen: int
    #: Trials in which both.
    n_correct: int
    #: Trials of all sides.
    n: int

    @property
    def chosen(self) -> float:
        """Share of the choices."""
        return self.n_chosen / self.n if self.n else 0.0

    @property
    def chosen_interval(self) -> tuple[float, float]:
        return wilson(self.n_chosen, self.n)

    @property
    def given(self) -> float:
        """Share of the trials."""
        return self.n_given / self.n if self.n else 0.0

    @property
    def correct(self) -> float | None:
        """Proportion correct of its trials; ``None`` where there were none."""
        return self.n_correct / self.n_given if self.n_given else None

    @property
    def correct_interval(self) -> tuple[float, float]:
        return wilson(self.n_correct, self.n_given)


@dataclass(frozen=True, slots=True)
class Bias:
    """Towards which side guesses go."""

    side: int
    #: From 0, evenly, to 1, always there: ``(n g - 1) / (n - 1)`` for a share ``g`` of the guesses at n sides.
    index: float
    #: 95 % interval of it, which allows for the side having been picked for its wrong choices; below 0 is away from it.
    interval: tuple[float, float]

    @property
    def certain(self) -> bool:
        """Whether the interval leaves no bias out."""
        return self.interval[0] > 0


def answered(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The trials that tell of the animal: completed, with a choice, and no repeat, reminder or aborted one."""
    return [
        row
        for row in rows
        if row.get("completed") is not False
        and row.get("choice")
        and row.get("side")
        and not any(row.get(name) for name in _LEFT_OUT)
    ]


def sides_of(rows: Sequence[Mapping[str, Any]], n_sides: int) -> list[Side]:
    """What answered trials say of each side."""
    return [
        Side(
            side,
            sum(row["side"] == side for row in rows),
            sum(row["choice"] == side for row in rows),
            sum(row["side"] == side == row["choice"] for row in rows),
            len(rows),
        )
        for side in range(1, n_sides + 1)
    ]


def bias_of(sides: Sequence[Side]) -> Bias | None:
    """The bias in the wrong choices; ``None`` where there are none, or a side was never given.

    An animal that does not know guesses, and a share ``g`` of its guesses goes to a side. Among the trials of the other
    sides the rate of wrong choices of this one is then ``g`` times the rate of guesses, which is the same for all
    sides where levels are drawn whatever the side is. So shares are those of the rates, which hold whatever was given
    how often: a correction of the bias does not hide it. The interval is the exact one (Clopper and Pearson 1934) of
    the wrong choices that went there, mapped to shares; its tails are 0.05 / n, since the side is the worst of n.
    """
    n = len(sides)
    if n < 2 or not all(side.n_given for side in sides):
        return None
    wrong = [side.n_chosen - side.n_correct for side in sides]
    # Trials in which going there was wrong.
    exposed = [side.n - side.n_given for side in sides]
    rates = [count / trials for count, trials in zip(wrong, exposed, strict=True)]
    total = sum(rates)
    if not total:
        return None
    favoured = max(range(n), key=lambda index: rates[index])
    elsewhere = sum(wrong) - wrong[favoured]
    others = sum(rates) - rates[favoured]
    # Exposure of all other sides together, weighted by where the wrong choices went.
    rest = elsewhere / others if others else sum(exposed) - exposed[favoured]

    def index(share_of_wrong: float) -> float:
        """From the share of the wrong choices to that of the guesses, to the index."""
        here, there = share_of_wrong / exposed[favoured], (1 - share_of_wrong) / rest
        return (n * here / (here + there) - 1) / (n - 1)

    low, high = _exact_interval(wrong[favoured], sum(wrong), 0.05 / n)
    return Bias(favoured + 1, index(wrong[favoured] / sum(wrong)), (index(low), index(high)))


def _exact_interval(k: int, n: int, tail: float) -> tuple[float, float]:
    """The shares that ``k`` of ``n`` leaves open, each end missed with a probability of ``tail`` at most."""
    from scipy.special import betaincinv  # late: most windows never need it

    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
    return low, high


@dataclass
class Choices:
    """Choices by side over the latest answered trials of a run.

    It reads the columns ``side``, the one that is right, and ``choice``, both from 1; how many sides there are is the
    upper limit of ``side``.
    """

    sides: list[Side] = field(default_factory=list)
    bias: Bias | None = None
    _seen: tuple[str, int, int] = ("", -1, 0)

    def refresh(self, state: Mapping[str, Any], trials: Sequence[Mapping[str, Any]], n_trials: int) -> bool:
        """Take what is new; whether there was anything."""
        spec = next((spec for spec in state.get("specs") or () if spec["name"] == "side"), None)
        limits = (spec or {}).get("limits") or (1, 0)
        n_sides = int(limits[1] or 0)
        seen = (state.get("run_id", ""), n_trials, n_sides)
        if seen == self._seen:
            return False
        self._seen = seen
        self.sides = sides_of(answered(trials)[-LAST:], n_sides)
        self.bias = bias_of(self.sides)
        return True

    @property
    def caption(self) -> str:
        """``'bias to side 1: 0.42 (0.12 to 0.68)'``, or that it is unsure: its interval leaves none out."""
        n = self.sides[0].n if self.sides else 0
        if not n:
            return "no choices yet"
        if self.bias is None:
            return f"{n} choice{'' if n == 1 else 's'}, too few to tell a bias"
        low, high = self.bias.interval
        # A panel cuts what is too long on the left: what is left must not say the opposite.
        words = f"bias to side {self.bias.side}" if self.bias.certain else "bias unsure"
        return f"{words}: {self.bias.index:.2f} ({low:.2f} to {high:.2f})".replace("-", "−")
