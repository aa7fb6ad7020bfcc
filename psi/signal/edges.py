"""Changes of level that last."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DETECTS = ("rising", "falling", "both")


class Change(NamedTuple):
    """A change of level on one channel."""

    #: Absolute index of the first sample of the new level.
    sample: int
    channel: int
    rising: bool


class EdgeDetector:
    """Finds changes of level that have lasted at least ``debounce`` samples.

    A change's time is the first sample of the new level. Shorter excursions are ignored, in both
    directions and across chunks: they neither change the level nor interrupt it. A change is given
    out with the chunk that holds the last of its ``debounce`` samples.

    Parameters
    ----------
    debounce
        Samples; 0 and 1 let every change through.
    initial_state
        Level of every channel before the first sample; ``None`` for that of the first sample.
    """

    def __init__(self, debounce: int = 1, initial_state: bool | None = None) -> None:
        self.debounce = max(int(debounce), 1)
        self.initial_state = initial_state
        # Level of each channel that lasts, and that before the first change; empty before the first sample.
        self._level: list[bool] = []
        self._first_level: tuple[bool, ...] = ()
        # Level and first sample of each channel's last run of equal samples.
        self._last: list[bool] = []
        self._since: list[int] = []
        # Whether some channel's last run is not of its lasting level, so that it may yet become it.
        self._pending = False
        self._quiet_bytes = b""

    def process(self, levels: NDArray[np.bool_], s0: int) -> list[Change]:
        """The changes that became certain with ``levels``, by sample, then channel.

        Parameters
        ----------
        levels
            Shape ``(n_channels, n_samples)``.
        s0
            Absolute index of the first sample.
        """
        n_samples = levels.shape[1]
        if n_samples == 0:
            return []
        if not self._level:
            self._begin(levels, s0)
        # Nearly every chunk looks like this: the level that lasts, all over. Bytes are compared quickest.
        if not self._pending and levels.tobytes() == self._quiet(n_samples):
            return []
        found: list[Change] = []
        for channel, samples in self._switches(levels, s0):
            for sample in samples:
                self._run_ends(channel, sample, found)
                self._last[channel], self._since[channel] = not self._last[channel], sample
            # The run that goes on beyond this chunk has lasted this long at least.
            self._run_ends(channel, s0 + n_samples, found)
        self._pending = self._last != self._level
        if found:
            self._quiet_bytes = b""
            found.sort()
        return found

    @property
    def first_level(self) -> tuple[bool, ...]:
        """Level of each channel before the first change; empty before the first sample."""
        return self._first_level

    def _quiet(self, n_samples: int) -> bytes:
        """What ``n_samples`` of the level that lasts look like."""
        if len(self._quiet_bytes) != n_samples * len(self._level):
            self._quiet_bytes = np.repeat(np.array(self._level), n_samples).tobytes()
        return self._quiet_bytes

    def _begin(self, levels: NDArray[np.bool_], s0: int) -> None:
        if self.initial_state is None:
            self._level = levels[:, 0].tolist()
        else:
            self._level = [self.initial_state] * levels.shape[0]
        self._first_level = tuple(self._level)
        self._last = list(self._level)
        self._since = [s0] * len(self._level)

    def _switches(self, levels: NDArray[np.bool_], s0: int) -> list[tuple[int, list[int]]]:
        """For each channel that needs a look: the samples at which its level is another than the one before."""
        before = np.empty_like(levels)
        before[:, 0] = self._last
        before[:, 1:] = levels[:, :-1]
        switches: dict[int, list[int]] = {channel: [] for channel in range(len(self._last)) if self._due(channel)}
        channels, samples = np.nonzero(levels != before)
        for channel, sample in zip(channels.tolist(), (samples + s0).tolist(), strict=True):
            switches.setdefault(channel, []).append(sample)
        return list(switches.items())

    def _due(self, channel: int) -> bool:
        """Whether the channel's last run is not of its lasting level, so that it may yet become it."""
        return self._last[channel] != self._level[channel]

    def _run_ends(self, channel: int, end: int, found: list[Change]) -> None:
        """The channel's last run lasts up to ``end``; a change where that is long enough and the level is new."""
        level, since = self._last[channel], self._since[channel]
        if level != self._level[channel] and end - since >= self.debounce:
            found.append(Change(since, channel, level))
            self._level[channel] = level
