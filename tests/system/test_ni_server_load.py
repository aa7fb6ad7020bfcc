"""Sixteen channels of 25 kHz, and on a second card two of 200 kHz in and two out, for as long as one asks: no gap."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

pytest.importorskip("grpc", reason="needs nidaqmx's gRPC parts: pip install 'psi[ni]'")

import grpc
import nidaqmx
from nidaqmx.constants import AcquisitionType, RegenerationMode
from nidaqmx.stream_readers import AnalogMultiChannelReader
from nidaqmx.stream_writers import AnalogMultiChannelWriter

FS = 200_000
BLOCK = 4_000
#: Samples of a buffer: the machine may do something else for three seconds.
SIZE = 150 * BLOCK
#: Both converters' filters, in samples.
DELAY = 63 + 32
LSB = 20 / 2**24


@pytest.fixture
def server():
    options = ["--port", "0", "--json", "--with-parent", "--device", "Dev1=USB-6343", "--device", "Dev2=PXI-4461"]
    wires = ["--wire", "Dev2/ao0=Dev2/ai0", "--wire", "Dev2/ao1=Dev2/ai1"]
    sources = [text for i in range(16) for text in ("--source", f"Dev1/ai{i}=sine:1:{100 + i}")]
    process = subprocess.Popen(
        [sys.executable, "-m", "psi.application.cli", "simulate-ni", *options, *wires, *sources],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process.pid, json.loads(process.stdout.readline())["address"]
    process.communicate(timeout=60)
    assert process.returncode == 0


class Load:
    """What comes back, compared with what was played as it comes."""

    def __init__(self, channel: grpc.Channel) -> None:
        def task(fs, size):
            made = nidaqmx.Task(grpc_options=nidaqmx.GrpcSessionOptions(channel, ""))
            yield made
            made.timing.cfg_samp_clk_timing(fs, sample_mode=AcquisitionType.CONTINUOUS, samps_per_chan=size)

        def made(fs, size, add):
            steps = task(fs, size)
            task_ = next(steps)
            add(task_)
            assert list(steps) == []
            return task_

        self.slow = made(25_000, 100_000, lambda t: t.ai_channels.add_ai_voltage_chan("Dev1/ai0:15"))
        ranges = {"min_val": -10, "max_val": 10}
        self.ai = made(FS, SIZE, lambda t: t.ai_channels.add_ai_voltage_chan("Dev2/ai0:1", **ranges))
        self.ao = made(FS, SIZE, lambda t: t.ao_channels.add_ao_voltage_chan("Dev2/ao0:1", **ranges))
        self.ao.out_stream.regen_mode = RegenerationMode.DONT_ALLOW_REGENERATION
        self.ao.out_stream.output_buf_size = SIZE
        self.ai.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev2/ao/StartTrigger")
        # As long as a whole number of blocks, so that pieces of it are views; not of the second's.
        self._wave = np.random.default_rng(0).uniform(-9, 9, (2, 50 * BLOCK))
        self._twice = np.concatenate((self._wave, self._wave), axis=1)
        self._played = 0
        self._writer = AnalogMultiChannelWriter(self.ao.out_stream)
        self._reader = AnalogMultiChannelReader(self.ai.in_stream)
        self._slow_reader = AnalogMultiChannelReader(self.slow.in_stream)
        self._writer.verify_array_shape = False
        self._reader.verify_array_shape = False
        self._slow_reader.verify_array_shape = False
        self._block = np.zeros((2, BLOCK))
        self._slow_block = np.zeros((16, 500))
        self.heard = 0
        self.slow_heard = 0
        self.worst = 0.0
        self.slow_reads: list[float] = []
        self.failure: BaseException | None = None
        self.changed = threading.Condition()

    def _guarded(self, act):
        def call(*told):
            try:
                act()
            except BaseException as error:
                self.failure = error
            with self.changed:
                self.changed.notify_all()
            return 0

        return call

    def play(self, n=BLOCK):
        at = self._played % self._wave.shape[1]
        written = self._writer.write_many_sample(np.ascontiguousarray(self._twice[:, at : at + n]))
        assert written == n
        self._played += n

    def hear(self):
        self._reader.read_many_sample(self._block, BLOCK)
        first = self.heard - DELAY
        skip = max(0, -first)
        at = max(first, 0) % self._wave.shape[1]
        expected = self._twice[:, at : at + BLOCK - skip]
        self.worst = max(self.worst, float(np.abs(self._block[:, skip:] - expected).max()))
        self.heard += BLOCK

    def hear_slowly(self):
        begun = time.perf_counter()
        self._slow_reader.read_many_sample(self._slow_block, 500)
        self.slow_reads.append(time.perf_counter() - begun)
        assert np.abs(self._slow_block).max() <= 1.001
        self.slow_heard += 500

    def run(self, seconds):
        for _ in range(SIZE // BLOCK):
            self.play()
        self.slow.register_every_n_samples_acquired_into_buffer_event(500, self._guarded(self.hear_slowly))
        self.ai.register_every_n_samples_acquired_into_buffer_event(BLOCK, self._guarded(self.hear))
        self.ao.register_every_n_samples_transferred_from_buffer_event(BLOCK, self._guarded(self.play))
        self.ai.start()
        self.slow.start()
        self.ao.start()
        n, n_slow = int(seconds * FS), int(seconds * 25_000)
        with self.changed:
            assert self.changed.wait_for(
                lambda: self.failure or (self.heard >= n and self.slow_heard >= n_slow), 2 * seconds + 60
            )
        for task in (self.slow, self.ai, self.ao):
            task.close()
        if self.failure is not None:
            raise self.failure


@pytest.mark.parametrize("seconds", [pytest.param(3, id="3 s"), pytest.param(600, marks=pytest.mark.long, id="600 s")])
def test_two_cards_at_once_give_every_sample(server, seconds, record_property):
    import psutil

    pid, address = server
    unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(address, options=unlimited) as channel:
        load = Load(channel)
        load.run(seconds)
        used = psutil.Process(pid).cpu_times()
    assert load.worst <= LSB
    quantiles = np.percentile(load.slow_reads, [50, 99]) * 1e3
    record_property("server's share of a core", (used.user + used.system) / seconds)
    record_property("read of 16 x 500 samples, ms p50 p99", quantiles.tolist())
    print(f"server {(used.user + used.system) / seconds:.2f} of a core, reads {quantiles.round(2)} ms (p50, p99)")
