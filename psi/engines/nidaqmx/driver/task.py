"""One task of NI's driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nidaqmx
import numpy as np
from nidaqmx import constants as ni
from nidaqmx.stream_readers import AnalogMultiChannelReader, CounterReader, DigitalMultiChannelReader
from nidaqmx.stream_writers import AnalogMultiChannelWriter, DigitalMultiChannelWriter
from numpy.typing import NDArray

from psi.engines.nidaqmx.abilities import TERMINAL_MODES
from psi.engines.nidaqmx.driver.asking import asking
from psi.engines.nidaqmx.policies import NIError
from psi.hardware.channel import AIChannel, AOChannel, Channel, CIChannel

#: Every bit of a line's sample: whichever of them a device looks at says high.
_HIGH = 0xFFFFFFFF
#: A coerced rate that differs by less is the same rate, written with another rounding.
_SAME_RATE = 1e-7
_TERMINALS = {psi: ni.TerminalConfiguration[name] for name, psi in TERMINAL_MODES.items()}
_DECODING = {"X1": ni.EncoderType.X_1, "X2": ni.EncoderType.X_2, "X4": ni.EncoderType.X_4}
_EDGES = {"rising": ni.Edge.RISING, "falling": ni.Edge.FALLING}


class NITask:
    """One NI-DAQmx task. Every method raises ``NIError`` with NI's code and words."""

    def __init__(self, task: nidaqmx.Task) -> None:
        self._task = task
        self._closed = False
        self._streams: Any = None

    # -- what it is made of ------------------------------------------------------------------

    def add_channel(self, kind: str, channel: Channel) -> None:
        """Add the lines of ``channel``, which is 'ai', 'ao', 'di', 'do' or 'ci' of kind, as they are declared."""
        with asking():
            {
                "ai": self._add_ai,
                "ao": self._add_ao,
                "di": self._add_di,
                "do": self._add_do,
                "ci": self._add_ci,
            }[kind](channel)

    def _add_ai(self, channel: Channel) -> None:
        assert isinstance(channel, AIChannel)
        low, high = channel.expected_range
        mode = _TERMINALS.get(channel.terminal_mode, ni.TerminalConfiguration.DEFAULT)
        added = self._task.ai_channels.add_ai_voltage_chan(
            channel.channel, terminal_config=mode, min_val=float(low), max_val=float(high)
        )
        if channel.coupling != "default":
            added.ai_coupling = ni.Coupling[channel.coupling]

    def _add_ao(self, channel: Channel) -> None:
        assert isinstance(channel, AOChannel)
        low, high = channel.expected_range
        self._task.ao_channels.add_ao_voltage_chan(channel.channel, min_val=float(low), max_val=float(high))

    def _add_di(self, channel: Channel) -> None:
        self._task.di_channels.add_di_chan(channel.channel, line_grouping=ni.LineGrouping.CHAN_PER_LINE)

    def _add_do(self, channel: Channel) -> None:
        self._task.do_channels.add_do_chan(channel.channel, line_grouping=ni.LineGrouping.CHAN_PER_LINE)

    def _add_ci(self, channel: Channel) -> None:
        assert isinstance(channel, CIChannel)
        if channel.mode == "encoder":
            self._task.ci_channels.add_ci_ang_encoder_chan(
                channel.channel,
                decoding_type=_DECODING[channel.decoding],
                pulses_per_rev=channel.pulses_per_revolution,
            )
        else:
            self._task.ci_channels.add_ci_count_edges_chan(
                channel.channel, edge=_EDGES[channel.edge], initial_count=channel.initial_count
            )

    def add_pulse(self, counter: str, active: float, rest: float, idle_high: bool) -> None:
        """A counter's pulses: seconds that each lasts, and of rest after it."""
        with asking():
            self._task.co_channels.add_co_pulse_chan_time(
                counter,
                idle_state=ni.Level.HIGH if idle_high else ni.Level.LOW,
                low_time=active if idle_high else rest,
                high_time=rest if idle_high else active,
            )

    # -- timing ------------------------------------------------------------------------------

    def set_clock(self, fs: float, source: str, buffer: int) -> float:
        """Sample without end at ``fs`` samples/s by the clock at terminal ``source``; returns the rate it gives."""
        with asking():
            timing = self._task.timing
            timing.cfg_samp_clk_timing(
                fs, source=source, sample_mode=ni.AcquisitionType.CONTINUOUS, samps_per_chan=buffer
            )
            given = float(timing.samp_clk_rate)
        return fs if abs(given - fs) <= _SAME_RATE * fs else given

    def set_pulses(self, n: int) -> None:
        """Give ``n`` pulses at each start."""
        with asking():
            self._task.timing.cfg_implicit_timing(sample_mode=ni.AcquisitionType.FINITE, samps_per_chan=n)

    def set_reference_clock(self, source: str, rate: float) -> None:
        """Lock to the clock at terminal ``source`` of ``rate`` in Hz."""
        with asking():
            self._task.timing.ref_clk_src = source
            self._task.timing.ref_clk_rate = rate

    def set_trigger(self, source: str) -> None:
        """Begin at the rising edge at terminal ``source`` once started."""
        with asking():
            self._task.triggers.start_trigger.cfg_dig_edge_start_trig(source)

    def set_input_buffer(self, n: int) -> None:
        with asking():
            self._task.in_stream.input_buf_size = n

    def set_output_buffer(self, n: int) -> None:
        """Room for ``n`` samples per channel, each played once: what has run dry is an error, not a repetition."""
        with asking():
            self._task.out_stream.regen_mode = ni.RegenerationMode.DONT_ALLOW_REGENERATION
            self._task.out_stream.output_buf_size = n

    def on_block(self, n: int, call: Callable[[], None]) -> None:
        """Call ``call`` from a thread of the driver's for every ``n`` samples acquired. It must not raise."""

        def called(handle: Any, kind: Any, number: Any, data: Any) -> int:
            call()
            return 0

        with asking():
            self._task.register_every_n_samples_acquired_into_buffer_event(n, called)

    def on_failure(self, call: Callable[[NIError], None]) -> None:
        """Call ``call``, from a thread of the driver's, when the task fails by itself. It must not raise."""

        def called(handle: Any, status: int, data: Any) -> int:
            if status < 0:
                call(self._why(status))
            return 0

        with asking():
            self._task.register_done_event(called)

    def _why(self, status: int) -> NIError:
        """The error with which the task ended, in the driver's words where it has some."""
        try:
            self.is_done()
        except NIError as error:
            return error
        return NIError(status, "the task ended by itself")

    # -- its course --------------------------------------------------------------------------

    def commit(self) -> None:
        """Reserve the device and set everything on it: what cannot be is refused here."""
        with asking():
            self._task.control(ni.TaskMode.TASK_COMMIT)

    def start(self) -> None:
        with asking():
            self._task.start()

    def stop(self) -> None:
        with asking():
            self._task.stop()

    def close(self) -> None:
        """End it and let go of all that it reserved; again is fine."""
        if not self._closed:
            self._closed = True
            with asking():
                self._task.close()

    def is_done(self) -> bool:
        with asking():
            return bool(self._task.is_task_done())

    def acquired(self) -> int:
        """Samples per channel that the device has acquired since its start."""
        with asking():
            return int(self._task.in_stream.total_samp_per_chan_acquired)

    def generated(self) -> int:
        """Samples per channel that the device has played since its start."""
        with asking():
            return int(self._task.out_stream.total_samp_per_chan_generated)

    # -- samples -----------------------------------------------------------------------------

    def _stream(self, kind: Any, *options: Any) -> Any:
        """A reader or writer of the task, made once; it trusts our shapes rather than asking the device each time."""
        if self._streams is None:
            output = kind in (AnalogMultiChannelWriter, DigitalMultiChannelWriter)
            self._streams = kind(self._task.out_stream if output else self._task.in_stream, *options)
            self._streams.verify_array_shape = False
        return self._streams

    def read(self, kind: str, n_lines: int, n: int, timeout: float) -> NDArray[Any]:
        """The next ``n`` samples, shape ``(n_lines, n)``, of a task of ``kind`` 'ai', 'di', 'edges' or 'encoder'."""
        with asking():
            if kind == "ai":
                volts = np.empty((n_lines, n))
                got = self._stream(AnalogMultiChannelReader).read_many_sample(volts, n, timeout)
                return volts[:, :got]
            if kind == "di":
                codes = np.empty((n_lines, n), dtype=np.uint32)
                got = self._stream(DigitalMultiChannelReader).read_many_sample_port_uint32(codes, n, timeout)
                return codes[:, :got] != 0
            if kind == "encoder":
                degrees = np.empty(n)
                got = self._stream(CounterReader).read_many_sample_double(degrees, n, timeout)
                return degrees[np.newaxis, :got]
            counts = np.empty(n, dtype=np.uint32)
            got = self._stream(CounterReader).read_many_sample_uint32(counts, n, timeout)
            return counts[np.newaxis, :got].astype(np.float64)

    def write(self, kind: str, samples: NDArray[np.float64], timeout: float) -> int:
        """Add ``samples``, shape ``(n_lines, n)`` of volts or levels, to the buffer; returns how many it took."""
        with asking():
            if kind == "ao":
                writer = self._stream(AnalogMultiChannelWriter, False)
                return int(writer.write_many_sample(np.ascontiguousarray(samples), timeout))
            codes = np.where(samples > 0.5, np.uint32(_HIGH), np.uint32(0)).astype(np.uint32)
            return int(self._stream(DigitalMultiChannelWriter, False).write_many_sample_port_uint32(codes, timeout))

    def set_levels(self, kind: str, values: NDArray[np.float64]) -> None:
        """Put the on-demand lines of the task to ``values`` now, one for each: volts, or levels of 0 or 1."""
        with asking():
            if kind == "ao":
                self._stream(AnalogMultiChannelWriter, True).write_one_sample(values)
            else:
                self._stream(DigitalMultiChannelWriter, True).write_one_sample_one_line(values > 0.5)
