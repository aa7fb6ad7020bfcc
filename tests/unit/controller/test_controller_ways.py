"""From a sensor to an output, as declared."""

from pathlib import Path

import pytest

from psi.controller.ways import Way, ways
from psi.controller.wiring import event_names
from psi.testing import ScriptedSession


def declared(paradigm: str, rig: str, folder: Path) -> list[Way]:
    loaded = ScriptedSession(paradigm, rig, folder / "recording").prepared.loaded
    controller = loaded.controller
    wiring = controller.wiring()
    index = controller.action_index(event_names(loaded.workbench, wiring))
    return ways(wiring, index, controller.machine(), float(loaded.rig.block_duration))


def test_the_way_has_filters_block_and_look_ahead(place: Path) -> None:
    found = {(way.event, way.output): way for way in declared("beat_locked", "replay_ecg", place)}
    assert set(found) == {("beat_rising", "stimulus"), ("beat_rising", "beat_pulse")}
    way = found["beat_rising", "stimulus"]
    assert way.filtering > 0.005
    assert way.block == pytest.approx(0.01)
    assert way.total == way.filtering + way.debouncing + way.block + way.look_ahead
    assert found["beat_rising", "beat_pulse"].total <= way.total
