"""What NI's driver answers when it refuses: a code, a text, and how far it came."""

from __future__ import annotations

from nidaqmx.error_codes import DAQmxErrors

TEXTS = {
    DAQmxErrors.SAMPLES_NO_LONGER_AVAILABLE: (
        "The application is not able to keep up with the hardware acquisition.\n"
        "Increasing the buffer size, reading the data more frequently, or specifying a fixed number of samples to read "
        "instead of reading all available samples might correct the problem."
    ),
    DAQmxErrors.GEN_STOPPED_TO_PREVENT_REGEN_OF_OLD_SAMPLES: (
        "The generation has stopped to prevent the regeneration of old samples. Your application was unable to write "
        "samples to the background buffer fast enough to prevent old samples from being regenerated."
    ),
    DAQmxErrors.PAL_RESOURCE_RESERVED: (
        "The specified resource is reserved. The operation could not be completed as specified."
    ),
    DAQmxErrors.INVALID_TASK: "Specified task is invalid, or does not exist.",
    DAQmxErrors.DEV_CANNOT_BE_ACCESSED: (
        "Device cannot be accessed. Possible causes: device is no longer present in the system, is not powered, or "
        "the network connection is lost."
    ),
    DAQmxErrors.SAMPLES_NOT_YET_AVAILABLE: "Some or all of the samples requested have not yet been acquired.",
    DAQmxErrors.SAMPLES_CAN_NOT_YET_BE_WRITTEN: (
        "Some or all of the samples to write could not be written to the buffer yet. More space will free up as "
        "samples currently in the buffer are generated."
    ),
    DAQmxErrors.PHYSICAL_CHAN_DOES_NOT_EXIST: "Physical channel specified does not exist on this device.",
    DAQmxErrors.INVALID_DEVICE_ID: "Device identifier is invalid.",
    DAQmxErrors.RUNTIME_ABORTED_ROUTING: "Operation was aborted because the task was stopped.",
}


class DaqFault(Exception):
    """An error of the simulated driver; it crosses to the client as NI's server sends it.

    ``told`` follows the driver's own text, one fact a line ('Device: Dev1'). ``n_read`` and ``n_written`` are
    samples per channel, where a read or a write got part of the way.
    """

    def __init__(
        self, code: DAQmxErrors, told: str = "", *, n_read: int | None = None, n_written: int | None = None
    ) -> None:
        self.code = code.value
        self.n_read = n_read
        self.n_written = n_written
        text = TEXTS.get(code) or code.name.replace("_", " ").capitalize() + "."
        super().__init__("\n".join(filter(None, (text, told, f"\nStatus Code: {code.value}"))))


def unsupported(name: str, where: str) -> DaqFault:
    """An attribute that a simulated card, or this task, does not have."""
    return DaqFault(DAQmxErrors.ATTR_NOT_SUPPORTED, f"Property: {name}\n{where}")


class ServerStopped(Exception):
    """The connection is cut while a call waits."""


def error_text(code: int) -> str:
    """The text of an error code; empty where there is none."""
    try:
        known = DAQmxErrors(code)
    except ValueError:
        return ""
    return TEXTS.get(known) or known.name.replace("_", " ").capitalize() + "."
