"""The way to NI's driver, and what it knows of devices."""

from __future__ import annotations

from typing import Any

import nidaqmx
from nidaqmx.errors import DaqError
from nidaqmx.system import Device, PhysicalChannel, System

from psi.core.errors import ConfigurationError
from psi.engines.nidaqmx.abilities import Abilities
from psi.engines.nidaqmx.driver.asking import asking
from psi.engines.nidaqmx.driver.task import NITask
from psi.engines.nidaqmx.query import abilities_of

try:
    import grpc
except ImportError:  # wanted for device servers only
    grpc = None

#: A server that does not answer for so many ms, although asked to, is gone.
_KEEP_ALIVE = [("grpc.keepalive_time_ms", 20_000), ("grpc.keepalive_timeout_ms", 5_000)]


class Connection:
    """The way to NI's driver: the one of this machine, or a device server at ``'HOST:PORT'``.

    Raises ``ConfigurationError`` where there is none.
    """

    #: Seconds that a server may take to answer at first.
    TIMEOUT = 5.0

    def __init__(self, server: str = "") -> None:
        self.server = server
        self._channel: Any = None
        if server:
            self._channel = _open_channel(server, self.TIMEOUT)
        else:
            # Asked at once, so that a machine without the driver says so here.
            self.driver_version()

    @property
    def _options(self) -> Any:
        return nidaqmx.GrpcSessionOptions(self._channel, "") if self._channel is not None else None

    def close(self) -> None:
        """Let go of the server; again is fine."""
        if self._channel is not None:
            self._channel.close()

    def driver_version(self) -> str:
        """Version of NI-DAQmx, for example ``'24.5.0'``."""
        with asking():
            version = self._system().driver_version
        return f"{version.major_version}.{version.minor_version}.{version.update_version}"

    def _system(self) -> System:
        return System.remote(self._options) if self._channel is not None else System.local()

    def device_names(self) -> list[str]:
        """Names of all devices."""
        with asking():
            return list(self._system().devices.device_names)

    def reset(self, device: str) -> None:
        """Put ``device`` to the state after power-up: every task on it, whoever has it, is ended."""
        with asking():
            Device(device, grpc_options=self._options).reset_device()

    def abilities(self, device: str, lines: tuple[str, ...] = ()) -> Abilities:
        """What ``device`` can do; of ``lines``, also how they are connected and clocked."""
        with asking():
            found = Device(device, grpc_options=self._options)
            return abilities_of(
                found, {line: PhysicalChannel(line, grpc_options=self._options) for line in lines}, DaqError
            )

    def task(self) -> NITask:
        """A new task, empty."""
        with asking():
            return NITask(nidaqmx.Task(grpc_options=self._options))


def _open_channel(server: str, timeout: float) -> Any:
    if grpc is None:
        raise ConfigurationError(f"server = {server!r} needs gRPC, which is not installed: pip install 'nidaqmx[grpc]'")
    channel = grpc.insecure_channel(server, options=[("grpc.max_receive_message_length", -1), *_KEEP_ALIVE])
    try:
        grpc.channel_ready_future(channel).result(timeout=timeout)
    except grpc.FutureTimeoutError:
        channel.close()
        raise ConfigurationError(
            f"no device server answers at {server!r}; start NI's gRPC device server there, and look at name and port"
        ) from None
    return channel
