"""Rates and d′ over the trials that count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

#: Go trials that the recent rate is taken over.
RECENT = 20


@dataclass(frozen=True)
class Counts:
    """Figures of one run; a rate is ``None`` while nothing tells it."""

    #: Trials that were committed, whatever they were.
    rows: int
    #: Trials that count: no reminders, repeats, aborted or incomplete ones.
    trials: int
    #: Score -> trials that count.
    by_score: dict[str, int]
    hit_rate: float | None
    #: Over the last :data:`RECENT` go trials.
    recent_hit_rate: float | None
    false_alarm_rate: float | None
    #: Sensitivity; ``None`` without both go and no-go trials.
    d_prime: float | None


#: Scores in the order that they are said in; others follow by name.
_ORDER = ("HIT", "MISS", "CR", "FA")


def counts_text(counts: Counts) -> str:
    """``'HIT 7 · MISS 3 · CR 8 · FA 2 · hits 70 % · false alarms 20 % · 20 of 24 trials count'``."""
    if not counts.rows:
        return ""
    known = [score for score in _ORDER if score in counts.by_score]
    scores = known + sorted(counts.by_score.keys() - set(known))
    words = [f"{score} {counts.by_score[score]}" for score in scores]
    for name, rate in (("hits", counts.hit_rate), ("false alarms", counts.false_alarm_rate)):
        if rate is not None:
            words.append(f"{name} {100 * rate:.0f} %")
    words.append(f"{counts.trials} of {counts.rows} trials count")
    return " · ".join(words)


def counts_in(row: Mapping[str, Any]) -> bool:
    """Whether the trial says something about the animal's performance."""
    if row.get("reminder") or row.get("aborted") or row.get("repeat"):
        return False
    return row.get("completed") is not False


def d_prime(hits: int, n_go: int, false_alarms: int, n_nogo: int) -> float:
    """Sensitivity with the log-linear correction, finite for every count.

    References
    ----------
    Hautus, M. J. (1995). Corrections for extreme proportions and their biasing effects on estimated
    values of d'. Behavior Research Methods, Instruments, & Computers, 27(1), 46-51.
    """
    z = NormalDist().inv_cdf
    return z((hits + 0.5) / (n_go + 1)) - z((false_alarms + 0.5) / (n_nogo + 1))


def count(trials: Iterable[Mapping[str, Any]]) -> Counts:
    """The figures of ``trials``, the newest last."""
    rows = list(trials)
    scores = [str(row.get("score") or "") for row in rows if counts_in(row)]
    by_score = Counter(score for score in scores if score)
    hits, false_alarms = by_score["HIT"], by_score["FA"]
    n_go, n_nogo = hits + by_score["MISS"], false_alarms + by_score["CR"]
    recent = [score for score in scores if score in ("HIT", "MISS")][-RECENT:]
    return Counts(
        rows=len(rows),
        trials=len(scores),
        by_score=dict(+by_score),
        hit_rate=hits / n_go if n_go else None,
        recent_hit_rate=recent.count("HIT") / len(recent) if recent else None,
        false_alarm_rate=false_alarms / n_nogo if n_nogo else None,
        d_prime=d_prime(hits, n_go, false_alarms, n_nogo) if n_go and n_nogo else None,
    )
