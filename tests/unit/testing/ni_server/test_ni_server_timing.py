"""Samples by index: what is played comes back where the delays say, whatever the clock, the rate and the trigger."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from nidaqmx.constants import AcquisitionType, Signal
from nidaqmx.errors import DaqReadError, DaqWriteError

from psi.testing.ni_server.clock import ManualClock

from .conftest import LIMIT, reader, writer

LSB = 20 / 2**16


def noise(n_channels, n, seed=0):
    return np.random.default_rng(seed).uniform(-9, 9, (n_channels, n))


@pytest.mark.parametrize(
    ("fs_out", "fs_in", "index"),
    [
        (100e3, 100e3, lambda i: i),
        (200e3, 25e3, lambda i: 8 * i),
        (25e3, 100e3, lambda i: i // 4),
        # 2268 and 2083 ticks of 100 MHz: neither divides the other.
        (44.1e3, 48e3, lambda i: i * 2083 // 2268),
    ],
)
def test_an_output_comes_back_at_the_input_sample_for_sample(serve, fs_out, fs_in, index):
    clock = ManualClock()
    client = serve(wires=["Dev1/ao0=Dev1/ai0"], clock=clock)
    played = noise(1, 60_000)
    ao = client.analog_out("Dev1/ao0", fs_out)
    ai = client.analog_in("Dev1/ai0:1", fs_in, trigger="/Dev1/ao/StartTrigger")
    writer(ao).write_many_sample(played)
    ai.start()
    ao.start()
    clock.advance(0.25)
    n = int(fs_in * 0.2)
    heard = np.zeros((2, n))
    reader(ai).read_many_sample(heard, n)
    expected = played[0, [index(i) for i in range(n)]]
    assert np.abs(heard[0] - expected).max() <= LSB
    assert not heard[1].any()


def test_any_way_of_reading_gives_the_same_samples(serve):
    clock = ManualClock(123)
    client = serve(
        wires=["Dev1/ao0=Dev1/ai0,noise=0.1,delay=0.0003"],
        sources={"Dev1/ai1": "sine:2:97", "Dev1/ai2": "ecg"},
        clock=clock,
    )
    ao = client.analog_out("Dev1/ao0", 10e3)
    ai = client.analog_in("Dev1/ai0:2", 10e3, trigger="/Dev1/ao/StartTrigger")
    played = noise(1, 5_000)
    writer(ao).write_many_sample(played)
    ai.start()
    ao.start()
    clock.advance(0.4)
    whole = np.zeros((3, 3000))
    reader(ai).read_many_sample(whole, 3000)
    parts = []
    ai.in_stream.relative_to = ai.in_stream.relative_to.FIRST_SAMPLE
    at = 0
    for n in (1, 7, 500, 1, 991, 1500):
        ai.in_stream.offset = at
        parts.append(np.zeros((3, n)))
        reader(ai).read_many_sample(parts[-1], n)
        at += n
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)
    # Three samples of delay.
    assert np.abs(whole[0, 3:] - played[0, : 3000 - 3]).std() < 0.11
    assert whole[1].std() == pytest.approx(np.sqrt(2), rel=0.05)
    assert whole[2].std() > 1e-4


def test_filters_of_a_delta_sigma_card_delay_by_the_samples_that_it_tells(serve):
    clock = ManualClock()
    client = serve(["Dev2=PXI-4461"], wires=["Dev2/ao0=Dev2/ai0", "Dev2/ao1=Dev2/ai1,gain=0.5"], clock=clock)
    played = noise(2, 40_000)
    ao = client.analog_out("Dev2/ao0:1", 200e3)
    ai = client.analog_in("Dev2/ai0:1", 200e3, trigger="/Dev2/ao/StartTrigger")
    writer(ao).write_many_sample(played)
    ai.start()
    ao.start()
    clock.advance(0.1)
    told = ai.ai_channels[0].ai_filter_delay * 200e3 + ao.ao_channels[0].ao_filter_delay * 200e3
    delay = round(told)
    assert (delay, told) == (95, pytest.approx(95))
    heard = np.zeros((2, 10_000))
    reader(ai).read_many_sample(heard, 10_000)
    assert np.abs(heard[0, delay:] - played[0, : 10_000 - delay]).max() < 1e-5
    assert np.abs(heard[1, delay:] - 0.5 * played[1, : 10_000 - delay]).max() < 1e-5


def test_a_sample_clock_is_shared_between_devices_and_two_crystals_drift(serve):
    clock = ManualClock()
    client = serve(["Dev1=PCIe-6363", "Dev2=PCIe-6363,ppm=100"], clock=clock)
    own = client.analog_in("Dev1/ai0", 100e3)
    with_error = client.task()
    with_error.di_channels.add_di_chan("Dev2/port0/line0")
    with_error.timing.cfg_samp_clk_timing(100e3, sample_mode=AcquisitionType.CONTINUOUS)
    shared = client.analog_in("Dev2/ai0", 100e3)
    shared.timing.samp_clk_src = "/Dev1/ai/SampleClock"
    shared.start()
    own.start()
    with_error.start()
    clock.advance(1.0)
    assert own.in_stream.total_samp_per_chan_acquired == 100_001
    assert shared.in_stream.total_samp_per_chan_acquired == 100_001
    assert with_error.in_stream.total_samp_per_chan_acquired == 100_011


def test_the_rate_is_what_the_card_can_make_of_it(serve):
    client = serve(["Dev1=USB-6343", "Dev2=PXI-4461"])
    assert client.analog_in("Dev1/ai0", 44.1e3).timing.samp_clk_rate == 100e6 / 2268
    assert client.analog_in("Dev2/ai0", 44.1e3).timing.samp_clk_rate == 44.1e3


def test_an_armed_task_waits_for_its_trigger(serve):
    clock = ManualClock()
    client = serve(clock=clock)
    ai = client.analog_in("Dev1/ai0", 1000, trigger="/Dev1/PFI0")
    ai.start()
    clock.advance(5)
    assert ai.in_stream.total_samp_per_chan_acquired == 0
    with pytest.raises(DaqReadError) as refused:
        ai.read(number_of_samples_per_channel=10, timeout=0)
    assert (refused.value.error_code, refused.value.samps_per_chan_read) == (-200284, 0)
    client.server.pulse("/Dev1/PFI0")
    clock.advance(1)
    assert ai.in_stream.total_samp_per_chan_acquired == 1001


def test_a_line_or_an_exported_trigger_starts_a_task(serve):
    clock = ManualClock()
    client = serve(["Dev1=USB-6343", "Dev2=USB-6343"], wires=["Dev1/port0/line3=Dev1/PFI2"], clock=clock)
    master = client.analog_in("Dev1/ai0", 1000, trigger="/Dev1/PFI2")
    master.export_signals.export_signal(Signal.START_TRIGGER, "/Dev2/PFI5")
    slave = client.analog_in("Dev2/ai0", 1000, trigger="/Dev2/PFI5")
    line = client.task()
    line.do_channels.add_do_chan("Dev1/port0/line3")
    slave.start()
    master.start()
    line.write(False)
    clock.advance(1)
    assert slave.in_stream.total_samp_per_chan_acquired == 0
    line.write(True)
    clock.advance(0.5)
    assert master.in_stream.total_samp_per_chan_acquired == 501
    assert slave.in_stream.total_samp_per_chan_acquired == 501


def test_a_finite_task_ends_by_itself(serve):
    clock = ManualClock()
    client = serve(sources={"Dev1/ai0": "sine:1:10"}, clock=clock)
    ai = client.task()
    ai.ai_channels.add_ai_voltage_chan("Dev1/ai0")
    ai.timing.cfg_samp_clk_timing(1000, samps_per_chan=100)
    ai.start()
    assert not ai.is_task_done()
    clock.advance(0.2)
    assert ai.is_task_done()
    ai.wait_until_done(0)
    assert len(ai.read(-1)) == 100
    with pytest.raises(DaqReadError, match="-200278"):
        ai.read(1)


def test_writes_wait_for_space_and_tell_how_far_they_came(serve):
    clock = ManualClock()
    client = serve(wires=["Dev1/ao0=Dev1/ai0"], clock=clock)
    ao = client.analog_out("Dev1/ao0", 10e3, size=10_000)
    assert writer(ao).write_many_sample(noise(1, 10_000)) == 10_000
    with pytest.raises(DaqWriteError) as refused:
        writer(ao).write_many_sample(noise(1, 10), timeout=0)
    assert (refused.value.error_code, refused.value.samps_per_chan_written) == (-200292, 0)
    ao.start()
    # The card takes what fits into its own memory at once.
    fifo = 10_000 - (10_000 - 8191 - 1)
    assert ao.out_stream.space_avail == fifo
    with pytest.raises(DaqWriteError) as refused:
        writer(ao).write_many_sample(noise(1, 9_000), timeout=0)
    assert refused.value.samps_per_chan_written == fifo
    written = []
    waits = threading.Thread(target=lambda: written.append(writer(ao).write_many_sample(noise(1, 1000), timeout=-1)))
    waits.start()
    for _ in range(20):
        clock.advance(0.02)
    waits.join(LIMIT)
    assert written == [1000]


def test_what_the_card_does_not_hold_yet_can_be_rewritten(serve):
    clock = ManualClock()
    client = serve(wires=["Dev1/ao0=Dev1/ai0"], clock=clock)
    ao = client.analog_out("Dev1/ao0", 10e3, size=20_000)
    ai = client.analog_in("Dev1/ai0", 10e3, trigger="/Dev1/ao/StartTrigger")
    first, second = noise(1, 20_000), noise(1, 5_000, seed=1)
    writer(ao).write_many_sample(first)
    ai.start()
    ao.start()
    clock.advance(0.1)
    ao.out_stream.relative_to = ao.out_stream.relative_to.FIRST_SAMPLE
    ao.out_stream.offset = 1001 + 8191
    assert writer(ao).write_many_sample(second) == 5_000
    ao.out_stream.offset = 1000
    with pytest.raises(DaqWriteError, match="First that can be written: 9192"):
        writer(ao).write_many_sample(second)
    clock.advance(1.5)
    heard = np.zeros((1, 16_000))
    reader(ai).read_many_sample(heard, 16_000)
    expected = first[:, :16_000].copy()
    expected[:, 9192 : 9192 + 5_000] = second
    assert np.abs(heard - expected).max() <= LSB


def test_regeneration_repeats_what_was_written(serve):
    clock = ManualClock()
    client = serve(wires=["Dev1/ao0=Dev1/ai0"], clock=clock)
    ao = client.task()
    ao.ao_channels.add_ao_voltage_chan("Dev1/ao0")
    ao.timing.cfg_samp_clk_timing(1000, sample_mode=AcquisitionType.CONTINUOUS)
    ai = client.analog_in("Dev1/ai0", 1000, trigger="/Dev1/ao/StartTrigger")
    wave = noise(1, 100)[0]
    ao.write(wave)
    ai.start()
    ao.start()
    clock.advance(1)
    assert np.abs(np.array(ai.read(1000)) - np.tile(wave, 10)).max() <= LSB


def test_an_output_holds_its_last_sample_after_the_stop(serve):
    clock = ManualClock()
    client = serve(wires=["Dev1/ao0=Dev1/ai0"], clock=clock)
    ao = client.analog_out("Dev1/ao0", 1000)
    played = noise(1, 500)
    writer(ao).write_many_sample(played)
    ao.start()
    clock.advance(0.2)
    ao.stop()
    clock.advance(10)
    ai = client.task()
    ai.ai_channels.add_ai_voltage_chan("Dev1/ai0", min_val=-10, max_val=10)
    assert ai.read() == pytest.approx(played[0, 200], abs=LSB)


def test_events_come_every_n_samples_and_at_the_end(serve):
    clock = ManualClock()
    client = serve(clock=clock)
    heard, ended = [], []
    told = threading.Condition()

    def note(where, what):
        with told:
            where.append(what)
            told.notify_all()
        return 0

    def wait(happened):
        with told:
            assert told.wait_for(happened, LIMIT)

    ai = client.task()
    ai.ai_channels.add_ai_voltage_chan("Dev1/ai0")
    ai.timing.cfg_samp_clk_timing(1000, samps_per_chan=1000)
    ai.register_every_n_samples_acquired_into_buffer_event(250, lambda t, e, n, d: note(heard, n))
    ai.register_done_event(lambda t, status, d: note(ended, status))
    for _ in range(2):
        ai.start()
        clock.advance(0.249)
        wait(lambda: heard == [250])
        assert ended == []
        clock.advance(1)
        wait(lambda: heard == [250] * 4 and ended == [0])
        ai.stop()
        heard.clear()
        ended.clear()
    ai.register_every_n_samples_acquired_into_buffer_event(250, None)
    ai.start()
    clock.advance(2)
    wait(lambda: ended == [0])
    assert heard == []


def test_what_nobody_can_ask_for_any_more_is_forgotten(serve):
    clock = ManualClock()
    client = serve(wires=["Dev1/ao0=Dev1/ai0"], clock=clock)
    played = noise(1, 5_000)
    for _ in range(5):
        ao = client.analog_out("Dev1/ao0", 10e3, size=10_000)
        ai = client.analog_in("Dev1/ai0", 10e3, trigger="/Dev1/ao/StartTrigger")
        writer(ao).write_many_sample(played)
        ai.start()
        ao.start()
        heard = np.zeros((1, 5_000))
        for _ in range(10):
            writer(ao).write_many_sample(played)
            clock.advance(0.5)
            reader(ai).read_many_sample(heard, 5_000)
            assert np.abs(heard - played).max() <= LSB
        history = client.server.task(ao.name).buffer.history
        # A second of the past, and what is still to come.
        assert history.end - history.start <= 10_000 + 10_000 + 5_000
        ao.close()
        ai.close()
    line = client.server.devices["dev1"].lines["dev1/ao0"]
    assert line.n_spans <= 3
