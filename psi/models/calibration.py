"""How volts relate to levels.

A flat calibration gives dB SPL, dB re 20 µPa RMS. Where none exists a level is dB re full scale, and its
unit says so.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from psi.models.base import Model
from psi.models.units import DecibelsSPL, Volts

#: Reference of dB SPL in Pa RMS (ISO 1683:2015, sound pressure level in gases).
REFERENCE_PRESSURE = 20e-6


class Calibration(Model):
    """Turns a level into RMS volts and back. ``-inf`` dB is 0 V."""

    #: 'dB SPL' or 'dB FS'.
    unit: ClassVar[str]

    @property
    @abstractmethod
    def volts_at_zero(self) -> float:
        """RMS in V of a signal at 0 dB."""

    def to_volts_rms(self, level: float) -> float:
        """RMS in V of a signal of ``level`` dB: ``V0 10^(L / 20)``, the definition of the decibel (ISO 80000-3).

        ``OverflowError`` where that is more than a float can hold.
        """
        return self.volts_at_zero * math.pow(10.0, level / 20)

    def to_level(self, volts_rms: float) -> float:
        """Level in dB of a signal of ``volts_rms`` V RMS: ``20 log10(V / V0)``. ``ValueError`` where it is negative."""
        if volts_rms < 0:
            raise ValueError(f"an RMS of {volts_rms} V cannot be; give 0 or more")
        if volts_rms == 0:
            return -math.inf
        return 20 * math.log10(volts_rms / self.volts_at_zero)


class FlatCalibration(Calibration):
    """The same at all frequencies.

    For an output, ``spl_at_1v`` is the level that 1 V RMS produces; for an input, the level that makes 1 V RMS.

    Examples
    --------
    >>> FlatCalibration(spl_at_1v=100).to_volts_rms(80)
    0.1
    """

    unit: ClassVar[str] = "dB SPL"

    kind: Literal["flat"] = "flat"
    #: Level in dB SPL of 1 V RMS.
    spl_at_1v: DecibelsSPL

    @classmethod
    def from_sensitivity(cls, volts_per_pascal: float) -> FlatCalibration:
        """For a microphone of so many V/Pa: 1 V RMS is ``1 / sensitivity`` Pa RMS.

        ``ValueError`` where the sensitivity is not greater than 0.
        """
        if not volts_per_pascal > 0:
            raise ValueError(f"a sensitivity of {volts_per_pascal} V/Pa cannot be; give more than 0")
        return cls(spl_at_1v=20 * math.log10(1 / (volts_per_pascal * REFERENCE_PRESSURE)))

    @property
    def sensitivity(self) -> float:
        """V/Pa."""
        return self.volts_at_zero / REFERENCE_PRESSURE

    @property
    def volts_at_zero(self) -> float:
        return math.pow(10.0, -self.spl_at_1v / 20)


class FullScale(Calibration):
    """No calibration: dB re the RMS of a sine whose peak is full scale.

    The convention of AES17-2020, where a full-scale sine is 0 dB FS and a full-scale square wave +3.01 dB FS.
    """

    unit: ClassVar[str] = "dB FS"

    kind: Literal["full_scale"] = "full_scale"
    #: The highest voltage of the channel in V.
    volts: Annotated[Volts, Field(gt=0)]

    @property
    def volts_at_zero(self) -> float:
        return self.volts / math.sqrt(2)
