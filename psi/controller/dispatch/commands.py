"""The controller's own commands."""

from __future__ import annotations

from typing import Any

from psi.controller.dispatch.action import CommandEvent
from psi.core.errors import RunFault
from psi.outputs.line_player import LinePlayer, TogglePlayer
from psi.outputs.sound_player import EpochPlayer


def _player(event: CommandEvent) -> Any:
    controller = event.workbench.get_plugin("psi.controller")
    return controller.get_output(event.parameters["output"])


def _due(event: CommandEvent) -> float | None:
    """The player's time in s at which to act: the event's plus ``after``, an expression; ``None`` for at once."""
    after = event.parameters.get("after")
    if after is None:
        return None
    controller = event.workbench.get_plugin("psi.controller")
    run = controller.run
    due = float(event.event.time + run.context.evaluate(str(after), event.event.kept))
    return float(run.io.player_time(event.parameters["output"], due))


def start_output(event: CommandEvent) -> None:
    """Play one epoch."""
    player = _player(event)
    if not isinstance(player, EpochPlayer):
        raise RunFault(f"output {player.name!r} plays no epochs; only an EpochOutput can be started")
    player.start(_due(event))


def stop_output(event: CommandEvent) -> None:
    """Drop what is left of an epoch."""
    player = _player(event)
    if not isinstance(player, EpochPlayer):
        raise RunFault(f"output {player.name!r} plays no epochs; only an EpochOutput can be stopped")
    player.stop()


def fire_output(event: CommandEvent) -> None:
    """One pulse."""
    player = _player(event)
    if not isinstance(player, LinePlayer):
        raise RunFault(f"output {player.name!r} gives no pulses; only a Trigger can be fired")
    player.fire(_due(event), event.parameters.get("duration"))


def set_output_high(event: CommandEvent) -> None:
    """Raise a line that stays as it is set."""
    _toggle(event).set_high()


def set_output_low(event: CommandEvent) -> None:
    """Lower a line that stays as it is set."""
    _toggle(event).set_low()


def _toggle(event: CommandEvent) -> TogglePlayer:
    player = _player(event)
    if not isinstance(player, TogglePlayer):
        raise RunFault(f"output {player.name!r} cannot be set high or low; only a Toggle can")
    return player
