"""Players of sampled waveforms: endless ones and epochs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.core.errors import RunFault
from psi.outputs.player import Endless, OutputPort, Player


class ContinuousPlayer(Player):
    """Plays an endless stimulus, or silence where it was given none."""

    def __init__(self, name: str, port: OutputPort) -> None:
        super().__init__(name, port)
        self._stimulus: Endless | None = None

    def load(self, stimulus: Endless | None) -> None:
        """Play ``stimulus`` from the first sample that can still be changed; ``None`` is silence."""
        with self._lock:
            self._stimulus = stimulus

    def silent(self, s0: int, n: int) -> bool:
        return self._stimulus is None

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        with self._lock:
            return np.zeros(n) if self._stimulus is None else self._stimulus(s0, n)


@dataclass(slots=True)
class _Epoch:
    s0: int
    waveform: NDArray[np.float64]
    #: Takes back the announced end, until it has happened.
    take_back_end: Callable[[], None] = lambda: None

    @property
    def end(self) -> int:
        return self.s0 + len(self.waveform)


class EpochPlayer(Player):
    """Plays its loaded waveform once for each start; overlapping epochs add up."""

    def __init__(self, name: str, port: OutputPort) -> None:
        super().__init__(name, port)
        self._waveform: NDArray[np.float64] | None = None
        self._info: Mapping[str, Any] = {}
        self._epochs: list[_Epoch] = []

    def load(self, waveform: NDArray[np.float64], info: Mapping[str, Any]) -> None:
        """Take the waveform, shape ``(n_samples,)`` in V, of the next starts; ``info`` goes into their rows."""
        self._waveform = waveform
        self._info = info

    def start(self, at: float | None = None) -> int:
        """Play one epoch at time ``at`` in s, or as soon as the hardware allows.

        Returns the sample at which it will begin. Raises ``RunFault`` where no stimulus was loaded.
        """
        if self._waveform is None:
            raise RunFault(f"output {self.name!r} was started without a stimulus; contribute a Tone or Noise for it")
        waveform = self._waveform
        with self._lock:
            s0 = self._earliest(at)
            epoch = _Epoch(s0, waveform)
            self._epochs.append(epoch)
        epoch.take_back_end = self._played(s0, s0 + len(waveform), self._info)
        return s0

    def stop(self) -> None:
        """Drop all that the hardware does not hold yet; the audit says where each epoch was cut."""
        with self._lock:
            cut = self.port.committed()
            stopped = [epoch for epoch in self._epochs if epoch.end > cut]
            for epoch in stopped:
                epoch.waveform = epoch.waveform[: max(0, cut - epoch.s0)]
            self._epochs = [epoch for epoch in self._epochs if len(epoch.waveform)]
        now = self.port.clock.now()
        for epoch in stopped:
            epoch.take_back_end()
            epoch.take_back_end = self.port.announce(f"{self.name}_end", epoch.end / self.port.fs, epoch.end)
            info = {"sample": epoch.s0, "end_sample": epoch.end}
            self.port.record({"kind": "audit", "time": now, "what": "cut", "name": self.name, "info": info})

    def silent(self, s0: int, n: int) -> bool:
        return all(epoch.s0 >= s0 + n or epoch.end <= s0 for epoch in self._epochs)

    def read(self, s0: int, n: int) -> NDArray[np.float64]:
        samples = np.zeros(n)
        with self._lock:
            for epoch in self._epochs:
                first, last = max(epoch.s0, s0), min(epoch.end, s0 + n)
                if first < last:
                    samples[first - s0 : last - s0] += epoch.waveform[first - epoch.s0 : last - epoch.s0]
            # What ends before here has been read for the last time: reads repeat only beyond what is committed.
            self._epochs = [epoch for epoch in self._epochs if epoch.end > s0]
        return samples
