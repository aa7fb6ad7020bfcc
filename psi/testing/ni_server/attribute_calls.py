"""Getting, setting and resetting attributes, whatever they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nidaqmx.error_codes import DAQmxErrors

from psi.testing.ni_server.attributes import (
    SCOPES,
    TASK_DEFAULTS,
    attribute_name,
    channel_attribute,
    task_attribute,
)
from psi.testing.ni_server.channels import VirtualChannel
from psi.testing.ni_server.device_attributes import device_attribute, physical_attribute
from psi.testing.ni_server.errors import DaqFault, unsupported
from psi.testing.ni_server.names import expand
from psi.testing.ni_server.task import Task, TaskState

if TYPE_CHECKING:
    from psi.testing.ni_server.server import SimulatedServer

#: The version of the driver that is played, and what NI MAX has stored: nothing.
_SYSTEM = {
    "NIDAQ_MAJOR_VERSION": 25,
    "NIDAQ_MINOR_VERSION": 5,
    "NIDAQ_UPDATE_VERSION": 0,
    "GLOBAL_CHANS": "",
    "SCALES": "",
    "TASKS": "",
}

#: Can be changed while the task runs.
_WHILE_RUNNING = frozenset(
    {"RELATIVE_TO", "OFFSET", "RELATIVE_TO_WRITE", "OFFSET_WRITE", "READ_ALL_AVAIL_SAMP", "OVERWRITE"}
)


_CHANNEL_SETTINGS = frozenset(
    {
        *("AI_MAX", "AI_MIN", "AI_TERM_CFG", "AI_COUPLING", "AI_GAIN", "AO_MAX", "AO_MIN", "CHAN_DESCR"),
        *("CI_COUNT_EDGES_TERM", "CI_ENCODER_A_INPUT_TERM", "CI_ENCODER_B_INPUT_TERM"),
        *("CO_PULSE_IDLE_STATE", "CO_PULSE_LOW_TIME", "CO_PULSE_HIGH_TIME", "CO_PULSE_TIME_INITIAL_DELAY"),
    }
)
_TASK_SETTINGS = frozenset({"MASTER_TIMEBASE_SRC", "SAMP_CLK_TIMEBASE_SRC", "SAMP_CLK_ACTIVE_EDGE"})


def get_attribute(server: SimulatedServer, scope: str, request: Any) -> Any:
    """The value that the request of a 'Get...Attribute' call asks for. Raises ``DaqFault``."""
    name = attribute_name(SCOPES[scope], request.attribute_raw)
    if scope == "SystemInfo":
        if name == "DEV_NAMES":
            return ", ".join(device.name for device in server.devices.values() if not device.gone)
        if name not in _SYSTEM:
            raise unsupported(name, "System")
        return _SYSTEM[name]
    if scope == "Device":
        return device_attribute(server.net.device(request.device_name), name)
    if scope == "CalInfo":
        raise unsupported(name, f"Device: {request.device_name}")
    if scope == "PhysicalChan":
        return physical_attribute(server.net.device(request.physical_channel), request.physical_channel, name)
    task = server.task(request.task.name)
    if scope == "Chan":
        return channel_attribute(task, _channels(task, request.channel)[0], name)
    return task_attribute(task, name)


def set_attribute(server: SimulatedServer, scope: str, request: Any, value: Any) -> None:
    """Set what the request names; None goes back to the default. Raises ``DaqFault``."""
    name = attribute_name(SCOPES[scope], request.attribute_raw)
    if scope in ("SystemInfo", "Device", "CalInfo", "PhysicalChan"):
        raise unsupported(name, "It cannot be set.")
    task = server.task(request.task.name)
    if task.state in (TaskState.ARMED, TaskState.RUNNING) and name not in _WHILE_RUNNING:
        raise DaqFault(DAQmxErrors.CANNOT_SET_PROPERTY_WHEN_TASK_RUNNING, f"Property: {name}\nTask Name: {task.name}")
    if not _settable(scope, name):
        raise unsupported(name, f"It cannot be set.\nTask Name: {task.name}")
    tables = [channel.settings for channel in _channels(task, request.channel)] if scope == "Chan" else [task.settings]
    for settings in tables:
        # A channel's limits are kept without the word for its direction.
        key = name.partition("_")[2] if name.partition("_")[2] in ("MAX", "MIN", "TERM_CFG") else name
        if value is None:
            settings.pop(key, None)
        else:
            settings[_counter_setting(key)] = value


def _settable(scope: str, name: str) -> bool:
    """Whether a setting does something here, or is about how samples travel, which nothing here depends on."""
    if scope == "Chan":
        return name in _CHANNEL_SETTINGS or "_XFER_" in name
    return name in TASK_DEFAULTS or name in _TASK_SETTINGS


def _counter_setting(name: str) -> str:
    """Terminals of a counter, whichever measurement they are for."""
    return {
        "CI_COUNT_EDGES_TERM": "A_TERM",
        "CI_ENCODER_A_INPUT_TERM": "A_TERM",
        "CI_ENCODER_B_INPUT_TERM": "B_TERM",
    }.get(name, name)


def _channels(task: Task, names: str) -> list[VirtualChannel]:
    if not names.strip():
        return task.channels
    by_name = {channel.name: channel for channel in task.channels}
    if names in by_name:
        return [by_name[names]]
    wanted = expand(names)
    unknown = [name for name in wanted if name not in by_name]
    if unknown or not wanted:
        raise DaqFault(DAQmxErrors.CHAN_NOT_IN_TASK, f"Channel Name: {', '.join(unknown)}\nTask Name: {task.name}")
    return [by_name[name] for name in wanted]
