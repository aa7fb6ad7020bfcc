"""What a trigger does not allow is found before Start, where it was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from psi.core.errors import ConfigurationError
from psi.testing import ScriptedSession

JUICE = """
from psi.api import ExperimentAction, Extension, PluginManifest, Trigger


enamldef JuiceManifest(PluginManifest):
    id = 'juice'

    Extension:
        id = 'io'
        point = 'psi.controller.io'
        Trigger:
            name = 'juice_trigger'
            channel = 'water_dispense'
            max_duration = 0.5
    Extension:
        id = 'actions'
        point = 'psi.controller.actions'
        ExperimentAction:
            event = 'trial_start'
            command = 'psi.controller.fire'
            kwargs = {'output': 'juice_trigger', 'duration': 0.75}
"""


@pytest.mark.parametrize(
    ("given", "said"),
    [("0.75", ""), ("'hold_duration + 0.55'", " (hold_duration + 0.55)")],
    ids=["number", "expression"],
)
def test_an_action_with_a_pulse_that_is_too_long_is_a_finding(tmp_path: Path, given: str, said: str) -> None:
    path = tmp_path / "juice.enaml"
    path.write_text(JUICE.lstrip().replace("0.75", given), encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        ScriptedSession("appetitive_gonogo", "simulated", tmp_path / "r", manifests=[str(path)])
    (finding,) = refused.value.findings
    assert finding.message == f"a pulse of 0.75 s{said} is longer than output 'juice_trigger' allows: 0.5 s at most"
    assert finding.where.endswith("juice.enaml:20")
