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
        #: Level of each channel that lasts, shape (n_channels,); empty before the first sample.
        self.level = np.empty(0, dtype=bool)
        #: Level of each channel before the first change; empty before the first sample.
        self.first_level = self.level
        # Level and first sample of each channel's last run of equal samples.
        self._last = self.level
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
        if levels.shape[1] == 0:
            return []
        if not self.level.size:
            self._begin(levels, s0)
        # Nearly every chunk looks like this: the level that lasts, all over. Bytes are compared quickest.
        if not self._pending and levels.tobytes() == self._quiet(levels.shape[1]):
            return []
        differs = levels != self.level[:, np.newaxis]
        found: list[Change] = []
        for channel in np.flatnonzero(differs.any(axis=1) | (self._last != self.level)).tolist():
            self._process_channel(levels[channel], s0, channel, found)
        self._pending = bool((self._last != self.level).any())
        if found:
            self._quiet_bytes = b""
        found.sort()
        return found

    def _quiet(self, n_samples: int) -> bytes:
        """What ``n_samples`` of the level that lasts look like."""
        if len(self._quiet_bytes) != n_samples * self.level.size:
            self._quiet_bytes = np.repeat(self.level, n_samples).tobytes()
        return self._quiet_bytes

    def _begin(self, levels: NDArray[np.bool_], s0: int) -> None:
        if self.initial_state is None:
            self.level = levels[:, 0].copy()
        else:
            self.level = np.full(levels.shape[0], self.initial_state, dtype=bool)
        self.first_level = self.level.copy()
        self._last = self.level.copy()
        self._since = [s0] * levels.shape[0]

    def _process_channel(self, levels: NDArray[np.bool_], s0: int, channel: int, found: list[Change]) -> None:
        # Runs of equal samples: the one that goes on from the last chunk (with no sample of this one,
        # where the first differs), then one from each change.
        starts = np.flatnonzero(levels[1:] != levels[:-1]) + 1
        if levels[0] != self._last[channel]:
            starts = np.concatenate(([0], starts))
        starts = np.concatenate(([self._since[channel]], starts + s0))
        ends = np.append(starts[1:], s0 + len(levels))
        run_levels = (np.arange(len(starts)) % 2 == 1) ^ self._last[channel]
        lasting = ends - starts >= self.debounce
        # The level before counts as lasting, whatever the length of the run that it was last seen in.
        was = np.concatenate(([self.level[channel]], run_levels[lasting]))
        for index in np.flatnonzero(was[1:] != was[:-1]).tolist():
            found.append(Change(int(starts[lasting][index]), channel, bool(was[index + 1])))
        self.level[channel] = was[-1]
        self._last[channel] = run_levels[-1]
        self._since[channel] = int(starts[-1])
