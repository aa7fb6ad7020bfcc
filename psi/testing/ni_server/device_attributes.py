"""What a card says of itself and of its terminals, before there is a task."""

from __future__ import annotations

from typing import Any

from nidaqmx.constants import AcquisitionType, UsageTypeAI, UsageTypeAO, UsageTypeCI, UsageTypeCO
from nidaqmx.error_codes import DAQmxErrors

from psi.testing.ni_server.device import Device
from psi.testing.ni_server.errors import DaqFault, unsupported
from psi.testing.ni_server.names import terminal

#: Start, reference and pause: bits of what triggers a part of the card knows.
_TRIGGERS = 2 + 4 + 8
_DC = 2


def device_attribute(device: Device, name: str) -> Any:
    """Raises ``DaqFault`` -200197 for what a simulated card does not say."""
    product = device.product
    device.require_present()
    counters = device.counters()
    voltage_ranges = [limit for each in product.ai_ranges for limit in (-each, each)]
    output_ranges = [limit for each in product.ao_ranges for limit in (-each, each)]
    modes = [AcquisitionType.FINITE.value, AcquisitionType.CONTINUOUS.value]
    values: dict[str, Any] = {
        "PRODUCT_TYPE": product.name,
        "PRODUCT_CATEGORY": product.category.value,
        "PRODUCT_NUM": 0x7000 + sum(product.name.encode()),
        "SERIAL_NUM": device.serial,
        "BUS_TYPE": product.bus.value,
        "IS_SIMULATED": True,
        "AI_PHYSICAL_CHANS": ", ".join(device.analog_inputs()),
        "AO_PHYSICAL_CHANS": ", ".join(device.analog_outputs()),
        "DI_LINES": ", ".join(device.digital_lines()),
        "DO_LINES": ", ".join(device.digital_lines()),
        "DI_PORTS": ", ".join(device.ports()),
        "DO_PORTS": ", ".join(device.ports()),
        "CI_PHYSICAL_CHANS": ", ".join(counters),
        "CO_PHYSICAL_CHANS": ", ".join(counters),
        "TERMINALS": ", ".join(device.terminals()),
        "AI_MAX_SINGLE_CHAN_RATE": product.ai_max_rate,
        "AI_MAX_MULTI_CHAN_RATE": product.ai_max_rate if product.simultaneous else product.ai_max_aggregate,
        "AI_MIN_RATE": product.ai_min_rate,
        "AI_SIMULTANEOUS_SAMPLING_SUPPORTED": product.simultaneous,
        "AI_NUM_SAMP_TIMING_ENGINES": 1,
        "AI_VOLTAGE_RNGS": voltage_ranges,
        "AI_GAINS": list(product.gains),
        "AI_COUPLINGS": _DC + (1 if product.simultaneous else 0),
        "AI_SAMP_MODES": modes,
        "AI_SUPPORTED_MEAS_TYPES": [UsageTypeAI.VOLTAGE.value],
        "AI_TRIG_USAGE": _TRIGGERS,
        "AO_MAX_RATE": product.ao_max_rate,
        "AO_MIN_RATE": product.ao_min_rate,
        "AO_SAMP_CLK_SUPPORTED": product.n_ao > 0,
        "AO_NUM_SAMP_TIMING_ENGINES": 1,
        "AO_VOLTAGE_RNGS": output_ranges,
        "AO_GAINS": [],
        "AO_SAMP_MODES": modes,
        "AO_SUPPORTED_OUTPUT_TYPES": [UsageTypeAO.VOLTAGE.value],
        "AO_TRIG_USAGE": _TRIGGERS,
        "DI_MAX_RATE": product.digital_max_rate,
        "DO_MAX_RATE": product.digital_max_rate,
        "DI_NUM_SAMP_TIMING_ENGINES": int(bool(product.ports)),
        "DO_NUM_SAMP_TIMING_ENGINES": int(bool(product.ports)),
        "DI_TRIG_USAGE": _TRIGGERS if product.ports else 0,
        "DO_TRIG_USAGE": _TRIGGERS if product.ports else 0,
        "CI_MAX_SIZE": 32,
        "CO_MAX_SIZE": 32,
        "CI_MAX_TIMEBASE": 100e6,
        "CO_MAX_TIMEBASE": 100e6,
        "CI_SAMP_CLK_SUPPORTED": bool(counters),
        "CO_SAMP_CLK_SUPPORTED": False,
        "CI_SAMP_MODES": modes if counters else [],
        "CO_SAMP_MODES": modes if counters else [],
        "CI_SUPPORTED_MEAS_TYPES": [
            UsageTypeCI.COUNT_EDGES.value,
            UsageTypeCI.POSITION_ANGULAR_ENCODER.value,
            UsageTypeCI.POSITION_LINEAR_ENCODER.value,
        ]
        if counters
        else [],
        "CO_SUPPORTED_OUTPUT_TYPES": [
            UsageTypeCO.PULSE_TIME.value,
            UsageTypeCO.PULSE_FREQUENCY.value,
            UsageTypeCO.PULSE_TICKS.value,
        ]
        if counters
        else [],
        "DIG_TRIG_SUPPORTED": True,
        "ANLG_TRIG_SUPPORTED": False,
        "NUM_DMA_CHANS": 8,
        "ACCESSORY_PRODUCT_TYPES": "",
        "CHASSIS_MODULE_DEV_NAMES": "",
    }
    if name not in values:
        raise unsupported(name, f"Device: {device.name}")
    return values[name]


def physical_attribute(device: Device, channel: str, name: str) -> Any:
    """Of a terminal, before there is a task. Raises ``DaqFault``."""
    device.require_present()
    product = device.product
    key = terminal(channel)
    known = {terminal(each) for each in (*device.analog_inputs(), *device.outputs(), *device.ports())}
    if key not in known:
        raise DaqFault(DAQmxErrors.PHYSICAL_CHAN_DOES_NOT_EXIST, f"Physical Channel Name: {channel}")
    modes = [AcquisitionType.FINITE.value, AcquisitionType.CONTINUOUS.value]
    port = key.split("/")[1]
    timed = port == "port0"
    width = product.ports[int(port[4:])] if port.startswith("port") else 0
    values: dict[str, Any] = {
        "PHYSICAL_CHAN_AI_TERM_CFGS": product.terminal_bits,
        "PHYSICAL_CHAN_AO_TERM_CFGS": 1 if not product.simultaneous else 4 + 8,
        "PHYSICAL_CHAN_AI_SUPPORTED_MEAS_TYPES": [UsageTypeAI.VOLTAGE.value],
        "PHYSICAL_CHAN_AO_SUPPORTED_OUTPUT_TYPES": [UsageTypeAO.VOLTAGE.value],
        "PHYSICAL_CHAN_CI_SUPPORTED_MEAS_TYPES": [UsageTypeCI.COUNT_EDGES.value],
        "PHYSICAL_CHAN_CO_SUPPORTED_OUTPUT_TYPES": [UsageTypeCO.PULSE_TIME.value, UsageTypeCO.PULSE_FREQUENCY.value],
        "PHYSICAL_CHAN_DI_PORT_WIDTH": width,
        "PHYSICAL_CHAN_DO_PORT_WIDTH": width,
        "PHYSICAL_CHAN_DI_SAMP_CLK_SUPPORTED": timed,
        "PHYSICAL_CHAN_DO_SAMP_CLK_SUPPORTED": timed,
        "PHYSICAL_CHAN_DI_CHANGE_DETECT_SUPPORTED": False,
        "PHYSICAL_CHAN_DI_SAMP_MODES": modes if timed else [],
        "PHYSICAL_CHAN_DO_SAMP_MODES": modes if timed else [],
    }
    if name not in values:
        raise unsupported(name, f"Physical Channel Name: {channel}")
    return values[name]
