"""What the scores of a recording mean."""

from __future__ import annotations

import math
from typing import Any

from psi.data.recording import Recording
from psi.models.scoring import RateSpec, ScoreSpec, ScoringSpec, SensitivitySpec

#: Of recordings that do not say it: the scores of a go/no-go task.
GO_NOGO = ScoringSpec(
    scores=(
        ScoreSpec(name="HIT", color="green", answer="yes"),
        ScoreSpec(name="MISS", color="orange", answer="no"),
        ScoreSpec(name="FA", color="red", answer="yes"),
        ScoreSpec(name="CR", color="blue", answer="no"),
    ),
    figures=(
        RateSpec(label="hit rate", of=("HIT",), among=("HIT", "MISS")),
        RateSpec(label="false alarms", of=("FA",), among=("FA", "CR")),
        SensitivitySpec(label="d′", hits="HIT", misses="MISS", false_alarms="FA", correct_rejections="CR"),
    ),
)

#: By colour word of a score, the class of the page.
KINDS = {"green": "good", "orange": "warm", "red": "bad", "blue": "calm", "gray": "faint", "grey": "faint"}


def scoring_of(recording: Recording) -> ScoringSpec:
    """What the paradigm says of its scores, in the audit's row ``scoring``; else :data:`GO_NOGO`."""
    audit = recording.audit
    rows = audit[audit["what"] == "scoring"]
    return ScoringSpec.model_validate(rows.iloc[-1]["info"]) if len(rows) else GO_NOGO


def trial_rows(recording: Recording) -> list[dict[str, Any]]:
    """The trials as mappings; ``None`` where a cell has no value."""
    return [{str(key): _plain(value) for key, value in row.items()} for row in recording.trials.to_dict("records")]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool)):
        return value
    try:
        return None if math.isnan(value) else value
    except TypeError:
        return None  # pandas' NA is neither true nor false
