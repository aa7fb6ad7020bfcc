"""The unmodified nidaqmx client at a simulated server; afterwards no thread and no port is left."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from nidaqmx import GrpcSessionOptions, Task
from nidaqmx.constants import AcquisitionType, RegenerationMode
from nidaqmx.errors import DaqError, DaqResourceWarning, RpcError
from nidaqmx.stream_readers import AnalogMultiChannelReader
from nidaqmx.stream_writers import AnalogMultiChannelWriter
from nidaqmx.system import System

from psi.testing.ni_server.server import SimulatedServer

#: Seconds that anything may take on a machine that does other things too.
LIMIT = 30.0


@dataclass
class Client:
    """What a program with nidaqmx does."""

    server: SimulatedServer
    channel: grpc.Channel
    tasks: list[Task] = field(default_factory=list)

    def options(self, name: str = "") -> GrpcSessionOptions:
        return GrpcSessionOptions(self.channel, name)

    def task(self, name: str = "") -> Task:
        task = Task(name, grpc_options=self.options(name))
        self.tasks.append(task)
        return task

    def system(self) -> System:
        return System.remote(self.options())

    def analog_in(self, channels: str, fs: float, *, size: int = 100_000, trigger: str = "", **named: Any) -> Task:
        """A continuous analog input task."""
        task = self.task()
        task.ai_channels.add_ai_voltage_chan(channels, min_val=-10, max_val=10, **named)
        task.timing.cfg_samp_clk_timing(fs, sample_mode=AcquisitionType.CONTINUOUS, samps_per_chan=size)
        task.in_stream.input_buf_size = size
        if trigger:
            task.triggers.start_trigger.cfg_dig_edge_start_trig(trigger)
        return task

    def analog_out(self, channels: str, fs: float, *, size: int = 100_000, trigger: str = "") -> Task:
        """A continuous analog output task that never plays a sample twice."""
        task = self.task()
        task.ao_channels.add_ao_voltage_chan(channels, min_val=-10, max_val=10)
        task.timing.cfg_samp_clk_timing(fs, sample_mode=AcquisitionType.CONTINUOUS, samps_per_chan=size)
        task.out_stream.regen_mode = RegenerationMode.DONT_ALLOW_REGENERATION
        task.out_stream.output_buf_size = size
        if trigger:
            task.triggers.start_trigger.cfg_dig_edge_start_trig(trigger)
        return task

    def close(self) -> None:
        for task in self.tasks:
            try:
                task.close()
            except (DaqError, RpcError, DaqResourceWarning):
                # The test cleared it, or took its server away.
                continue
        self.channel.close()


def reader(task: Task) -> AnalogMultiChannelReader:
    return AnalogMultiChannelReader(task.in_stream)


def writer(task: Task) -> AnalogMultiChannelWriter:
    return AnalogMultiChannelWriter(task.out_stream)


def connect(server: SimulatedServer) -> Client:
    unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    return Client(server, grpc.insecure_channel(server.address, options=unlimited))


@pytest.fixture
def serve() -> Iterator[Callable[..., Client]]:
    """A server and its client, by the server's arguments."""
    before = set(threading.enumerate())
    clients: list[Client] = []

    def begin(*arguments: Any, **named: Any) -> Client:
        server = SimulatedServer(*arguments, **named)
        server.listen()
        clients.append(connect(server))
        return clients[-1]

    yield begin
    for client in clients:
        client.close()
        client.server.close()
        # The port can be taken by another at once.
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", client.server.port))
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(LIMIT)
    assert [thread.name for thread in left if thread.is_alive()] == []
