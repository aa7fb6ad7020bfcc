"""What scores mean: declared by the paradigm, checked, and told to the window."""

from __future__ import annotations

from typing import Any

import pytest
from enaml.workbench.api import Extension, PluginManifest

from psi.api import Parameter, Rate, Score, Scoring, Sensitivity
from psi.assembly.workbench import make_workbench
from psi.core.errors import ConfigurationError
from psi.models.task import Task


def plugin(*scorings: Scoring) -> Any:
    workbench = make_workbench()
    manifest = PluginManifest(id="test")
    items = Extension(id="items", point="psi.context.items")
    Parameter(name="n", default=4).set_parent(items)
    extension = Extension(id="scoring", point="psi.context.scoring")
    for scoring in scorings:
        scoring.set_parent(extension)
    for part in (items, extension):
        part.set_parent(manifest)
    workbench.register(manifest)
    return workbench.get_plugin("psi.context")


def scoring(*children: Any, **more: Any) -> Scoring:
    made = Scoring(**more)
    for child in children:
        child.set_parent(made)
    return made


def test_scores_and_figures_are_told_as_declared() -> None:
    made = scoring(
        Score(name="RIGHT", answer="correct", color="green"),
        Score(name="WRONG", answer="wrong"),
        Score(name="EARLY"),
        Rate(label="correct", of=["RIGHT"], among=["RIGHT", "WRONG"], last=20, headline=True),
        chance="1 / n",
    )
    told = plugin(made).scoring(Task(paradigm="x"))
    assert [score.name for score in told.scores] == ["RIGHT", "WRONG", "EARLY"]
    assert told.answers == {"RIGHT": True, "WRONG": False}
    assert told.chance == 0.25
    assert not told.asks_yes_or_no
    assert plugin(made.__class__()).scoring(Task(paradigm="x")).scores == ()
    assert type(told).model_validate(told.model_dump(mode="json")) == told


def test_chance_follows_the_task() -> None:
    assert plugin(scoring(chance="1 / n")).scoring(Task(paradigm="x", items={"n": 2})).chance == 0.5


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: scoring(Score(name="A"), Score(name="A")), "score 'A' is declared twice"),
        (lambda: scoring(Score()), "a Score has no name"),
        (lambda: scoring(Score(name="HIT"), Rate(label="x", of=["HTI"], among=["HIT"])), "did you mean 'HIT'?"),
        (lambda: scoring(Rate()), "Rate '' has no label; give it one"),
        (lambda: scoring(Score(name="HIT"), Sensitivity()), "'d′' names the score 'MISS'"),
        (lambda: scoring(chance="1 / m"), "m"),
        (lambda: scoring(chance="n"), "chance = 'n' is 4; it must be between 0 and 1"),
    ],
)
def test_mistakes_are_named(made: Any, message: str) -> None:
    found = plugin(made())
    with pytest.raises(ConfigurationError) as caught:
        found.scoring(Task(paradigm="x"))
    assert message in str(caught.value)
    assert any(message in finding.message for finding in found.check(Task(paradigm="x")))


def test_there_is_one_scoring() -> None:
    with pytest.raises(ConfigurationError, match="2 of Scoring are declared; keep one"):
        plugin(Scoring(), Scoring()).scoring(Task(paradigm="x"))
