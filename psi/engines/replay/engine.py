"""The replay engine as declared, and the electrocardiogram that psi makes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from atom.api import Float, Str
from enaml.core.api import d_
from numpy.typing import NDArray

from psi.engines.simulated.engine import SimulatedEngine
from psi.engines.simulated.source import FileSource, Signal, Source
from psi.hardware.channel import Channel

if TYPE_CHECKING:
    from psi.engines.simulated.driver import SimulatedDriver


class ReplayEngine(SimulatedEngine):
    """A simulated device whose first input channel measures what ``file`` holds; its outputs are in memory.

    Without a file its own sources are played. The run ends with the file.
    """

    #: npy, npz, wav, or a psi recording.
    file = d_(Str())
    #: Array of an npz, or stream of a recording.
    key = d_(Str())
    #: Of a file of whole numbers, a converter's codes, the channel measures ``(stored - offset) * scale``;
    #: a file of real numbers is in the channel's unit already.
    offset = d_(Float(0.0))
    scale = d_(Float(1.0))

    def sources(self) -> list[Source]:
        if not self.file:
            return super().sources()
        to = next((channel.channel for channel in self.channels() if channel.direction == "input"), "")
        return [FileSource(to=to, file=self.file, key=self.key, offset=self.offset, scale=self.scale, codes=True)]


class _Samples(Signal):
    def __init__(self, samples: NDArray[np.float64]) -> None:
        self._samples = samples
        self.end = len(samples)

    def read(self, s0: int, n: int) -> NDArray[Any]:
        part = self._samples[s0 : s0 + n]
        return part if len(part) == n else np.pad(part, (0, n - len(part)))


class ElectrocardiogramSource(Source):
    """A synthetic electrocardiogram with irregular beats, in mV."""

    #: Seconds.
    duration = d_(Float(60.0))

    def signal(self, channel: Channel, driver: SimulatedDriver) -> Signal:
        from psi.signal.electrocardiogram import synthetic_ecg

        generator = driver.ports.generator(f"simulated.ecg.{channel.reference}")
        return _Samples(np.ravel(synthetic_ecg(channel.fs, self.duration, generator)))
