"""Renders stimuli from the current settings and gives them to the players."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.context.context import Context
from psi.controller.wiring import Wiring
from psi.core.errors import RunFault
from psi.core.expressions import Expression, parse
from psi.hardware.channel import AOChannel, Channel
from psi.outputs.player import Player
from psi.outputs.sound_player import ContinuousPlayer, EpochPlayer
from psi.outputs.stimulus import Stimulus, endless


class StimulusLoader:
    """Keeps every stimulus ready in its player; renders again only where a value has changed."""

    def __init__(
        self,
        wiring: Wiring,
        players: Mapping[str, Player],
        context: Context,
        generator: Callable[[str], np.random.Generator],
    ) -> None:
        self._wiring = wiring
        self._players = players
        self._context = context
        self._generator = generator
        self._expressions: dict[str, dict[str, Expression]] = {
            name: {setting: parse(text) for setting, text in stimulus.settings().items()}
            for name, stimulus in wiring.stimuli.items()
        }
        self._loaded: dict[str, dict[str, Any]] = {}

    def load(self) -> None:
        """Give every player what its stimulus is at the current settings.

        Raises ``RunFault`` where a stimulus cannot be made or exceeds what its channel can give.
        """
        for name, stimulus in self._wiring.stimuli.items():
            values = {
                setting: self._context.evaluate(expression) for setting, expression in self._expressions[name].items()
            }
            if self._loaded.get(name) == values:
                continue
            channel = self._wiring.outputs[name][1]
            waveform, info = render(stimulus, channel, values, self._generator(f"stimulus.{name}"))
            player = self._players[name]
            if isinstance(player, EpochPlayer):
                player.load(waveform, info)
            elif isinstance(player, ContinuousPlayer):
                player.load(endless(waveform) if waveform.any() else None)
            self._loaded[name] = values


def render(
    stimulus: Stimulus, channel: Channel, values: Mapping[str, Any], generator: np.random.Generator
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """The stimulus at ``values`` in V, shape ``(n_samples,)``, and what is recorded of it.

    Raises ``RunFault`` where it cannot be made or exceeds what its channel can give.
    """
    if not isinstance(channel, AOChannel):
        kind = type(stimulus).__name__
        raise RunFault(f"output {stimulus.output!r} on {channel.reference!r} cannot play {kind}")
    calibration = channel.level_reference()
    waveform = stimulus.render(channel.fs, values, calibration, generator)
    peak = float(np.max(np.abs(waveform))) if len(waveform) else 0.0
    limit = channel.expected_range[1]
    if peak > limit:
        raise RunFault(
            f"stimulus of {stimulus.output!r} at {values['level']:g} {calibration.unit} needs {peak:.3g} V; "
            f"{channel.reference!r} allows {limit:g} V: lower the level"
        )
    return waveform, {**values, "level_unit": calibration.unit}
