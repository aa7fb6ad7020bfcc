"""A paradigm reads the rig's inputs by their names: it adds stages of its own, and names no device."""

from pathlib import Path

import numpy as np
import pytest

from psi.assembly.preparation import load_choice
from psi.assembly.request import RunRequest
from psi.controller.graph import graph_lines
from psi.testing import ScriptedSession

PARADIGM = """
from psi.api import AutoThreshold, Edges, Extension, ExtractEpochs, Paradigm, RMS


enamldef AroundStart(Paradigm):
    id = 'around_start'
    title = 'Around the start'
    requires = ['microphone']

    Extension:
        id = 'io'
        point = 'psi.controller.io'
        RMS:
            name = 'loudness'
            source = '{source}'
            duration = 0.01
        AutoThreshold:
            source = 'loudness'
            n_sd = 4
            baseline = 0.3
            Edges:
                name = 'bang'
        ExtractEpochs:
            name = 'beginning'
            source = 'microphone'
            event = 'experiment_start'
            duration = 0.2
"""
RIG_SETS = ["fs=20000"]


def paradigm(folder: Path, source: str = "microphone") -> str:
    file = folder / "around_start.enaml"
    file.write_text(PARADIGM.format(source=source), encoding="utf-8")
    return str(file)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    folder = tmp_path_factory.mktemp("added")
    session = ScriptedSession(paradigm(folder), "simulated", folder / "run", duration=0.6, rig_sets=RIG_SETS)
    with session.run() as recording:
        yield recording


def test_added_stages_read_what_the_rigs_input_makes(recording):
    microphone = recording.streams["microphone"].data[:].T.astype(float)
    (beginning,) = recording.epochs["beginning"]
    np.testing.assert_array_equal(beginning, recording.streams["microphone"].data[:].T[:, : beginning.shape[1]])
    assert beginning.shape == (1, 4000)
    blocks = microphone.reshape(1, -1, 200)
    np.testing.assert_allclose(
        recording.streams["loudness"].data[:].T, np.sqrt((blocks**2).mean(axis=2)), rtol=1e-5, atol=1e-12
    )


def test_what_an_automatic_threshold_found_is_in_the_audit(recording):
    audit = recording.audit
    (info,) = audit.loc[(audit["what"] == "found") & (audit["name"] == "bang"), "info"]
    loudness = recording.streams["loudness"].data[:30, 0].astype(float)
    centre = np.median(loudness)
    assert info["sample"] == 30
    np.testing.assert_allclose(info["centre"], [centre], rtol=1e-5)
    np.testing.assert_allclose(
        info["threshold"], [centre + 4 * 1.482602218505602 * np.median(abs(loudness - centre))], rtol=1e-4
    )


def test_the_graph_shows_them_below_what_they_read(tmp_path):
    request = RunRequest(paradigm=paradigm(tmp_path), rig="simulated", subject="test", run_id="graph", token="")
    lines = [line.strip() for line in graph_lines(load_choice(request).loaded.controller)]
    at = next(number for number, line in enumerate(lines) if line.startswith("Input 'microphone'"))
    assert [line.split(" ")[0] for line in lines[at : at + 5]] == [
        "Input",
        "RMS",
        "AutoThreshold",
        "Edges",
        "ExtractEpochs",
    ]


def test_a_source_that_is_not_there_is_named_with_the_nearest(tmp_path):
    request = RunRequest(
        paradigm=paradigm(tmp_path, "microfone"), rig="simulated", subject="test", run_id="check", token=""
    )
    findings = load_choice(request).loaded.controller.wiring().findings
    messages = [finding.message for finding in findings]
    assert "RMS 'loudness' reads the unknown input 'microfone'; did you mean 'microphone'?" in messages
    # What reads it in turn is not there either.
    assert any(message.startswith("AutoThreshold reads the unknown input 'loudness'") for message in messages)
    assert len(findings) == 2
