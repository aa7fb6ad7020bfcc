"""A selector of one's own in the window, as docs/how-to/write-a-selector.md says: with a form, and with its view."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel, QLineEdit, QSlider

from psi.application.console import declared_workbench
from psi.experiment.selectors.panel_view import SelectorsView
from psi.experiment.selectors.views import selector_views_of
from tests.gui.conftest import Rig, Window

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-selector.md"
FILE = re.compile(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def oddballs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """A runtime with the page's paradigm."""
    for name, text in FILE.findall(PAGE.read_text(encoding="utf-8")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("PSI_PATH", str(tmp_path / "lab"))
    rig = Rig(tmp_path / "recordings", paradigm="oddball")
    yield rig
    rig.close()


def test_without_a_view_its_settings_have_a_form(oddballs: Rig, window_on: Callable[[Any], Window]) -> None:
    window = window_on(oddballs)
    field: QLineEdit = window.field("set_tones_settings.probability")
    field.selectAll()
    QTest.keyClicks(field, "0.3")
    assert window.console.draft.selector("tones").settings == {"probability": 0.3}
    shown = window.widget.findChild(QLabel, "next_tones")
    window.wait_for(lambda: shown.text().startswith("next as edited, for example: "), "for the preview")
    # The settings that it may give are a table, of as many rows as its author gave it.
    model = window.table("selector_tones.rows").model()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["1000.0", "1200.0"]
    model.setData(model.index(1, 0), "1300")
    assert window.console.draft.selector("tones").rows == ((1000,), (1300,))
    model.setData(model.index(1, 0), "high(")
    assert any("'tones', rows, row 2: " in finding for finding in window.console.draft.findings())
    QTest.mouseClick(window.button("revert"), Qt.MouseButton.LeftButton)
    assert not window.console.draft.findings()
    assert model.index(1, 0).data() == "1200.0"
    field.selectAll()
    QTest.keyClicks(field, "often")
    assert any("give a number like 0.1" in finding for finding in window.console.draft.findings())


def test_its_own_view_takes_the_place_of_the_form(oddballs: Rig, window_on: Callable[[Any], Window]) -> None:
    views = selector_views_of(declared_workbench("oddball", "simulated", ["oddball_window"]))
    window = window_on(oddballs)
    window.console.selector_views = views
    panel = SelectorsView(window.console)
    slider = panel.findChild(QSlider, "oddball_probability")
    assert slider.value() == 10
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert window.console.draft.selector("tones").settings == {"probability": 0.11}
    assert slider.parent().label.text() == "11 %"
    panel.release()


def test_a_view_that_fails_leaves_the_form_and_says_why(oddballs: Rig, window_on: Callable[[Any], Window]) -> None:
    window = window_on(oddballs)

    def view() -> Any:
        raise ValueError("no such widget")

    window.console.selector_views = {"Oddball": view}
    panel = SelectorsView(window.console)
    assert panel.findChild(QLineEdit, "set_tones_settings.probability") is not None
    assert "Its own view failed: ValueError: no such widget" in {label.text() for label in panel.findChildren(QLabel)}
    panel.release()
