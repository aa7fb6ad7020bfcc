"""Forms made from the models of selectors' settings, and the way from texts back to settings."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from psi.experiment.selectors.form import lines, read_numbers, values_text
from psi.experiment.selectors.selector_words import WORDS, effect
from psi.experiment.selectors.source import SelectorSource
from psi.experiment.selectors.typed import with_texts
from psi.models.adaptive import QuestPlusSettings, StaircaseSettings
from psi.models.items import ItemSpec
from psi.models.ranges import Range
from psi.models.selectors import (
    BlocksSettings,
    CustomSettings,
    Factor,
    ProductSettings,
    SequenceSettings,
    SingleSettings,
)

SPECS = {
    "level": ItemSpec(name="level", label="Level", unit="dB SPL", kind="roving_parameter", limits=(0, 100)),
    "frequency": ItemSpec(name="frequency", label="Frequency", unit="Hz", kind="roving_parameter"),
}
SOURCE = SelectorSource(SimpleNamespace(draft=SimpleNamespace(specs=SPECS)), "track")  # type: ignore[arg-type]

TRACK = StaircaseSettings(item="level", correct="hit", start=(60,), steps=(8, 4), limits=(0, 80), scale="linear")
QUEST = QuestPlusSettings(
    item="level", correct="hit", levels={"start": 0, "stop": 80, "step": 4}, thresholds=(10, 20), slopes=(1, 2)
)
PRODUCT = ProductSettings(
    factors=(
        Factor(item="frequency", range=Range(start=1000, stop=8000, step=1, spacing="log")),
        Factor(item="level", values=(10, 20)),
    )
)
CUSTOM = CustomSettings(type="Oddball", items=("level",), settings={"probability": 0.1, "name": "a", "sizes": [1, 2]})


def typed(settings: Any, **texts: str) -> tuple[Any, dict[str, str]]:
    """What comes of texts; paths are written ``factors__0__values``."""
    form = {line.path: line for line in lines(settings, SPECS.get)}
    paths = {tuple(int(p) if p.isdigit() else p for p in name.split("__")): text for name, text in texts.items()}
    made, errors = with_texts(SOURCE, settings, form, paths)
    return made, {".".join(map(str, path)): said for path, said in errors.items()}


def test_every_setting_of_every_kind_has_words():
    models = {
        "sequence": SequenceSettings, "product": ProductSettings, "blocks": BlocksSettings,
        "staircase": StaircaseSettings, "quest_plus": QuestPlusSettings,
    }  # fmt: skip
    apart = {"kind", "items", "rows", "values", "factors", "blocks"}
    for kind, model in models.items():
        assert set(WORDS[kind]) == set(model.model_fields) - apart, kind
    assert SingleSettings.model_fields.keys() == {"kind", "values"}


def test_lines_have_units_bounds_and_what_an_edit_does():
    found = {line.path[0]: line for line in lines(TRACK, SPECS.get)}
    assert (found["steps"].text, found["steps"].unit) == ("8, 4", "dB SPL")
    assert "whole number, 1 or more" in found["n_up"].help
    assert (found["stop_trials"].text, found["stop_trials"].empty) == ("", "no limit")
    assert found["harder"].choices == ("lower", "higher")
    assert "begin anew" in found["start"].effect
    assert "keep their levels" in found["n_down"].effect
    octaves = TRACK.model_copy(update={"scale": "log", "limits": (1, 80)})
    assert next(line for line in lines(octaves, SPECS.get) if line.path == ("steps",)).unit == "octaves"
    assert "guesses" in {line.path[0] for line in lines(QUEST, SPECS.get)}
    forced = QUEST.model_copy(update={"alternatives": 2})
    assert "guesses" not in {line.path[0] for line in lines(forced, SPECS.get)}
    assert effect("quest_plus", "levels") == "all answers are taken again on the new grids"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((1.0, 2.0, 3.5), "1, 2, 3.5"),
        (tuple(range(0, 84, 4)), "0 to 80 step 4"),
        (tuple(round(0.1 * n, 12) for n in range(6)), "0 to 0.5 step 0.1"),
        (Range(start=1, stop=8, n=4, spacing="log"), "1 to 8 n 4 log"),
        ((10, "x + 1"), "10, x + 1"),
    ],
)
def test_values_are_written_as_people_type_them(values, text):
    assert values_text(values) == text


@pytest.mark.parametrize("text", ["10, 20, 30", "10 to 30 step 10", "10 to 30, n 3", " 10 to 30  step 10 linear "])
def test_numbers_are_read_as_a_list_or_a_range(text):
    assert read_numbers(text) == [10, 20, 30]


@pytest.mark.parametrize(
    ("settings", "texts", "update"),
    [
        (TRACK, {"n_down": "3", "steps": "10, 5, 2.5"}, {"n_down": 3, "steps": (10, 5, 2.5)}),
        (TRACK, {"limits": "70, 90", "start": "80"}, {"limits": (70, 90), "start": (80,)}),
        (TRACK, {"stop_trials": "100"}, {"stop_trials": 100}),
        (QUEST, {"thresholds": "0 to 40 step 20"}, {"thresholds": (0, 20, 40)}),
        (QUEST, {"alternatives": "3"}, {"alternatives": 3}),
        (CUSTOM, {"settings__probability": "0.25"}, {"settings": {**CUSTOM.settings, "probability": 0.25}}),
        (CUSTOM, {"settings__sizes": "[3]"}, {"settings": {**CUSTOM.settings, "sizes": [3]}}),
        (SingleSettings(values={"level": 20}), {"values__level": "2 * 15"}, {"values": {"level": "2 * 15"}}),
    ],
)
def test_texts_that_make_sense_together_are_taken_together(settings, texts, update):
    assert typed(settings, **texts) == (settings.model_copy(update=update), {})


def test_a_factor_is_a_list_or_a_range():
    made, _ = typed(PRODUCT, factors__0__values="500, 700", factors__1__values="10 to 90 n 5")
    assert [factor.levels() for factor in made.factors] == [(500, 700), (10, 30, 50, 70, 90)]
    assert made.factors[1].range == Range(start=10, stop=90, n=5)
    made, _ = typed(PRODUCT, factors__1__order="shuffled")
    assert made.factors[1].order == "shuffled"


@pytest.mark.parametrize(
    ("settings", "texts", "errors"),
    [
        (TRACK, {"n_up": "0"}, {"n_up": "must be greater than or equal to 1"}),
        (TRACK, {"n_up": ""}, {"n_up": "is empty; give a value"}),
        (TRACK, {"weight": "much"}, {"weight": "is 'much'; give a number"}),
        (TRACK, {"limits": "70, 90"}, {"start": "start 60 is out of the limits 70 to 90"}),
        (TRACK, {"limits": "5"}, {"limits": "needs another value"}),
        (QUEST, {"lapses": "0.6"}, {"lapses": "lapses are proportions from 0 to 0.5"}),
        (
            QUEST,
            {"function": "norm_cdf"},
            {"function": "the function 'norm_cdf' has the scale 'linear'; write it, or take 'weibull'"},
        ),
        (CUSTOM, {"settings__probability": "often"}, {"settings.probability": "is 'often'; give a number like 0.1"}),
        (
            PRODUCT,
            {"factors__1__values": "10, 700"},
            {"factors.1.values": "item 'level' is 700 dB SPL; allowed is 0 to 100 dB SPL"},
        ),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(settings, texts, errors):
    made, said = typed(settings, **texts)
    assert made is None
    assert said == errors


def test_what_means_nothing_in_another_order_goes_with_the_order():
    made, _ = typed(PRODUCT, factors__0__order="shuffled", factors__1__order="descending")
    assert [factor.order for factor in made.factors] == ["shuffled", "descending"]
    made, errors = typed(made, order="blocked")
    assert (made.order, [factor.order for factor in made.factors], errors) == ("blocked", ["exact", "exact"], {})
    made, _ = typed(made, per_block="3")
    assert made.per_block == 3
    made, errors = typed(made, order="shuffled")
    assert (made.per_block, errors) == (1, {})


def test_an_expression_with_a_slip_is_said_with_its_column():
    made, said = typed(TRACK, correct='score == "HIT')
    assert made is None
    assert "column" in said["correct"]


def test_a_form_does_not_make_its_schema_anew_with_each_keystroke(monkeypatch: pytest.MonkeyPatch) -> None:
    before = lines(TRACK, SPECS.get)
    monkeypatch.setattr(StaircaseSettings, "model_json_schema", None)
    assert lines(TRACK, SPECS.get) == before
