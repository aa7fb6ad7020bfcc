"""How a task is timed: what was asked for, and what its device makes of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from nidaqmx.constants import AcquisitionType, ChannelType, SampleTimingType
from nidaqmx.error_codes import DAQmxErrors

from psi.testing.ni_server.channels import KINDS, VirtualChannel
from psi.testing.ni_server.device import Device
from psi.testing.ni_server.errors import DaqFault
from psi.testing.ni_server.names import terminal


class TimedChannels:
    """Channels of one kind and the settings of their clock."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.channels: list[VirtualChannel] = []
        #: Attributes of timing, triggers, buffers, reading and writing, by NI's name for them.
        self.settings: dict[str, Any] = {}

    @property
    def type(self) -> ChannelType | None:
        return self.channels[0].type if self.channels else None

    @property
    def kind(self) -> str:
        """'ai', 'ao', 'di', 'do', 'ci' or 'co'; empty without channels."""
        return KINDS[self.channels[0].type] if self.channels else ""

    @property
    def device(self) -> Device:
        if not self.channels:
            raise DaqFault(DAQmxErrors.CAN_NOT_PERFORM_OP_WHEN_NO_CHANS_IN_TASK, f"Task Name: {self.name}")
        return self.channels[0].device

    @property
    def is_output(self) -> bool:
        return self.kind in ("ao", "do", "co")

    @property
    def timing(self) -> SampleTimingType:
        return SampleTimingType(self.settings.get("SAMP_TIMING_TYPE", SampleTimingType.ON_DEMAND.value))

    @property
    def on_demand(self) -> bool:
        return self.timing is SampleTimingType.ON_DEMAND

    @property
    def continuous(self) -> bool:
        return self.settings.get("SAMP_QUANT_SAMP_MODE") == AcquisitionType.CONTINUOUS.value

    @property
    def total(self) -> int | None:
        """Samples of a finite task, per channel."""
        return None if self.continuous else int(self.settings.get("SAMP_QUANT_SAMP_PER_CHAN", 0)) or None

    @property
    def fs(self) -> Fraction:
        """Samples/s as the driver tells them: what the card makes of what was asked for."""
        asked = float(self.settings.get("SAMP_CLK_RATE", 1000.0))
        source = str(self.settings.get("SAMP_CLK_SRC", ""))
        if source and terminal(source) != "onboardclock":
            return Fraction(asked).limit_denominator(1000)
        return self.device.rate(asked)

    @property
    def input_size(self) -> int:
        """Samples per channel that the input buffer holds: NI's default grows with the rate."""
        given = int(self.settings.get("INPUT_BUF_SIZE", 0))
        if given:
            return given
        if not self.continuous:
            return self.total or 0
        fs = float(self.fs)
        default = 1_000 if fs <= 100 else 10_000 if fs <= 10_000 else 100_000 if fs <= 1e6 else 1_000_000
        return max(default, int(self.settings.get("SAMP_QUANT_SAMP_PER_CHAN", 0)))

    def rate_limits(self) -> tuple[float, float]:
        """Lowest and highest rate of the sample clock for this many channels, samples/s."""
        product = self.device.product
        if self.kind == "ao":
            return product.ao_min_rate, product.ao_max_rate
        if self.kind != "ai":
            return 0.0, product.digital_max_rate
        if product.simultaneous or len(self.channels) == 1:
            return product.ai_min_rate, product.ai_max_rate
        return product.ai_min_rate, product.ai_max_aggregate / len(self.channels)
