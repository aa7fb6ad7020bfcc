"""The session as it is typed before a run: what is remembered of whom, and what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from psi.experiment.start.session_form import SessionForm
from psi.models.session import Session

HELD = {**Session(subject="lea", date="2026-11-21").model_dump(mode="json"), "experimenter": "Okafor, Ada"}


def last(subject: str = "lea", **values: Any) -> dict[str, Any]:
    """The document of a subject's last session."""
    return {**Session(subject=subject, date="2026-11-20").model_dump(mode="json"), **values}


def test_the_animal_and_its_water_are_remembered_its_weight_and_notes_are_not() -> None:
    form = SessionForm(HELD)
    form.look_back(last(strain="C57", target_volume=1.5, minimum_weight=85.0, weight=20.0, notes="tired", age="P90D"))
    assert [form.text(name) for name in ("strain", "target_volume", "minimum_weight")] == ["C57", "1.5", "85"]
    assert [form.text(name) for name in ("weight", "notes", "age")] == ["", "", ""]
    assert form.hint("weight") == "20 on 2026-11-20"
    assert form.memory == "as on 2026-11-20"
    document = form.document()
    assert (document["strain"], document["target_volume"], document["date"]) == ("C57", 1.5, "2026-11-21")


def test_what_was_weighed_earlier_this_day_holds() -> None:
    form = SessionForm(HELD)
    form.look_back(last(date="2026-11-21", weight=20.0, notes="tired"))
    assert (form.text("weight"), form.text("notes")) == ("20", "")


def test_who_sits_there_stays_where_the_subject_changes_and_what_is_the_animals_goes() -> None:
    form = SessionForm({**HELD, "sex": "F", "weight": 20.0, "minimum_weight": 85.0})
    form.type("subject", "max")
    assert [form.text(name) for name in ("experimenter", "sex", "weight")] == ["Okafor, Ada", "", ""]
    assert form.text("minimum_weight") == "85", "a rule of the house holds until the animal has one of its own"
    form.look_back(last("max", sex="M", minimum_weight=80.0, experimenter="Somebody, Else"))
    assert [form.text(name) for name in ("experimenter", "sex", "minimum_weight")] == ["Okafor, Ada", "M", "80"]
    form.look_back(last("lea", sex="F"))
    assert form.text("sex") == "", "somebody else's document came late"


def test_what_was_typed_stays_whatever_becomes_known() -> None:
    form = SessionForm(HELD)
    form.type("strain", "")
    form.type("weight", "20,4")
    form.look_back(last(strain="C57", weight=21.0))
    assert (form.text("strain"), form.document()["weight"]) == ("", 20.4)
    assert form.memory == ""


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("subject", " ", "name the subject"),
        ("subject", "a/b", "subject 'a/b' cannot name a folder"),
        ("weight", "heavy", "'heavy' is no number; write g, such as 20.5"),
        ("weight", "nan", "'nan' must be a finite number"),
        ("baseline_weight", "0", "'0' must be greater than 0"),
        ("minimum_weight", "101", "'101' must be less than or equal to 100"),
        ("species", "mouse", "species 'mouse' is no Latin name"),
        ("birth_date", "31.1.2026", "date '31.1.2026' is no day; write it as 2026-01-31"),
        ("birth_date", "2026-11-22", "2026-11-22 is after the day of the session"),
        ("age", "90", "age '90' is none as ISO 8601 says it; write P90D for 90 days"),
    ],
)
def test_a_fault_is_said_in_one_line_at_its_field(name: str, text: str, fault: str) -> None:
    form = SessionForm(HELD)
    assert form.faults() == {}
    form.type(name, text)
    found = form.faults()
    assert list(found) == [name]
    assert found[name].startswith(fault)
    assert "\n" not in found[name]


def test_all_faults_come_at_once() -> None:
    form = SessionForm(HELD)
    for name in ("age", "weight", "species", "subject"):
        form.type(name, "?")
    assert list(form.faults()) == ["subject", "weight", "species", "age"]


def test_it_says_what_an_archive_would_miss_and_how_old_the_animal_is() -> None:
    form = SessionForm({**HELD, "lab": "L", "institution": "I", "sex": "F"})
    assert form.missing() == ["species", "date of birth"]
    form.type("species", "Mus musculus")
    form.type("birth_date", "2026-11-01")
    assert form.missing() == []
    assert form.hint("age") == "P20D by the date of birth"
    form.type("experimenter", "Ada")
    assert form.missing() == ["experimenter"]
