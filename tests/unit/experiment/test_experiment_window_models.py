"""Tables, groups, layouts and style sheets: what views show, without Qt."""

from __future__ import annotations

import enaml
import pytest

from psi.assembly.workbench import make_workbench
from psi.experiment.arrangement import Arrangements, first_layout, from_plain, names_in, to_plain
from psi.experiment.drafts.selector_table import SelectorTable, text_of
from psi.experiment.panel import Panel, panels_of
from psi.experiment.parameters.parameters import edits_text, groups
from psi.experiment.stylesheet import stylesheet
from psi.experiment.theme import DARK, LIGHT, Theme
from psi.experiment.trial_table import cell_text, columns_of, value_text
from psi.models.items import ItemSpec


def test_every_own_panel_is_declared_and_placed() -> None:
    panels = panels_of(make_workbench())
    assert list(panels) == "parameters selectors signals trials logic psychometric events notes".split()
    assert names_in(first_layout(panels)) == set(panels)


def test_a_layout_is_remembered_per_paradigm(tmp_path) -> None:
    panels = panels_of(make_workbench())
    arrangements = Arrangements(tmp_path / "layouts")
    layout = first_layout(panels, width=999)
    arrangements.save("go/no go", layout)
    assert to_plain(arrangements.load("go/no go", panels)) == to_plain(layout)
    assert to_plain(arrangements.load("other", panels)) == to_plain(first_layout(panels))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"node": "Nothing"}', '{"node": "DockLayout", "items": 3}'])
def test_a_layout_that_cannot_be_read_is_the_first_one(tmp_path, text: str) -> None:
    panels = panels_of(make_workbench())
    (tmp_path / "p.json").write_text(text)
    assert names_in(Arrangements(tmp_path).load("p", panels)) == set(panels)


def test_a_layout_of_other_panels_is_not_taken(tmp_path) -> None:
    panels = panels_of(make_workbench())
    arrangements = Arrangements(tmp_path)
    arrangements.save("p", first_layout(dict(list(panels.items())[:3])))
    assert names_in(arrangements.load("p", panels)) == set(panels)
    arrangements.save("p", first_layout({"a": Panel(name="a")}))
    assert names_in(from_plain(to_plain(first_layout({"a": Panel(name="a")})))) == {"a"}


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_the_style_sheet_is_whole(theme: Theme) -> None:
    sheet = stylesheet(theme)
    assert theme.accent in sheet
    assert sheet.count("{") == sheet.count("}")


def test_parameters_are_grouped_by_what_they_are() -> None:
    specs = [
        ItemSpec(name="hold", unit="s"),
        ItemSpec(name="level", kind="roving_parameter", unit="dB SPL"),
        ItemSpec(name="background", unit="dB SPL"),
        ItemSpec(name="p"),
        ItemSpec(name="score", kind="result"),
    ]
    found = {group: [spec.name for spec in members] for group, members in groups({s.name: s for s in specs}).items()}
    assert found == {"Timing": ["hold"], "Stimulus": ["level", "background"], "Trial control": ["p"]}


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ((0, 0, 0), ""),
        ((1, 0, 0), "1 edit, held until Apply"),
        ((2, 1, 0), "2 edits, and 1 that waits"),
        ((0, 2, 0), "2 wait for the next trial"),
        ((2, 0, 1), "1 cannot be applied"),
    ],
)
def test_edits_are_counted_in_words(figures: tuple[int, int, int], text: str) -> None:
    assert edits_text(*figures) == text


def test_the_trial_log_shows_what_matters() -> None:
    specs = [
        ItemSpec(name="hold", unit="s"),
        ItemSpec(name="level", label="Level", kind="roving_parameter", unit="dB SPL"),
        ItemSpec(name="score", kind="result", dtype="text"),
        ItemSpec(name="trial_number", label="Trial", kind="result", dtype="int64"),
        ItemSpec(name="completed", kind="result", dtype="bool"),
    ]
    columns = columns_of(specs)
    assert [column.header for column in columns] == ["trial", "level (dB SPL)", "score", "marks"]
    row = {"trial_number": 4, "level": 60.0, "score": None, "reminder": True, "aborted": True}
    assert [cell_text(row, column) for column in columns] == ["4", "60", "–", "reminder, aborted"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (True, "yes"),
        (0.31249, "0.3125"),
        (float("-inf"), "−inf"),
        (3, "3"),
        (13100.0, "13100"),
        (19050.25, "19050.2"),
        (-2e-7, "−2e−07"),
    ],
)
def test_values_are_written_as_people_do(value: object, text: str) -> None:
    assert value_text(value) == text


def test_a_selector_table_never_changes() -> None:
    table = SelectorTable(("level",), (("20",), ("40",)), "exact")
    assert table.moved(0, 5).rows == (("40",), ("20",))
    assert table.without(0).without(0).rows == (("40",),)
    assert table.ordered("upside down").order == "exact"
    assert table.rows == (("20",), ("40",))
    with pytest.raises(ValueError, match="2 values for 1 items"):
        table.with_row(0, ["1", "2"])
    assert [text_of(value) for value in (None, 0.2, 3, True, "db(3)")] == ["", "0.2", "3", "True", "db(3)"]


def test_panels_are_declared_without_qt() -> None:
    with enaml.imports():
        from psi.experiment.manifest import ExperimentManifest
    assert ExperimentManifest().id == "psi.experiment"
