"""Epochs of a run on the wall clock, ended well and by SIGKILL: each is a slice of its stream, and nothing is left."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import psi

LiveRuns = Callable[..., Any]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")

RIG = """
from psi.api import AIChannel, Capture, Extension, ExtractEpochs, Input, NoiseSource, Rig, SimulatedEngine, SpikeDetect

enamldef Noisy(Rig):
    id = 'noisy'
    title = 'Noise with many crossings'
    Extension:
        id = 'hardware'
        point = 'psi.controller.hardware'
        SimulatedEngine:
            name = 'array'
            AIChannel:
                channel = 'ai0:3'
                fs = 25e3
                Input:
                    name = 'raw'
                    SpikeDetect:
                        name = 'crossings'
                        threshold = 0.003
                    ExtractEpochs:
                        name = 'beginning'
                        event = 'experiment_start'
                        offset = 0.01
                        duration = 0.1
                    Capture:
                        name = 'long'
                        start = 'experiment_start'
                        stop = 'experiment_end'
                        max_duration = 2
            NoiseSource:
                to = 'ai0:3'
                rms = 0.001
"""


@pytest.fixture
def rig(place: Path) -> str:
    path = place / "noisy.enaml"
    path.write_text(RIG, encoding="utf-8")
    return str(path)


def assert_slices(recording: psi.Recording) -> None:
    raw = recording.streams["raw"].data[:].T
    crossings = recording.epochs["crossings"]
    metadata = crossings.metadata
    assert len(crossings) > 20
    for epoch, s0, channel in zip(crossings, metadata["s0"], metadata["channel"], strict=True):
        # Streams and epochs are different rings: a stream may lack the last block of a killed runtime.
        there = raw[channel : channel + 1, s0 : s0 + epoch.shape[1]]
        np.testing.assert_array_equal(epoch[:, : there.shape[1]], there)
    (beginning,) = recording.epochs["beginning"]
    s0 = int(recording.epochs["beginning"].metadata["s0"][0])
    np.testing.assert_array_equal(beginning, raw[:, s0 : s0 + 2500])


def test_epochs_on_the_wall_clock_are_slices_of_their_stream(rig: str, live_run: LiveRuns) -> None:
    status, summary, err = live_run("record", "--rig", rig, "--out", "r", "--duration", "3").end()
    assert (status, summary["finish_reason"]) == (0, "duration"), err
    with psi.open_recording("r") as recording:
        assert_slices(recording)
        assert recording.gaps == []
        (whole,) = recording.epochs["long"]
        begin = int(recording.epochs["long"].metadata["s0"][0])
        raw = recording.streams["raw"].data[:].T
        np.testing.assert_array_equal(whole, raw[:, begin : begin + whole.shape[1]])
        assert whole.shape[1] == 2 * 25_000


def test_epochs_of_a_killed_runtime_are_kept_whole(rig: str, live_run: LiveRuns) -> None:
    run = live_run("record", "--rig", rig, "--out", "r")
    os.kill(run.pids["runtime"], signal.SIGKILL)
    status, summary, _ = run.end()
    assert (status, summary["finish_reason"]) == (3, "runtime died")
    with psi.open_recording("r") as recording:
        assert_slices(recording)
