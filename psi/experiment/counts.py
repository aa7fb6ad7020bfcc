"""The figures of a task over the trials that count: rates and d′, as the paradigm declares them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

from psi.models.scoring import RateSpec, ScoringSpec, SensitivitySpec


@dataclass(frozen=True)
class Figure:
    """One figure as it is shown."""

    label: str
    text: str
    #: Whether it stands at the top of the window.
    headline: bool
    #: Whether any trial tells it.
    known: bool


@dataclass(frozen=True)
class Counts:
    """Figures of one run."""

    #: Trials that were committed, whatever they were.
    rows: int
    #: Trials that count: no reminders, repeats, aborted or incomplete ones.
    trials: int
    #: Score -> trials that count, in the order in which the paradigm declares them, others by name.
    by_score: dict[str, int] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    #: Trials that were completed, as stop rules and the terminal count them.
    completed: int = 0

    @property
    def headlines(self) -> dict[str, str]:
        """Label -> text of what stands at the top of the window; a dash while nothing tells it."""
        return {figure.label: figure.text for figure in self.figures if figure.headline}


def counts_text(counts: Counts) -> str:
    """``'HIT 7 · MISS 3 · CR 8 · FA 2 · hits 70 % · false alarms 20 % · 20 of 24 trials count'``."""
    if not counts.rows:
        return ""
    words = [f"{score} {n}" for score, n in counts.by_score.items()]
    words += [f"{figure.label} {figure.text}" for figure in counts.figures if figure.known and not figure.headline]
    words.append(f"{counts.trials} of {counts.rows} trials count")
    return " · ".join(words)


def scoring_of(state: Mapping[str, Any]) -> ScoringSpec:
    """What the paradigm says of its scores, in a window's mirrored ``state``; nothing before it is told."""
    return ScoringSpec.model_validate(state.get("scoring") or {})


def counts_in(row: Mapping[str, Any]) -> bool:
    """Whether the trial says something about the animal's performance."""
    if row.get("reminder") or row.get("aborted") or row.get("repeat"):
        return False
    return row.get("completed") is not False


def d_prime(hits: int, n_go: int, false_alarms: int, n_nogo: int) -> float:
    """Sensitivity with the log-linear correction, finite for every count.

    ``n_go`` trials had a stimulus, ``n_nogo`` had none.

    References
    ----------
    Hautus, M. J. (1995). Corrections for extreme proportions and their biasing effects on estimated
    values of d'. Behavior Research Methods, Instruments, & Computers, 27(1), 46-51.
    """
    z = NormalDist().inv_cdf
    return z((hits + 0.5) / (n_go + 1)) - z((false_alarms + 0.5) / (n_nogo + 1))


def count(trials: Iterable[Mapping[str, Any]], scoring: ScoringSpec) -> Counts:
    """The figures of ``trials``, the newest last."""
    rows = list(trials)
    scores = [str(row.get("score") or "") for row in rows if counts_in(row)]
    by_score = Counter(score for score in scores if score)
    declared = [score.name for score in scoring.scores if by_score[score.name]]
    order = [*declared, *sorted(by_score.keys() - set(declared))]
    return Counts(
        rows=len(rows),
        trials=len(scores),
        by_score={score: by_score[score] for score in order if by_score[score]},
        completed=sum(row.get("completed") is not False for row in rows),
        figures=tuple(_figure(spec, scores, by_score) for spec in scoring.figures),
    )


def _figure(spec: RateSpec | SensitivitySpec, scores: Sequence[str], by_score: Counter[str]) -> Figure:
    if isinstance(spec, RateSpec):
        among = [score for score in scores if score in spec.among][-spec.last :]
        n = sum(score in spec.of for score in among)
        text = f"{100 * n / len(among):.0f} %" if among else "–"
        return Figure(spec.label, text, spec.headline, bool(among))
    hits, false_alarms = by_score[spec.hits], by_score[spec.false_alarms]
    n_with, n_without = hits + by_score[spec.misses], false_alarms + by_score[spec.correct_rejections]
    known = bool(n_with and n_without)
    text = f"{d_prime(hits, n_with, false_alarms, n_without):.1f}" if known else "–"
    return Figure(spec.label, text, spec.headline, known)
