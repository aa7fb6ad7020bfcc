"""What a device says of itself, asked of the driver's own objects."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from psi.engines.nidaqmx.abilities import TERMINAL_MODES, Abilities, Range


def abilities_of(device: Any, channels: Mapping[str, Any], no_such_property: type[Exception]) -> Abilities:
    """What the driver's ``device`` says of itself, and its physical ``channels``, by line, of how they are connected.

    A device raises ``no_such_property`` for what it does not have.
    """

    def asked(owner: Any, attribute: str, unknown: Any) -> Any:
        try:
            return operator.attrgetter(attribute)(owner)
        except no_such_property:
            return unknown

    names = {
        "ai": asked(device, "ai_physical_chans.channel_names", []),
        "ao": asked(device, "ao_physical_chans.channel_names", []),
        "di": asked(device, "di_lines.channel_names", []),
        "do": asked(device, "do_lines.channel_names", []),
        "ci": asked(device, "ci_physical_chans.channel_names", []),
        "co": asked(device, "co_physical_chans.channel_names", []),
    }
    modes: dict[str, tuple[str, ...]] = {}
    clocked: dict[str, bool] = {}
    for line, channel in channels.items():
        if line in names["ai"]:
            configurations = asked(channel, "ai_term_cfgs", [])
            modes[line] = tuple(TERMINAL_MODES[item.name] for item in configurations if item.name in TERMINAL_MODES)
        if line in names["di"] or line in names["do"]:
            clocked[line] = bool(asked(channel, "di_samp_clk_supported", True))
    return Abilities(
        device.name,
        product=str(asked(device, "product_type", "")),
        serial=f"{asked(device, 'serial_num', 0):X}",
        simulated=bool(asked(device, "is_simulated", False)),
        lines={kind: tuple(found) for kind, found in names.items()},
        ranges={
            "ai": _pairs(asked(device, "ai_voltage_rngs", [])),
            "ao": _pairs(asked(device, "ao_voltage_rngs", [])),
        },
        rates={
            "ai": asked(device, "ai_max_single_chan_rate", None),
            "ao": asked(device, "ao_max_rate", None),
            "di": asked(device, "di_max_rate", None),
            "do": asked(device, "do_max_rate", None),
        },
        multi_channel_rate=asked(device, "ai_max_multi_chan_rate", None),
        simultaneous=bool(asked(device, "ai_simultaneous_sampling_supported", False)),
        lowest_rate=asked(device, "ai_min_rate", None),
        couplings=tuple(item.name for item in asked(device, "ai_couplings", [])),
        terminal_modes=modes,
        clocked=clocked,
    )


def _pairs(values: list[float]) -> tuple[Range, ...]:
    return tuple((float(low), float(high)) for low, high in zip(values[::2], values[1::2], strict=True))
