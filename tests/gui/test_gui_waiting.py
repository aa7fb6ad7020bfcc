"""A window whose runtime is slow, silent or frozen: it says so, goes on drawing, and can be closed."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel

from psi.application.registry import live_runs
from psi.link.client import LinkClient

Window = Any  # the fixtures', in conftest.py
Rig = Any


def text_of(window: Window, name: str) -> str:
    return window.widget.findChild(QLabel, name).text()


def test_a_start_that_takes_long_is_shown_and_can_be_taken_back(window: Window, rig: Rig) -> None:
    make, may_go_on, asked = rig.host._make_run, threading.Event(), threading.Event()

    def slow(mode: str) -> Any:
        asked.set()
        may_go_on.wait()
        return make(mode)

    rig.host._make_run = slow
    try:
        window.console.request("want", condition="running")
        window.wait_for(asked.is_set, "for the start")
        window.wait_for(lambda: "STARTING" in text_of(window, "condition"))
        window.wait_for(lambda: "starting…" in text_of(window, "status"))
        cancel = window.button("stop")
        assert cancel.text() == "■ Cancel"
        QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
        window.wait_for(lambda: window.console.get("wanted") == "closed", "for the start to be taken back")
    finally:
        may_go_on.set()
        rig.host._make_run = make
    window.wait_for(lambda: "CLOSED" in text_of(window, "condition"))
    window.console.request("want", condition="open")
    window.condition("open")
    # Nothing was begun: no recording, nor a folder for one.
    assert list(rig.folder.rglob("*")) == []


def test_a_store_that_has_much_to_write_is_spoken_of(window: Window, rig: Rig) -> None:
    window.console.request("want", condition="running")
    window.condition("running")
    seen: list[str] = []
    window.console.observe("work", lambda change: seen.append(change["value"]))
    window.console.request("stop")
    window.condition("open")
    assert any(text.startswith("stopping…") for text in seen), seen


def test_a_silent_engine_is_shown_and_the_window_goes_on(window: Window, rig: Rig) -> None:
    (engine,) = rig.prepared.loaded.controller.wiring().tree.engines
    engine.silent_after, engine.silent_for = 1.0, 2.5
    try:
        window.console.request("want", condition="running")
        window.condition("running")
        window.wait_for(lambda: "BOOTH SILENT" in text_of(window, "warning"), "for the warning")
        window.wait_for(lambda: "engine 'booth' gives no samples" in text_of(window, "status"))
        elapsed = text_of(window, "status")
        window.wait_for(lambda: text_of(window, "status") != elapsed, "for the seconds to count on")
        window.wait_for(lambda: text_of(window, "warning") == "", "for the samples to come back")
        assert "no samples" not in text_of(window, "status")
        engine.silent_after, engine.silent_for = 0.0, 1e9
        window.wait_for(lambda: "BOOTH SILENT" in text_of(window, "warning"), "for the second warning")
        QTest.mouseClick(window.button("stop"), Qt.MouseButton.LeftButton)
        window.condition("open")
    finally:
        engine.silent_after = 1e9


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGSTOP")
def test_a_frozen_runtime_neither_freezes_the_window_nor_keeps_it_open(
    place: Path, live_run: Callable[..., Any], window_on: Callable[[Any], Window]
) -> None:
    run = live_run("appetitive_gonogo", "--rig", "simulated", "--set-rig", "fs=20e3", "--subject", "G", "--out", "r")
    (entry,) = (found.entry for found in live_runs())
    window = window_on(entry)
    window.condition("running")
    runtime = psutil.Process(run.pids["runtime"])
    looks = 0

    def no_contact() -> bool:
        nonlocal looks
        looks += 1
        window.console.poll()
        return not window.console.connected

    os.kill(runtime.pid, signal.SIGSTOP)
    try:
        # Between the last answer and the word that none comes lie seconds: they are full of looks.
        window.wait_for(no_contact, "to notice")
        assert looks > 10
        assert "NO CONTACT" in text_of(window, "condition")
        assert "the runtime does not answer" in text_of(window, "status")
        # It is closed while an answer is waited for, with more questions behind.
        for _ in range(5):
            window.console.request("note", text="nobody hears it")
        window.close()
        assert not any(thread.name == "psi-console-link" for thread in threading.enumerate())
        assert runtime.status() == psutil.STATUS_STOPPED
    finally:
        os.kill(runtime.pid, signal.SIGCONT)
    with LinkClient(entry.port, entry.token) as link:
        link.request("stop", 30.0)
    assert run.end()[0] == 0
