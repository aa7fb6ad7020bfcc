"""Calls that make channels, and that say how a task is timed and triggered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nidaqmx.constants import (
    AcquisitionType,
    ChannelType,
    CountDirection,
    Edge,
    SampleTimingType,
    TriggerType,
    UsageTypeCI,
)
from nidaqmx.error_codes import DAQmxErrors

from psi.testing.ni_server.channels import make_channels
from psi.testing.ni_server.errors import DaqFault
from psi.testing.ni_server.task import Task

if TYPE_CHECKING:
    from psi.testing.ni_server.server import SimulatedServer


def _add(
    server: SimulatedServer,
    request: Any,
    kind: ChannelType,
    physical: str,
    name: str,
    settings: dict[str, Any],
    grouping: int | None = None,
) -> None:
    task = server.task(request.task.name)
    if task.channels and task.type is not kind:
        raise DaqFault(DAQmxErrors.MULTI_CHAN_TYPES_IN_TASK, f"Task Name: {task.name}")
    made = make_channels(server.net.device, kind, physical, name, settings, grouping)
    names = {channel.name for channel in task.channels}
    used = {line for channel in task.channels for line in channel.terminals}
    for channel in made:
        channel.device.require_present()
        if channel.name in names or not used.isdisjoint(channel.terminals):
            raise DaqFault(DAQmxErrors.CHAN_ALREADY_IN_TASK, f"Channel Name: {channel.name}\nTask Name: {task.name}")
        if kind in (ChannelType.ANALOG_INPUT, ChannelType.ANALOG_OUTPUT):
            _ = channel.range
        names.add(channel.name)
        used.update(channel.terminals)
    task.channels += made


def _ai_voltage(server: SimulatedServer, request: Any) -> None:
    device = server.net.device(request.physical_channel)
    given = request.terminal_config_raw
    allowed = {each.value: each.name for each in device.product.terminal_configs}
    if given not in (-1, *allowed):
        raise DaqFault(
            DAQmxErrors.INVALID_ATTRIBUTE_VALUE,
            f"Property: AI.TermCfg\nRequested Value: {given}\nPossible Values: {', '.join(allowed.values())}",
        )
    settings = {"MIN": request.min_val, "MAX": request.max_val}
    if given != -1:
        settings["TERM_CFG"] = given
    _add(
        server, request, ChannelType.ANALOG_INPUT, request.physical_channel, request.name_to_assign_to_channel, settings
    )


def _ao_voltage(server: SimulatedServer, request: Any) -> None:
    settings = {"MIN": request.min_val, "MAX": request.max_val}
    _add(
        server,
        request,
        ChannelType.ANALOG_OUTPUT,
        request.physical_channel,
        request.name_to_assign_to_channel,
        settings,
    )


def _digital(kind: ChannelType) -> Callable[[SimulatedServer, Any], None]:
    def create(server: SimulatedServer, request: Any) -> None:
        _add(server, request, kind, request.lines, request.name_to_assign_to_lines, {}, request.line_grouping_raw)

    return create


def _count_edges(server: SimulatedServer, request: Any) -> None:
    settings = {
        "MEAS_TYPE": UsageTypeCI.COUNT_EDGES.value,
        "RISING": request.edge_raw == Edge.RISING.value,
        "DOWN": request.count_direction_raw == CountDirection.COUNT_DOWN.value,
        "INITIAL": request.initial_count,
    }
    _add(server, request, ChannelType.COUNTER_INPUT, request.counter, request.name_to_assign_to_channel, settings)


def _encoder(server: SimulatedServer, request: Any, meas_type: UsageTypeCI, settings: dict[str, Any]) -> None:
    settings |= {"MEAS_TYPE": meas_type.value, "DECODING": request.decoding_type_raw, "UNITS": request.units_raw}
    _add(server, request, ChannelType.COUNTER_INPUT, request.counter, request.name_to_assign_to_channel, settings)


def _ang_encoder(server: SimulatedServer, request: Any) -> None:
    settings = {"PULSES_PER_REV": request.pulses_per_rev, "INITIAL_POSITION": request.initial_angle}
    _encoder(server, request, UsageTypeCI.POSITION_ANGULAR_ENCODER, settings)


def _lin_encoder(server: SimulatedServer, request: Any) -> None:
    settings = {"DIST_PER_PULSE": request.dist_per_pulse, "INITIAL_POSITION": request.initial_pos}
    _encoder(server, request, UsageTypeCI.POSITION_LINEAR_ENCODER, settings)


def _pulses(server: SimulatedServer, request: Any, low: float, high: float, delay: float) -> None:
    """``low``, ``high`` and ``delay`` are in s."""
    settings = {
        "CO_PULSE_IDLE_STATE": request.idle_state_raw,
        "CO_PULSE_LOW_TIME": low,
        "CO_PULSE_HIGH_TIME": high,
        "CO_PULSE_TIME_INITIAL_DELAY": delay,
    }
    _add(server, request, ChannelType.COUNTER_OUTPUT, request.counter, request.name_to_assign_to_channel, settings)


def _pulse_freq(server: SimulatedServer, request: Any) -> None:
    if request.freq <= 0 or not 0 < request.duty_cycle < 1:
        told = f"Frequency: {request.freq:g} Hz\nDuty cycle: {request.duty_cycle:g}"
        raise DaqFault(DAQmxErrors.INVALID_ATTRIBUTE_VALUE, told)
    period = 1 / request.freq
    high = request.duty_cycle * period
    _pulses(server, request, period - high, high, request.initial_delay)


def _pulse_time(server: SimulatedServer, request: Any) -> None:
    _pulses(server, request, request.low_time, request.high_time, request.initial_delay)


def _pulse_ticks(server: SimulatedServer, request: Any) -> None:
    tick = 1e-8
    _pulses(server, request, request.low_ticks * tick, request.high_ticks * tick, request.initial_delay * tick)


def _sample_clock(server: SimulatedServer, request: Any) -> None:
    task = server.task(request.task.name)
    if task.kind in ("co", ""):
        raise DaqFault(DAQmxErrors.INVALID_TIMING_TYPE, f"Task Name: {task.name}")
    if task.kind == "ci" and not request.source:
        raise DaqFault(DAQmxErrors.EXT_SAMP_CLK_SRC_NOT_SPECIFIED, f"Task Name: {task.name}")
    task.settings |= {
        "SAMP_TIMING_TYPE": SampleTimingType.SAMPLE_CLOCK.value,
        "SAMP_CLK_RATE": request.rate,
        "SAMP_CLK_ACTIVE_EDGE": request.active_edge_raw,
    }
    if request.source:
        task.settings["SAMP_CLK_SRC"] = request.source
    _quantity(task, request)


def _implicit(server: SimulatedServer, request: Any) -> None:
    task = server.task(request.task.name)
    task.settings["SAMP_TIMING_TYPE"] = SampleTimingType.IMPLICIT.value
    _quantity(task, request)


def _quantity(task: Task, request: Any) -> None:
    task.settings["SAMP_QUANT_SAMP_MODE"] = request.sample_mode_raw
    task.settings["SAMP_QUANT_SAMP_PER_CHAN"] = request.samps_per_chan
    if request.sample_mode_raw == AcquisitionType.HW_TIMED_SINGLE_POINT.value:
        raise DaqFault(
            DAQmxErrors.INVALID_ATTRIBUTE_VALUE, "Property: SampQuant.SampMode\nPossible: Finite, Continuous"
        )


def _start_trigger(server: SimulatedServer, request: Any) -> None:
    task = server.task(request.task.name)
    server.net.trigger(request.trigger_source)
    if request.trigger_edge_raw != Edge.RISING.value:
        raise DaqFault(DAQmxErrors.INVALID_ATTRIBUTE_VALUE, "Property: Start.DigEdge.Edge\nPossible Values: Rising")
    task.settings |= {
        "START_TRIG_TYPE": TriggerType.DIGITAL_EDGE.value,
        "DIG_EDGE_START_TRIG_SRC": request.trigger_source,
        "DIG_EDGE_START_TRIG_EDGE": request.trigger_edge_raw,
    }


def _no_start_trigger(server: SimulatedServer, request: Any) -> None:
    for name in ("START_TRIG_TYPE", "DIG_EDGE_START_TRIG_SRC", "DIG_EDGE_START_TRIG_EDGE"):
        server.task(request.task.name).settings.pop(name, None)


def _buffer(name: str) -> Callable[[SimulatedServer, Any], None]:
    def configure(server: SimulatedServer, request: Any) -> None:
        server.task(request.task.name).settings[name] = request.num_samps_per_chan

    return configure


CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "CreateAIVoltageChan": _ai_voltage,
    "CreateAOVoltageChan": _ao_voltage,
    "CreateDIChan": _digital(ChannelType.DIGITAL_INPUT),
    "CreateDOChan": _digital(ChannelType.DIGITAL_OUTPUT),
    "CreateCICountEdgesChan": _count_edges,
    "CreateCIAngEncoderChan": _ang_encoder,
    "CreateCILinEncoderChan": _lin_encoder,
    "CreateCOPulseChanFreq": _pulse_freq,
    "CreateCOPulseChanTime": _pulse_time,
    "CreateCOPulseChanTicks": _pulse_ticks,
    "CfgSampClkTiming": _sample_clock,
    "CfgImplicitTiming": _implicit,
    "CfgDigEdgeStartTrig": _start_trigger,
    "DisableStartTrig": _no_start_trigger,
    "CfgInputBuffer": _buffer("INPUT_BUF_SIZE"),
    "CfgOutputBuffer": _buffer("OUTPUT_BUF_SIZE"),
}
