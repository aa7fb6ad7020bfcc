"""Stimuli: what an output plays, as functions of context items.

A stimulus names expressions over items and never sees the context: the run evaluates them and
hands over numbers. Levels become volts through the channel's calibration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from atom.api import Int, Str
from enaml.core.api import Declarative, d_
from numpy.typing import NDArray

from psi.core.errors import RunFault
from psi.models.calibration import Calibration
from psi.signal.noise import frozen_noise
from psi.signal.tone import tone


class Stimulus(Declarative):
    """What the output named ``output`` plays. Each ``Str`` setting is an expression over context items."""

    #: Name of the ContinuousOutput or EpochOutput that plays it.
    output = d_(Str())

    #: Level in dB, in the reference of the output's channel (dB SPL where it has a calibration, else dB FS).
    level = d_(Str("60"))

    def settings(self) -> dict[str, str]:
        """The expressions by the setting's name; a subclass adds its own."""
        return {"level": self.level}

    def rms_volts(self, values: Mapping[str, Any], calibration: Calibration) -> float:
        return float(calibration.to_volts_rms(float(values["level"])))

    def render(
        self, fs: float, values: Mapping[str, Any], calibration: Calibration, generator: np.random.Generator
    ) -> NDArray[np.float64]:
        """One epoch in V, shape ``(n_samples,)``, or one period of an endless one."""
        raise NotImplementedError(f"{type(self).__name__} renders nothing")


class Tone(Stimulus):
    """A pure tone with cosine-squared ramps."""

    #: Hz.
    frequency = d_(Str("1000"))
    #: Seconds, ramps included.
    duration = d_(Str("1"))
    #: Seconds of each ramp.
    rise_time = d_(Str("0.01"))

    def settings(self) -> dict[str, str]:
        more = {"frequency": self.frequency, "duration": self.duration, "rise_time": self.rise_time}
        return super().settings() | more

    def render(
        self, fs: float, values: Mapping[str, Any], calibration: Calibration, generator: np.random.Generator
    ) -> NDArray[np.float64]:
        frequency, duration = float(values["frequency"]), float(values["duration"])
        if not 0 < frequency < fs / 2:
            raise RunFault(
                f"stimulus of {self.output!r}: a tone of {frequency:g} Hz needs more than {2 * frequency:g} samples/s; "
                f"the channel has {fs:g}"
            )
        return tone(fs, duration, frequency, self.rms_volts(values, calibration), float(values["rise_time"]))


class Noise(Stimulus):
    """Gaussian noise, frozen: the same samples in every epoch and, on a continuous output, in every period."""

    #: Seconds; of an epoch, or of the period after which continuous noise repeats.
    duration = d_(Str("2"))
    #: Tells apart noises of one task.
    token = d_(Int(0))

    def settings(self) -> dict[str, str]:
        return super().settings() | {"duration": self.duration}

    def render(
        self, fs: float, values: Mapping[str, Any], calibration: Calibration, generator: np.random.Generator
    ) -> NDArray[np.float64]:
        seed = int(generator.integers(1 << 62))
        return frozen_noise(fs, float(values["duration"]), seed, self.rms_volts(values, calibration))


def endless(period: NDArray[np.float64]) -> Any:
    """Samples of ``period`` repeated for ever, by index."""
    doubled = np.concatenate([period, period]) if len(period) else np.zeros(2)
    length = max(1, len(doubled) // 2)

    def read(s0: int, n: int) -> NDArray[np.float64]:
        start = s0 % length
        if start + n <= len(doubled):
            return doubled[start : start + n]
        return np.take(doubled, np.arange(start, start + n) % length)

    return read
