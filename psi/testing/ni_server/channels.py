"""Virtual channels of a task: which terminals they stand for, and how numbers and volts go together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from nidaqmx.constants import ChannelType, LineGrouping
from nidaqmx.error_codes import DAQmxErrors
from numpy.typing import NDArray

from psi.testing.ni_server.device import Device
from psi.testing.ni_server.errors import DaqFault
from psi.testing.ni_server.names import expand, terminal

#: Kinds of task, by the type of its channels; also the name of its part of a device ('/Dev1/ai/StartTrigger').
KINDS = {
    ChannelType.ANALOG_INPUT: "ai",
    ChannelType.ANALOG_OUTPUT: "ao",
    ChannelType.DIGITAL_INPUT: "di",
    ChannelType.DIGITAL_OUTPUT: "do",
    ChannelType.COUNTER_INPUT: "ci",
    ChannelType.COUNTER_OUTPUT: "co",
}


@dataclass
class VirtualChannel:
    name: str
    #: As NI writes it: 'Dev1/ai0', 'Dev1/port0/line0:3'.
    physical: str
    type: ChannelType
    device: Device
    #: Single terminals, 'Dev1/port0/line2' and so on; one unless the channel is a group of lines.
    terminals: list[str]
    #: Attributes that were given or set, by NI's name for them.
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def range(self) -> float:
        """V: the converter's smallest range that holds the channel's limits.

        Raises ``DaqFault`` -200077 where there is none.
        """
        product = self.device.product
        ranges = product.ai_ranges if self.type is ChannelType.ANALOG_INPUT else product.ao_ranges
        if self.type is ChannelType.ANALOG_INPUT and "AI_GAIN" in self.settings:
            if self.settings["AI_GAIN"] not in product.gains:
                told = f"Property: AI.Gain\nRequested Value: {self.settings['AI_GAIN']:g}\nPossible: {product.gains} dB"
                raise DaqFault(DAQmxErrors.INVALID_ATTRIBUTE_VALUE, told)
            # A preamplifier's gain is the inverse of the range, as far as the input stands it.
            return min(max(ranges), 10.0 * 10 ** (-self.settings["AI_GAIN"] / 20))
        needed = max(abs(self.settings["MIN"]), abs(self.settings["MAX"]))
        for each in sorted(ranges):
            if needed <= each * (1 + 1e-9):
                return each
        allowed = ", ".join(f"±{each:g}" for each in sorted(ranges))
        raise DaqFault(
            DAQmxErrors.INVALID_ATTRIBUTE_VALUE,
            f"Property: {'AI' if self.type is ChannelType.ANALOG_INPUT else 'AO'}.Max\nRequested Value: {needed:g}\n"
            f"Possible ranges: {allowed} V\nChannel Name: {self.name}",
        )

    @property
    def step(self) -> float:
        """V between one code of the converter and the next."""
        return 2 * self.range / 2**self.device.product.bits

    def bits(self) -> NDArray[np.int64]:
        """Place of each line within its port's word."""
        return np.array([int(each.rpartition("line")[2]) for each in self.terminals])


def make_channels(
    device_named: Any,
    kind: ChannelType,
    physical: str,
    name: str,
    settings: dict[str, Any],
    grouping: int | None = None,
) -> list[VirtualChannel]:
    """The channels of one 'create channel' call.

    Raises ``DaqFault``: -200220 for a device that is not there, -200170 for a channel that it does not have.
    """
    found: list[VirtualChannel] = []
    groups: list[tuple[str, list[str]]] = []
    for each in expand(physical):
        lines = _single(device_named(each), kind, each)
        if grouping is not None and grouping == LineGrouping.CHAN_PER_LINE.value:
            groups.extend((line, [line]) for line in lines)
        else:
            groups.append((each.lstrip("/"), lines))
    if grouping == LineGrouping.CHAN_FOR_ALL_LINES.value and len(groups) > 1:
        groups = [(physical.replace(" ", ""), [line for _, lines in groups for line in lines])]
    for number, (label, lines) in enumerate(groups):
        given = f"{name}{number}" if name and len(groups) > 1 else name
        # The driver's name for a group of lines is no list, so that it counts as one.
        default = f"{lines[0]}..." if len(lines) > 1 and "/line" in label else label
        found.append(VirtualChannel(given or default, label, kind, device_named(lines[0]), lines, dict(settings)))
    if not found:
        raise DaqFault(DAQmxErrors.PHYSICAL_CHAN_DOES_NOT_EXIST, f"Physical Channel Name: {physical!r}")
    return found


def _single(device: Device, kind: ChannelType, name: str) -> list[str]:
    """The terminals that ``name`` stands for, as the device spells them."""
    known = {
        ChannelType.ANALOG_INPUT: device.analog_inputs,
        ChannelType.ANALOG_OUTPUT: device.analog_outputs,
        ChannelType.DIGITAL_INPUT: device.digital_lines,
        ChannelType.DIGITAL_OUTPUT: device.digital_lines,
        ChannelType.COUNTER_INPUT: device.counters,
        ChannelType.COUNTER_OUTPUT: device.counters,
    }[kind]()
    by_key = {terminal(each): each for each in known}
    key = terminal(name)
    if kind in (ChannelType.DIGITAL_INPUT, ChannelType.DIGITAL_OUTPUT) and "/line" not in key:
        lines = [each for each in known if terminal(each).startswith(key + "/")]
    else:
        lines = [by_key[key]] if key in by_key else []
    if not lines:
        raise DaqFault(
            DAQmxErrors.PHYSICAL_CHAN_DOES_NOT_EXIST,
            f"Device: {device.name}\nPhysical Channel Name: {name.lstrip('/')}",
        )
    return lines
