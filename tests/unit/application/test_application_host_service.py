"""What consoles may ask of a run that is ending."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from psi.application.host_service import HostService
from psi.controller.pacing import StopRequest
from psi.core.errors import ConfigurationError


@pytest.mark.parametrize("command", ["pause", "keep_going", "stop_after_trial", "abort_trial", "remind"])
def test_a_run_that_is_ending_is_left_alone(command: str) -> None:
    asked: list[str] = []
    request = StopRequest()
    controls = SimpleNamespace(**{command: lambda **more: asked.append(command)})
    run: Any = SimpleNamespace(
        settings=SimpleNamespace(mode="running"), machine=object(), controls=controls, stop_request=request
    )
    prepared = SimpleNamespace(loaded=SimpleNamespace(controller=None), request=SimpleNamespace(paradigm="record"))
    next_run: Any = SimpleNamespace(prepared=prepared)
    host: Any = SimpleNamespace(run=run)
    service = HostService(next_run, SimpleNamespace(), host)  # type: ignore[arg-type]
    service.handlers[command]({})
    request("stopped")
    with pytest.raises(ConfigurationError, match="the run is ending"):
        service.handlers[command]({})
    assert asked == [command]
