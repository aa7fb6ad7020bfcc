"""The chooser, with real clicks and keys; what checks say is told by the test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QLineEdit, QListWidget, QPushButton, QWidget

from psi.core.errors import Finding
from psi.experiment.look_view import dress
from psi.experiment.start.chooser import Chooser, Chosen
from psi.experiment.start.chooser_view import ChooserDialog
from psi.experiment.start.offers import Column, Offer
from psi.experiment.theme import DARK, LIGHT

PARADIGMS = [Offer("gonogo", "Go/no-go", "Poke and hold. " * 20), Offer("record", "Record", "No trials.")]
RIGS = [Offer("array", "Array"), Offer("booth", "Booth"), Offer("ecg", "Heart")]
ERROR = Finding("needs <spout>, which rig 'ecg' lacks", "gonogo.enaml:26")


class Hands:
    """A chooser's window, and hands for it."""

    def __init__(self, **members: Any) -> None:
        columns = {"paradigms": Column(PARADIGMS), "rigs": Column(RIGS)}
        self.chooser = Chooser(**{**columns, "subjects": ("lea", "max"), **members})
        self.polls = 0
        self.dialog = ChooserDialog(self.chooser, self._poll)
        dress(self.dialog, DARK)
        self.dialog.show()
        QTest.qWaitForWindowExposed(self.dialog)

    def _poll(self) -> None:
        self.polls += 1

    def find(self, kind: type, name: str) -> Any:
        found = self.dialog.findChild(kind, name)
        assert found is not None, name
        return found

    def click(self, name: str) -> None:
        QTest.mouseClick(self.find(QPushButton, name), Qt.MouseButton.LeftButton)

    def click_row(self, kind: str, row: int) -> None:
        rows = self.find(QListWidget, f"list_{kind}")
        viewport = rows.viewport()
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=rows.visualItemRect(rows.item(row)).center())

    def keys(self, text: str) -> None:
        QTest.keyClicks(self.focused, text)

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.focused, key)

    @property
    def focused(self) -> QWidget:
        widget = self.dialog.focusWidget()
        assert widget is not None
        return widget


@pytest.fixture
def made(application: object) -> Iterator[Callable[..., Hands]]:
    """Makes choosers' windows and closes them."""
    all_made: list[Hands] = []

    def make(**members: Any) -> Hands:
        all_made.append(Hands(**members))
        return all_made[-1]

    yield make
    for hands in all_made:
        hands.dialog.close()
        hands.dialog.deleteLater()
    QApplication.processEvents()


def test_keys_alone_choose_and_launch(made: Callable[..., Hands]) -> None:
    hands = made()
    assert hands.focused.objectName() == "find_paradigm"
    hands.keys("rec")
    assert hands.chooser.pair == ("record", "array")
    hands.key(Qt.Key.Key_Tab)
    assert hands.focused.objectName() == "find_rig"
    hands.key(Qt.Key.Key_Down)
    assert hands.find(QListWidget, "list_rig").currentRow() == 1
    hands.key(Qt.Key.Key_Tab)
    hands.keys("kim")
    hands.chooser.take(("record", "booth"), [])
    hands.key(Qt.Key.Key_Return)
    assert hands.chooser.chosen == Chosen("record", "booth", "kim")
    assert hands.dialog.result() == 1
    assert not hands.dialog.isVisible()


def test_enter_waits_for_the_check_and_says_so(made: Callable[..., Hands]) -> None:
    hands = made()
    hands.key(Qt.Key.Key_Return)
    assert hands.dialog.isVisible()
    assert hands.find(QPushButton, "launch").text() == "Launching …"
    hands.chooser.take(("gonogo", "array"), [])
    assert hands.chooser.chosen == Chosen("gonogo", "array", "")
    assert not hands.dialog.isVisible()


def test_clicks_choose_and_launch(made: Callable[..., Hands]) -> None:
    hands = made()
    hands.click_row("paradigm", 1)
    hands.click_row("rig", 2)
    assert hands.chooser.pair == ("record", "ecg")
    assert hands.focused.objectName() == "find_rig", "arrow keys go on from where was clicked"
    hands.chooser.take(("record", "ecg"), [])
    hands.click("launch")
    assert hands.chooser.chosen == Chosen("record", "ecg", "")


def test_an_error_is_listed_and_keeps_launch_shut(made: Callable[..., Hands]) -> None:
    hands = made()
    hands.click_row("rig", 2)
    assert hands.dialog.progress.isVisible()
    hands.chooser.take(("gonogo", "ecg"), [ERROR])
    assert not hands.dialog.progress.isVisible()
    assert "gonogo.enaml:26" in hands.dialog.findings.toPlainText()
    assert "needs <spout>, which rig 'ecg' lacks" in hands.dialog.findings.toPlainText()
    assert not hands.find(QPushButton, "launch").isEnabled()
    hands.key(Qt.Key.Key_Return)
    hands.click("launch")
    assert hands.chooser.chosen is None
    hands.click("again")
    assert hands.chooser.standing == "checking"
    assert hands.dialog.findings.toPlainText() == ""
    hands.click("skip")
    hands.click("launch")
    assert hands.chooser.chosen == Chosen("gonogo", "ecg", "")


@pytest.mark.parametrize("way", ["escape", "cancel", "close"])
def test_nothing_is_chosen_by_leaving(made: Callable[..., Hands], way: str) -> None:
    hands = made()
    hands.chooser.take(("gonogo", "array"), [])
    left: list[int] = []
    hands.dialog.finished.connect(left.append)
    if way == "escape":
        hands.key(Qt.Key.Key_Escape)
    elif way == "cancel":
        hands.click("cancel")
    else:
        hands.dialog.close()
    assert left == [0]
    assert hands.chooser.chosen is None


def test_a_subject_used_lately_is_one_key_away(made: Callable[..., Hands]) -> None:
    hands = made()
    subject = hands.dialog.subject
    assert subject.currentText() == "", "nobody's name is taken over unseen"
    subject.setFocus()
    hands.key(Qt.Key.Key_Down)
    assert hands.chooser.subject == "lea"
    edit = subject.lineEdit()
    edit.selectAll()
    QTest.keyClicks(edit, "a/b")
    assert "cannot name a folder" in hands.dialog.refusal.text()
    assert not hands.find(QPushButton, "launch").isEnabled()


def test_what_was_given_cannot_be_changed(made: Callable[..., Hands]) -> None:
    hands = made(paradigms=Column(PARADIGMS, "record"), subject="lea", subject_fixed=True)
    assert not hands.find(QLineEdit, "find_paradigm").isVisible()
    assert hands.focused.objectName() == "find_rig"
    assert hands.find(QListWidget, "list_paradigm").count() == 1
    assert hands.dialog.subject.currentText() == "lea"
    assert not hands.dialog.subject.isEnabled()


def test_both_themes_draw_every_row_differently(made: Callable[..., Hands]) -> None:
    hands = made()
    hands.chooser.take(("gonogo", "array"), [])
    colors = []
    for theme in (DARK, LIGHT):
        dress(hands.dialog, theme)
        image = hands.find(QListWidget, "list_rig").grab().toImage()
        assert image.pixelColor(QPoint(image.width() // 2, image.height() - 3)).name() == theme.panel
        colors.append({image.pixelColor(x, y).name() for x in range(image.width()) for y in range(60)})
        assert theme.accent in colors[-1], "the bar at the chosen row"
    assert colors[0] != colors[1]


def test_whoever_checks_is_called_again_and_again(made: Callable[..., Hands]) -> None:
    hands = made()
    deadline = time.monotonic() + 60
    while hands.polls < 3:
        assert time.monotonic() < deadline, "waited in vain for looks at the checks"
        QApplication.processEvents()
