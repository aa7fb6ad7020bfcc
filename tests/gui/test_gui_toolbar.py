"""Buttons that a manifest contributes: pressed, they send their command, and say where that fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import QPoint, QRect, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QPushButton

import psi
from psi.core.errors import ConfigurationError
from psi.experiment.strips.alarm import Alarm
from psi.testing import ScriptedSession

Window = Any  # the fixture's, in conftest.py

PARADIGM = '''"""Buttons for the room light."""
from psi.api import Command, Extension, Paradigm, Parameter, ToolbarButton


def fail(event):
    raise ValueError('the pump is dry')


enamldef Buttons(Paradigm):
    id = 'buttons'
    title = 'Buttons'
    manifests = ['room_light']

    Extension:
        id = 'items'
        point = 'psi.context.items'
        Parameter:
            name = 'dose'
            default = 1.0
    Extension:
        id = 'commands'
        point = 'enaml.workbench.core.commands'
        Command:
            id = 'refill'
            description = 'Refill the pump.'
            handler = fail
    Extension:
        id = 'toolbar'
        point = 'psi.experiment.toolbar'
        ToolbarButton:
            name = 'dark'
            label = 'Light off'
            command = 'psi.controller.set_low'
            kwargs = {'output': 'room_light_toggle'}
            shortcut = 'Ctrl+L'
        ToolbarButton:
            name = 'refill'
            label = 'Refill'
            command = 'refill'
            enabled = ['running']
'''


def button(window: Window, name: str) -> QPushButton:
    found = window.widget.findChild(QPushButton, f"toolbar_{name}")
    assert found is not None
    return found


@pytest.mark.parametrize("rig", [PARADIGM], indirect=True)
def test_a_button_sends_its_command_and_the_audit_says_who(window: Window) -> None:
    dark, refill = button(window, "dark"), button(window, "refill")
    assert (dark.text(), refill.toolTip()) == ("Light off", "Refill the pump.")
    assert not dark.isEnabled()
    window.console.request("want", condition="open")
    window.condition("open")
    window.wait_for(dark.isEnabled, "for the button of the open rig")
    assert not refill.isEnabled()

    window.console.request("want", condition="running")
    window.condition("running")
    window.wait_for(lambda: refill.isEnabled() and window.console.get("flags")["room_light_toggle_active"])
    QTest.mouseClick(dark, Qt.MouseButton.LeftButton)
    window.wait_for(lambda: not window.console.get("flags")["room_light_toggle_active"], "for the dark")

    QTest.mouseClick(refill, Qt.MouseButton.LeftButton)
    line = window.view.header.get_widget().strip.refusal
    window.wait_for(lambda: "the pump is dry" in line.text(), "for the refusal")
    assert "refill" in line.text()
    folder = window.console.get("recording")
    window.console.request("stop")
    window.condition("open")
    with psi.open_recording(folder) as recording:
        assert recording.finish_reason == "stopped"
        sent = recording.audit[recording.audit["what"] == "sent"]
        assert list(sent["name"]) == ["psi.controller.set_low", "refill"]
        assert set(sent["who"]) == {"console"}
        assert [info["outcome"] for info in sent["info"]] == ["ok", "ValueError: the pump is dry"]


def test_without_buttons_there_is_no_row_of_them(window: Window) -> None:
    assert window.console.get("buttons") == []
    assert not window.view.header.get_widget().toolbar.isVisible()


def test_many_buttons_go_below_each_other_and_none_is_cut(window: Window) -> None:
    header = window.view.header.get_widget()
    named = {"command": "x", "kwargs": {}, "icon": "", "shortcut": "", "hint": "", "enabled": []}
    declared = [{"name": f"b{number}", "label": f"Button number {number}", **named} for number in range(12)]
    window.widget.resize(1280, 800)
    window.rig.state.update({"buttons": declared})
    window.wait_for(lambda: len(header.toolbar.buttons) == 12, "for the buttons")

    def whole() -> bool:
        buttons = header.toolbar.buttons.values()
        course = [button for button in header.buttons.values() if button.isVisible()]
        return header.height() >= header.minimumSizeHint().height() and all(
            button.width() >= button.sizeHint().width() and header.rect().contains(place(button))
            for button in (*buttons, *course)
        )

    def place(button: QPushButton) -> QRect:
        return QRect(button.mapTo(header, QPoint(0, 0)), button.size())

    for width in (1280, 800):
        window.widget.resize(width, 800)
        window.wait_for(whole, f"for room at {width} pixels")
    rows = {button.y() for button in header.toolbar.buttons.values()}
    assert len(rows) > 1
    window.rig.state.update({"buttons": []})
    window.wait_for(lambda: not header.toolbar.isVisible(), "for the row to go")


def test_a_long_refusal_has_the_windows_width_and_is_whole_in_its_tip(window: Window) -> None:
    header = window.view.header.get_widget()
    words = "the rig has no such output; " * 12
    window.widget.resize(1280, 800)
    window.console.say(words)
    line = header.strip.refusal
    window.wait_for(lambda: line.isVisible() and line.width() > 900, "for the line")
    assert (line.text(), line.toolTip()) == (words, words)
    assert not header.strip.given.isVisible()
    # An alarm takes the strip's place, but not what was refused.
    header.alarm.sound = lambda: None
    header.alarm.give(Alarm("fault", "FAULT: engine 'booth' is gone"))
    window.console.say(words + "so")
    assert line.isVisible()
    window.console.say("")
    assert not line.isVisible()
    assert not header.strip.isVisible()
    header.alarm.quiet()
    assert header.strip.given.isVisible()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("command = 'refill'", "command = 'refil'", "button 'refill': unknown command 'refil'; did you mean 'refill'"),
        ("'output': 'room_light_toggle'", "'output': 'room_light'", "button 'dark': unknown output 'room_light'"),
        ("{'output': 'room_light_toggle'}", "{}", "button 'dark': command 'psi.controller.set_low' needs"),
        ("['running']", "['runing']", "'runing'; did you mean 'running'"),
        ("name = 'refill'", "name = 'dark'", "button 'dark' is declared twice"),
        ("enabled = ", "shortcut = 'ctrl+l'; enabled = ", "have the same shortcut"),
        ("command = 'refill'", "icon = '/nothere.png'\n            command = 'refill'", "no image '/nothere.png'"),
        # One fault hides no other.
        ("name = 'refill'", "name = 'dark'\n            icon = '/nothere.png'", "twice(.|\n)*no image '/nothere.png'"),
    ],
)
def test_a_button_that_cannot_work_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "buttons.enaml"
    assert PARADIGM.count(old) == 1
    path.write_text(PARADIGM.replace(old, new).replace("; enabled", "\n            enabled"))
    with pytest.raises(ConfigurationError, match=message):
        ScriptedSession(str(path), "simulated", tmp_path / "r", duration=0.1).run()
