"""What the cards say of themselves, what they refuse, and the lines and counters on them."""

from __future__ import annotations

import numpy as np
import pytest
from nidaqmx.constants import (
    AcquisitionType,
    Coupling,
    Edge,
    EncoderType,
    Level,
    LineGrouping,
    ProductCategory,
    TerminalConfiguration,
)
from nidaqmx.errors import DaqError
from nidaqmx.stream_readers import DigitalSingleChannelReader
from nidaqmx.stream_writers import DigitalSingleChannelWriter

from psi.core.errors import ConfigurationError
from psi.testing.ni_server.clock import ManualClock
from psi.testing.ni_server.server import SimulatedServer

BOTH = ["Dev1=USB-6343", "Dev2=PXI-4461"]


def refusal(call, *arguments, **named):
    with pytest.raises(DaqError) as refused:
        call(*arguments, **named)
    return refused.value


def test_a_card_says_what_it_is_and_what_it_can(serve):
    system = serve(BOTH).system()
    assert list(system.devices.device_names) == ["Dev1", "Dev2"]
    usb, dsa = system.devices["Dev1"], system.devices["Dev2"]
    assert (usb.product_type, dsa.product_type) == ("USB-6343", "PXI-4461")
    assert (usb.product_category, dsa.product_category) == (ProductCategory.X_SERIES_DAQ, ProductCategory.DSA)
    assert usb.is_simulated
    assert usb.serial_num != dsa.serial_num
    assert len(usb.ai_physical_chans) == 32
    assert [chan.name for chan in dsa.ao_physical_chans] == ["Dev2/ao0", "Dev2/ao1"]
    assert len(usb.di_lines) == 48
    assert len(usb.ci_physical_chans) == 4
    assert usb.ai_voltage_rngs == [-0.2, 0.2, -1, 1, -5, 5, -10, 10]
    assert (usb.ai_max_multi_chan_rate, usb.ai_max_single_chan_rate) == (500e3, 500e3)
    assert (usb.ai_simultaneous_sampling_supported, dsa.ai_simultaneous_sampling_supported) == (False, True)
    assert usb.ai_num_samp_timing_engines == 1
    assert "/Dev1/ao/StartTrigger" in usb.terminals
    assert TerminalConfiguration.DIFF in usb.ai_physical_chans["ai0"].ai_term_cfgs
    assert usb.do_lines["port0/line3"].do_samp_clk_supported
    assert not usb.do_lines["port1/line3"].do_samp_clk_supported
    assert system.driver_version >= (24, 5)


@pytest.mark.parametrize(
    ("channels", "fs", "named", "code", "told"),
    [
        ("Dev3/ai0", 1000, {}, -200220, "Device Specified: Dev3"),
        ("Dev1/ai32", 1000, {}, -200170, "Dev1/ai32"),
        ("Dev1/ai0,Dev1/ai0", 1000, {}, -200489, ""),
        ("Dev1/ai0:x", 1000, {}, -200498, ""),
        ("Dev1/ai0", 1000, {"max_val": 20}, -200077, "±0.2, ±1, ±5, ±10 V"),
        ("Dev2/ai0", 48e3, {"terminal_config": TerminalConfiguration.RSE}, -200077, "DIFF, PSEUDO_DIFF"),
        ("Dev1/ai0:20", 25e3, {}, -200332, "Maximum: 23809.5"),
        ("Dev2/ai0", 10, {}, -200331, "Minimum: 1000"),
        ("Dev1/ai0,Dev2/ai0", 10e3, {}, -200558, ""),
    ],
)
def test_a_card_refuses_what_it_cannot(serve, channels, fs, named, code, told):
    task = serve(BOTH).task()

    def begin():
        task.ai_channels.add_ai_voltage_chan(channels, **{"min_val": -5, "max_val": 5, **named})
        task.timing.cfg_samp_clk_timing(fs, sample_mode=AcquisitionType.CONTINUOUS)
        task.start()

    error = refusal(begin)
    assert (error.error_code, told in str(error)) == (code, True)


def test_volts_beyond_a_channel_are_refused(serve):
    task = serve().task()
    task.ao_channels.add_ao_voltage_chan("Dev1/ao0", min_val=-1, max_val=1)
    task.write(0.5)
    error = refusal(task.write, 1.5)
    assert (error.error_code, "Requested Value: 1.5" in str(error)) == (-200561, True)


def test_codes_of_the_converter_scale_to_volts(serve):
    client = serve(BOTH, wires=["Dev1/ao0=Dev1/ai0", "Dev1/ao0=Dev2/ai1"])
    ao = client.task()
    ao.ao_channels.add_ao_voltage_chan("Dev1/ao0")
    ao.write(1.234)
    for name, dtype in (("Dev1/ai0", np.int16), ("Dev2/ai1", np.int32)):
        ai = client.task()
        channel = ai.ai_channels.add_ai_voltage_chan(name, min_val=-5, max_val=5)
        scaled = ai.read()
        raw = ai.in_stream.read(1)
        assert raw.dtype == dtype
        assert raw[0] * channel.ai_dev_scaling_coeff[1] == pytest.approx(scaled)
        assert scaled == pytest.approx(1.234, abs=4e-4)
        ai.close()


def test_a_preamplifier_and_a_coupling_are_those_of_the_card(serve):
    client = serve(BOTH, wires=["Dev1/ao0=Dev2/ai0"])
    ao = client.task()
    ao.ao_channels.add_ao_voltage_chan("Dev1/ao0")
    ao.write(5.0)
    amplified = client.task()
    channel = amplified.ai_channels.add_ai_voltage_chan("Dev2/ai0", min_val=-10, max_val=10)
    assert amplified.read() == pytest.approx(5.0, abs=4e-4)
    channel.ai_gain = 20
    channel.ai_coupling = Coupling.AC
    assert channel.ai_rng_high == pytest.approx(1.0)
    # Clipped at the range that is left.
    assert amplified.read() == pytest.approx(1.0, abs=1e-6)
    channel.ai_gain = 15
    assert refusal(amplified.read).error_code == -200077
    plain = client.analog_in("Dev1/ai0", 1000)
    plain.ai_channels[0].ai_coupling = Coupling.AC
    assert "Possible Values: DC" in str(refusal(plain.start))


def test_an_input_hears_a_file_over_and_over(serve, tmp_path):
    clock = ManualClock()
    np.save(tmp_path / "steps.npy", np.arange(10.0))
    client = serve(sources={"Dev1/ai0": f"file:{tmp_path / 'steps.npy'}:1000:0.5"}, clock=clock)
    ai = client.analog_in("Dev1/ai0", 1000)
    ai.start()
    clock.advance(0.05)
    heard = np.array(ai.read(40))
    assert np.abs(heard - 0.5 * (np.arange(40) % 10)).max() < 4e-4


def test_digital_lines_in_every_format(serve):
    clock = ManualClock()
    wires = [f"Dev1/port0/line{i}=Dev1/port0/line{i + 8}" for i in range(4)]
    client = serve(wires=wires, clock=clock)
    out = client.task()
    out.do_channels.add_do_chan("Dev1/port0/line0:3", line_grouping=LineGrouping.CHAN_FOR_ALL_LINES)
    out.timing.cfg_samp_clk_timing(1000, sample_mode=AcquisitionType.FINITE, samps_per_chan=16)
    back = client.task()
    back.di_channels.add_di_chan("Dev1/port0/line8:11", line_grouping=LineGrouping.CHAN_FOR_ALL_LINES)
    back.timing.cfg_samp_clk_timing(1000, sample_mode=AcquisitionType.FINITE, samps_per_chan=16)
    back.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/do/StartTrigger")
    out.write(list(range(16)))
    back.start()
    out.start()
    clock.advance(0.1)
    # A word of a port has each line at its place.
    assert back.read(16) == [i << 8 for i in range(16)]
    lines = client.task()
    lines.di_channels.add_di_chan("Dev1/port0/line8:11", line_grouping=LineGrouping.CHAN_PER_LINE)
    assert lines.read() == [True] * 4
    single = client.task()
    single.do_channels.add_do_chan("Dev1/port0/line0:1", line_grouping=LineGrouping.CHAN_PER_LINE)
    out.stop()
    single.write([False, True])
    assert lines.read() == [False, True, True, True]
    port = client.task()
    port.di_channels.add_di_chan("Dev1/port0")
    assert port.read() == 0b1110_00001110


def test_levels_and_volts_meet_at_a_wire(serve):
    client = serve(wires=["Dev1/port0/line0=Dev1/ai0", "Dev1/ao0=Dev1/port0/line1"])
    line, volts = client.task(), client.task()
    line.do_channels.add_do_chan("Dev1/port0/line0")
    volts.ao_channels.add_ao_voltage_chan("Dev1/ao0")
    ai, di = client.task(), client.task()
    ai.ai_channels.add_ai_voltage_chan("Dev1/ai0")
    di.di_channels.add_di_chan("Dev1/port0/line1")
    for level, level_volts in ((True, 3.0), (False, 0.2)):
        line.write(level)
        volts.write(level_volts)
        assert ai.read() == pytest.approx(5.0 if level else 0.0, abs=4e-4)
        assert di.read() is level


def test_a_counter_counts_the_pulses_of_another(serve):
    clock = ManualClock()
    client = serve(wires=["Dev1/ctr0=Dev1/ctr1", "Dev1/ctr0=Dev1/port0/line0"], clock=clock)
    counts = client.task()
    counts.ci_channels.add_ci_count_edges_chan("Dev1/ctr1", initial_count=100)
    pulses = client.task()
    pulses.co_channels.add_co_pulse_chan_time("Dev1/ctr0", low_time=0.004, high_time=0.001, initial_delay=0.01)
    pulses.timing.cfg_implicit_timing(sample_mode=AcquisitionType.FINITE, samps_per_chan=3)
    line = client.task()
    line.di_channels.add_di_chan("Dev1/port0/line0")
    counts.start()
    pulses.start()
    seen = []
    for _ in range(26):
        seen.append((counts.read(), line.read()))
        clock.advance(0.001)
    # Starts at 10, 15 and 20 ms, each 1 ms long.
    assert [int(count) for count, _ in seen] == [100] * 10 + [101] * 5 + [102] * 5 + [103] * 6
    assert [i for i, (_, level) in enumerate(seen) if level] == [10, 15, 20]
    assert pulses.is_task_done()


def test_one_pulse_without_timing_and_an_idle_level(serve):
    clock = ManualClock()
    client = serve(wires=["Dev1/ctr0=Dev1/port0/line0"], clock=clock)
    pulse = client.task()
    pulse.co_channels.add_co_pulse_chan_time("Dev1/ctr0", idle_state=Level.HIGH, low_time=0.05, high_time=0.01)
    line = client.task()
    line.di_channels.add_di_chan("Dev1/port0/line0")
    pulse.start()
    clock.advance(0.02)
    assert line.read() is False
    assert not pulse.is_task_done()
    clock.advance(0.035)
    assert line.read() is True
    clock.advance(1)
    assert pulse.is_task_done()


def test_the_next_pulse_is_as_long_as_was_said_last(serve):
    clock = ManualClock()
    client = serve(wires=["Dev1/ctr0=Dev1/port0/line0"], clock=clock)
    pulse = client.task()
    channel = pulse.co_channels.add_co_pulse_chan_time("Dev1/ctr0", low_time=0.001, high_time=0.01)
    line = client.task()
    line.di_channels.add_di_chan("Dev1/port0/line0")
    for duration in (0.01, 0.05):
        channel.co_pulse_high_time = duration
        pulse.start()
        clock.advance(duration - 0.001)
        assert line.read() is True
        clock.advance(0.0015)
        assert line.read() is False
        pulse.stop()


def test_ports_are_read_and_written_in_words_of_each_width(serve):
    clock = ManualClock()
    client = serve(wires=[f"Dev1/port1/line{i}=Dev1/port2/line{i}" for i in range(8)], clock=clock)
    out, back = client.task(), client.task()
    out.do_channels.add_do_chan("Dev1/port1", line_grouping=LineGrouping.CHAN_FOR_ALL_LINES)
    back.di_channels.add_di_chan("Dev1/port2", line_grouping=LineGrouping.CHAN_FOR_ALL_LINES)
    writes, reads = DigitalSingleChannelWriter(out.out_stream), DigitalSingleChannelReader(back.in_stream)
    writes.write_one_sample_port_byte(0b10110001)
    assert reads.read_one_sample_port_byte() == 0b10110001
    writes.write_one_sample_port_uint16(0b01001110)
    assert reads.read_one_sample_port_uint16() == 0b01001110
    writes.write_one_sample_port_uint32(0b11110000)
    assert reads.read_one_sample_port_uint32() == 0b11110000
    writes.write_one_sample_multi_line(np.array([True, False] * 4))
    assert reads.read_one_sample_port_byte() == 0b01010101


def test_a_setting_that_would_do_nothing_is_refused(serve):
    task = serve().analog_in("Dev1/ai0", 1000)
    for act in (
        lambda: setattr(task.ai_channels[0], "ai_lowpass_enable", True),
        lambda: setattr(task.timing, "delay_from_samp_clk_delay", 1.0),
        lambda: task.triggers.start_trigger.cfg_dig_edge_start_trig("/Dev1/PFI0", trigger_edge=Edge.FALLING),
    ):
        assert refusal(act).error_code in (-200197, -200077)


@pytest.mark.parametrize(("decoding", "steps"), [(EncoderType.X_1, 1), (EncoderType.X_2, 2), (EncoderType.X_4, 4)])
def test_an_encoder_counts_up_and_down(serve, decoding, steps):
    clock = ManualClock()
    client = serve(wires=["Dev1/port0/line0=Dev1/PFI8", "Dev1/port0/line1=Dev1/PFI10"], clock=clock)
    encoder = client.task()
    encoder.ci_channels.add_ci_ang_encoder_chan("Dev1/ctr0", decoding_type=decoding, pulses_per_rev=36)
    turn = client.task()
    turn.do_channels.add_do_chan("Dev1/port0/line0:1", line_grouping=LineGrouping.CHAN_PER_LINE)
    encoder.start()
    forward = [(True, False), (True, True), (False, True), (False, False)]

    def move(levels):
        for level in levels:
            clock.advance(0.001)
            turn.write(list(level))

    for _ in range(5):
        move(forward)
    assert encoder.read() == pytest.approx(50.0)
    move([(False, True), (True, True), (True, False), (False, False)] * 7)
    assert encoder.read() == pytest.approx(-20.0)


def test_counts_are_taken_by_a_sample_clock(serve):
    clock = ManualClock()
    client = serve(sources={"Dev1/ctr0": "square:1:10"}, clock=clock)
    counts = client.task()
    counts.ci_channels.add_ci_count_edges_chan("Dev1/ctr0")
    counts.timing.cfg_samp_clk_timing(100, source="/Dev1/ai/SampleClock", sample_mode=AcquisitionType.CONTINUOUS)
    ai = client.analog_in("Dev1/ai0", 100)
    counts.start()
    ai.start()
    clock.advance(1.005)
    assert counts.read(101) == [1 + i // 10 for i in range(101)]


def test_ends_of_wires_and_devices_that_make_no_sense_are_said_at_once():
    with pytest.raises(ConfigurationError) as refused:
        SimulatedServer(
            ["Dev1=USB-6343", "dev1=PXI-4461", "Dev2=USB-6433"], wires=["Dev1/ao0"], sources={"Dev1/ai0": "sin:1"}
        )
    said = str(refused.value).splitlines()
    assert len(said) == 4
    assert "name each its own" in said[0]
    assert "did you mean 'USB-6343'" in said[1]
    assert "write OUTPUT=INPUT" in said[2]
    assert "there are sine, square, ecg and file" in said[3]
    with pytest.raises(ConfigurationError) as refused:
        SimulatedServer(wires=["Dev1/ao9=Dev1/ai0", "Dev1/ao0=Dev1/ai99"], sources={"Dev1/x": "ecg"})
    assert len(str(refused.value).splitlines()) == 3


def test_a_port_is_served_once(serve):
    client = serve()
    with pytest.raises(ConfigurationError, match=f"port {client.server.port} is taken"):
        SimulatedServer(port=client.server.port).listen()


def test_what_is_not_simulated_says_so(serve):
    client = serve()
    task = client.task()
    with pytest.raises(Exception, match="not supported by the NI gRPC Device Server"):
        task.ai_channels.add_ai_thrmcpl_chan("Dev1/ai0")
    assert "Property: AI_EXCIT_VAL" in str(
        refusal(lambda: client.analog_in("Dev1/ai0", 1000).ai_channels[0].ai_excit_val)
    )
