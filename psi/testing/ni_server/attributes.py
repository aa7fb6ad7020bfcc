"""Attributes as NI's driver has them: by number on the wire, by name here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nidaqmx.constants import (
    AcquisitionType,
    Coupling,
    OverwriteMode,
    ReadRelativeTo,
    RegenerationMode,
    SampleTimingType,
    TerminalConfiguration,
    TriggerType,
    UsageTypeAI,
    UsageTypeAO,
    UsageTypeCO,
    WriteRelativeTo,
)
from nidaqmx.error_codes import DAQmxErrors

from psi.testing.ni_server.channels import VirtualChannel
from psi.testing.ni_server.errors import DaqFault, unsupported
from psi.testing.ni_server.inputs import CounterInput
from psi.testing.ni_server.stubs import messages
from psi.testing.ni_server.task import Task

#: What a call's name says -> what the enumerations of attributes begin with.
SCOPES = {
    "Buffer": "Buffer",
    "CalInfo": "CalibrationInfo",
    "Chan": "Channel",
    "Device": "Device",
    "ExportedSignal": "ExportSignal",
    "PhysicalChan": "PhysicalChannel",
    "Read": "Read",
    "SystemInfo": "System",
    "Task": "Task",
    "Timing": "Timing",
    "TimingEx": "Timing",
    "Trig": "Trigger",
    "Write": "Write",
}


def _names() -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    for scope in set(SCOPES.values()):
        for enum in messages.DESCRIPTOR.enum_types_by_name.values():
            if enum.name.startswith(scope) and enum.name.endswith("Attribute"):
                for value in enum.values:
                    found.setdefault((scope, value.number), value.name.partition("ATTRIBUTE_")[2])
    # The driver knows it, the messages of its server do not.
    found["Read", 0x31E8] = "DEFAULT_N_SAMPLES"
    return found


_NAMES = _names()


def attribute_name(scope: str, number: int) -> str:
    """Raises ``DaqFault`` -200233 for a number that nobody knows."""
    name = _NAMES.get((scope, number))
    if name is None:
        raise DaqFault(DAQmxErrors.INVALID_ATTRIBUTE_NAME, f"Attribute: 0x{number:x} ({scope})")
    # Both directions have these; a task is only ever one of them, but its settings are one table.
    return f"{name}_WRITE" if scope == "Write" and name in ("RELATIVE_TO", "OFFSET") else name


def channel_attribute(task: Task, channel: VirtualChannel, name: str) -> Any:
    """Of a virtual channel. Raises ``DaqFault``."""
    product = channel.device.product
    settings = channel.settings
    # 'AI_MAX' is kept as 'MAX': a channel has one direction.
    short = name.partition("_")[2]
    if name in settings:
        return settings[name]
    values: dict[str, Callable[[], Any]] = {
        "CHAN_TYPE": lambda: channel.type.value,
        "PHYSICAL_CHAN_NAME": lambda: channel.physical,
        "CHAN_DESCR": lambda: settings.get("CHAN_DESCR", ""),
        f"{task.kind.upper()}_MAX": lambda: settings["MAX"],
        f"{task.kind.upper()}_MIN": lambda: settings["MIN"],
        "AI_RNG_HIGH": lambda: channel.range,
        "AI_RNG_LOW": lambda: -channel.range,
        "AO_DAC_RNG_HIGH": lambda: channel.range,
        "AO_DAC_RNG_LOW": lambda: -channel.range,
        "AI_DEV_SCALING_COEFF": lambda: [0.0, channel.step, 0.0, 0.0],
        "AO_DEV_SCALING_COEFF": lambda: [0.0, 1 / channel.step, 0.0, 0.0],
        "AI_RESOLUTION": lambda: float(product.bits),
        "AO_RESOLUTION": lambda: float(product.bits),
        "AI_RAW_SAMP_SIZE": lambda: 16 if product.bits <= 16 else 32,
        "AI_TERM_CFG": lambda: settings.get("TERM_CFG", TerminalConfiguration.DIFF.value),
        "AI_COUPLING": lambda: Coupling.DC.value,
        "AI_GAIN": lambda: 0.0,
        "AI_MEAS_TYPE": lambda: UsageTypeAI.VOLTAGE.value,
        "AO_OUTPUT_TYPE": lambda: UsageTypeAO.VOLTAGE.value,
        "AI_FILTER_DELAY": lambda: product.ai_filter_delay / float(task.fs),
        "AO_FILTER_DELAY": lambda: product.ao_filter_delay / float(task.fs),
        "CI_MEAS_TYPE": lambda: settings["MEAS_TYPE"],
        "CO_OUTPUT_TYPE": lambda: UsageTypeCO.PULSE_TIME.value,
        "CI_COUNT": lambda: _count(task),
        "CO_COUNT": lambda: task.pulses.count(task.server.clock.now()) if task.pulses else 0,
        "DI_NUM_LINES": lambda: len(channel.terminals),
        "DO_NUM_LINES": lambda: len(channel.terminals),
    }
    if name not in values:
        if short in settings:
            return settings[short]
        raise unsupported(name, f"Channel Name: {channel.name}")
    return values[name]()


def _count(task: Task) -> int:
    counter = task.measurement
    return counter.now(task.server.clock.now()) if isinstance(counter, CounterInput) and task.clock else 0


def task_attribute(task: Task, name: str) -> Any:
    """Of timing, triggers, buffers, reading and writing. Raises ``DaqFault``."""
    settings = task.settings
    now = task.server.clock.now()
    if name == "SAMP_CLK_RATE" and name in settings:
        return float(task.fs)
    if name not in _LIVE and name in settings:
        return settings[name]
    getter = _LIVE.get(name) or TASK_DEFAULTS.get(name)
    if getter is None:
        raise unsupported(name, f"Task Name: {task.name}")
    return getter(task, now)


def _lines_per_channel(task: Task, now: int) -> int:
    return max((len(channel.terminals) for channel in task.channels), default=0)


def _available(task: Task, now: int) -> int:
    task.poll(now)
    if task.failure is not None:
        raise task.failure
    return max(0, task.acquired(now) - task.position)


def _space(task: Task, now: int) -> int:
    task.poll(now)
    if task.failure is not None:
        raise task.failure
    if task.buffer is None:
        return int(task.settings.get("OUTPUT_BUF_SIZE", 0))
    return task.buffer.space(now)


_LIVE: dict[str, Callable[[Task, int], Any]] = {
    "CHANNELS": lambda task, now: ", ".join(channel.name for channel in task.channels),
    "NAME": lambda task, now: task.name,
    "DEVICES": lambda task, now: ", ".join(dict.fromkeys(channel.device.name for channel in task.channels)),
    "NUM_CHANS": lambda task, now: len(task.channels),
    "NUM_DEVICES": lambda task, now: len({channel.device.name for channel in task.channels}),
    "COMPLETE": lambda task, now: task.is_done(now),
    "CURR_READ_POS": lambda task, now: task.position,
    "TOTAL_SAMP_PER_CHAN_ACQUIRED": lambda task, now: task.acquired(now),
    "AVAIL_SAMP_PER_CHAN": _available,
    "DEFAULT_N_SAMPLES": lambda task, now: _available(task, now) if task.total is None else task.total,
    "DIGITAL_LINES_BYTES_PER_CHAN": _lines_per_channel,
    "CURR_WRITE_POS": lambda task, now: task.buffer.position if task.buffer else 0,
    "TOTAL_SAMP_PER_CHAN_GENERATED": lambda task, now: task.buffer.generated(now) if task.buffer else 0,
    "SPACE_AVAIL": _space,
    "RAW_DATA_WIDTH": lambda task, now: 2 if task.device.product.bits <= 16 else 4,
}

TASK_DEFAULTS: dict[str, Callable[[Task, int], Any]] = {
    "SAMP_TIMING_TYPE": lambda task, now: SampleTimingType.ON_DEMAND.value,
    "SAMP_QUANT_SAMP_MODE": lambda task, now: AcquisitionType.FINITE.value,
    "SAMP_QUANT_SAMP_PER_CHAN": lambda task, now: 1,
    "SAMP_CLK_RATE": lambda task, now: 1000.0,
    "SAMP_CLK_MAX_RATE": lambda task, now: task.rate_limits()[1],
    "SAMP_CLK_SRC": lambda task, now: f"/{task.device.name}/{task.kind}/SampleClockTimebase",
    "SAMP_CLK_TERM": lambda task, now: f"/{task.device.name}/{task.kind}/SampleClock",
    "SAMP_CLK_TIMEBASE_RATE": lambda task, now: 100e6,
    "REF_CLK_SRC": lambda task, now: "OnboardClock",
    "REF_CLK_RATE": lambda task, now: 10e6,
    "INPUT_BUF_SIZE": lambda task, now: task.input_size,
    "OUTPUT_BUF_SIZE": lambda task, now: 0,
    "INPUT_ONBRD_BUF_SIZE": lambda task, now: task.device.product.input_fifo,
    "OUTPUT_ONBRD_BUF_SIZE": lambda task, now: task.device.product.output_fifo,
    "READ_ALL_AVAIL_SAMP": lambda task, now: False,
    "AUTO_START": lambda task, now: True,
    "OVERWRITE": lambda task, now: OverwriteMode.DO_NOT_OVERWRITE_UNREAD_SAMPLES.value,
    "OVERLOADED_CHANS_EXIST": lambda task, now: False,
    "CHANNELS_TO_READ": lambda task, now: ", ".join(channel.name for channel in task.channels),
    "RELATIVE_TO": lambda task, now: ReadRelativeTo.CURRENT_READ_POSITION.value,
    "OFFSET": lambda task, now: 0,
    "RELATIVE_TO_WRITE": lambda task, now: WriteRelativeTo.CURRENT_WRITE_POSITION.value,
    "OFFSET_WRITE": lambda task, now: 0,
    "REGEN_MODE": lambda task, now: RegenerationMode.ALLOW_REGENERATION.value,
    "START_TRIG_TYPE": lambda task, now: TriggerType.NONE.value,
    "START_TRIG_TERM": lambda task, now: f"/{task.device.name}/{task.kind}/StartTrigger",
    "DIG_EDGE_START_TRIG_SRC": lambda task, now: "",
}
