"""What goes wrong goes wrong as with the driver: the code, and what it says."""

from __future__ import annotations

import threading

import grpc
import numpy as np
import pytest
from nidaqmx.errors import DaqError, DaqReadError, RpcError

from psi.testing.ni_server.clock import ManualClock

from .conftest import LIMIT, connect, reader, writer


def refusal(call, *arguments, **named):
    with pytest.raises(DaqError) as refused:
        call(*arguments, **named)
    return refused.value


def await_read(client, task):
    """Until a read of ``task`` waits at the server."""
    name = task.name
    with client.server.changed:
        assert client.server.changed.wait_for(lambda: client.server.task(name).n_waiting, LIMIT)


def test_a_reader_that_is_too_slow_is_told_so_until_the_task_stops(serve):
    clock = ManualClock()
    ai = serve(clock=clock).analog_in("Dev1/ai0", 1000, size=500)
    ai.start()
    clock.advance(0.4)
    assert len(ai.read(100)) == 100
    assert ai.in_stream.avail_samp_per_chan == 301
    clock.advance(0.3)
    assert refusal(ai.read, 10).error_code == -200279
    assert refusal(lambda: ai.in_stream.avail_samp_per_chan).error_code == -200279
    assert refusal(ai.is_task_done).error_code == -200279
    # The buffer was full at this sample.
    assert ai.in_stream.total_samp_per_chan_acquired == 600
    ai.stop()
    ai.start()
    clock.advance(0.1)
    assert len(ai.read(100)) == 100


def test_a_writer_that_is_too_slow_is_told_so_and_the_output_holds_its_level(serve):
    clock = ManualClock()
    client = serve(wires=["Dev1/ao0=Dev1/ai0"], clock=clock)
    ao = client.analog_out("Dev1/ao0", 1000, size=1000)
    told = []
    event = threading.Event()
    ao.register_done_event(lambda task, status, data: (told.append(status), event.set(), 0)[2])
    played = np.linspace(1, 5, 300)[np.newaxis]
    writer(ao).write_many_sample(played)
    ao.start()
    clock.advance(1)
    assert event.wait(LIMIT)
    assert told == [-200290]
    error = refusal(writer(ao).write_many_sample, played)
    assert error.error_code == -200290
    assert ao.name in str(error)
    ai = client.task()
    ai.ai_channels.add_ai_voltage_chan("Dev1/ai0")
    assert ai.read() == pytest.approx(5.0, abs=4e-4)
    ao.stop()
    assert ai.read() == pytest.approx(5.0, abs=4e-4)


@pytest.mark.parametrize(("fault", "code"), [("overrun", -200279), ("underrun", -200290)])
def test_both_can_be_made_to_happen(serve, fault, code):
    client = serve(clock=ManualClock())
    ai, ao = client.analog_in("Dev1/ai0", 1000), client.analog_out("Dev1/ao0", 1000)
    writer(ao).write_many_sample(np.zeros((1, 1000)))
    ai.start()
    ao.start()
    getattr(client.server.faults, fault)("Dev1")
    failed, well = (ai, ao) if fault == "overrun" else (ao, ai)
    assert refusal(failed.is_task_done).error_code == code
    assert not well.is_task_done()


def test_one_timing_engine_serves_one_input_task_and_names_its_holder(serve):
    client = serve()
    first, second = client.analog_in("Dev1/ai0", 1000), client.analog_in("Dev1/ai1", 500)
    first.start()
    error = refusal(second.start)
    assert error.error_code == -50103
    assert f"Resource: ai timing engine\nReserved by: {first.name}" in str(error)
    first.stop()
    second.start()
    second.stop()
    client.server.faults.reserve("Dev1", owner="MAX")
    assert "Reserved by: MAX" in str(refusal(second.start))
    client.system().devices["Dev1"].reset_device()
    second.start()


def test_a_line_belongs_to_the_task_that_drives_it(serve):
    client = serve()
    first, second, reads = client.task(), client.task(), client.task()
    first.do_channels.add_do_chan("Dev1/port0/line0")
    second.do_channels.add_do_chan("Dev1/port0/line0:1")
    reads.di_channels.add_di_chan("Dev1/port0/line0")
    first.start()
    first.write(True)
    assert "Resource: Dev1/port0/line0\n" in str(refusal(second.start))
    assert reads.read() is True


def test_a_stop_meets_reads_that_are_on_their_way(serve):
    clock = ManualClock()
    client = serve(clock=clock)
    ai = client.analog_in("Dev1/ai0", 1000)
    codes = []

    def wait_for_samples():
        codes.append(refusal(ai.read, 1000, timeout=-1).error_code)

    for race, code in ((False, -88709), (True, -200088)):
        if race:
            client.server.faults.race_next_stop("Dev1")
        ai.start()
        waits = threading.Thread(target=wait_for_samples)
        waits.start()
        await_read(client, ai)
        ai.stop()
        waits.join(LIMIT)
        assert codes.pop() == code
    ai.start()
    clock.advance(1)
    assert len(ai.read(100)) == 100


def test_a_task_that_was_cleared_is_no_task(serve):
    client = serve(clock=ManualClock())
    task = client.analog_in("Dev1/ai0", 1000)
    # Another program's hand, since a client forgets a task that it closes.
    name = task.name
    with client.server.changed:
        client.server.clear(client.server.task(name))
    assert refusal(task.start).error_code == -200088


def test_a_device_that_is_gone_says_so_to_who_waits_and_who_comes(serve):
    client = serve(clock=ManualClock())
    ai = client.analog_in("Dev1/ai0", 1000)
    ai.start()
    codes = []
    waits = threading.Thread(target=lambda: codes.append(refusal(ai.read, 1000, timeout=-1).error_code))
    waits.start()
    await_read(client, ai)
    client.server.faults.unplug("Dev1")
    waits.join(LIMIT)
    assert codes == [-201003]
    assert refusal(ai.read, 1).error_code == -201003
    assert refusal(lambda: client.system().devices["Dev1"].product_type).error_code == -201003
    assert list(client.system().devices.device_names) == []
    client.server.faults.plug_in("Dev1")
    ai.start()


def test_a_lost_server_is_no_error_of_the_card(serve):
    client = serve(clock=ManualClock())
    ai = client.analog_in("Dev1/ai0", 1000)
    ai.start()
    errors = []

    def wait_for_samples():
        with pytest.raises((RpcError, DaqError)) as lost:
            ai.read(1000, timeout=-1)
        errors.append(lost.value)

    waits = threading.Thread(target=wait_for_samples)
    waits.start()
    await_read(client, ai)
    client.server.drop()
    waits.join(LIMIT)
    assert not waits.is_alive()
    assert isinstance(errors[0], RpcError)
    with pytest.raises(RpcError, match="Failed to connect"):
        ai.is_task_done()
    client.server.listen()
    other = connect(client.server)
    grpc.channel_ready_future(other.channel).result(LIMIT)
    assert list(other.system().devices.device_names) == ["Dev1"]
    other.close()


def test_a_short_write_raises_nothing(serve):
    client = serve(clock=ManualClock())
    ao = client.analog_out("Dev1/ao0", 1000)
    client.server.faults.shorten_next_write("Dev1", 30)
    assert writer(ao).write_many_sample(np.zeros((1, 100))) == 70
    assert writer(ao).write_many_sample(np.zeros((1, 100))) == 100


def test_a_call_can_be_made_to_fail_as_often_as_one_likes(serve):
    clock = ManualClock()
    client = serve(["Dev1=USB-6343", "Dev2=USB-6343"], clock=clock)
    one, other = client.analog_in("Dev1/ai0", 1000), client.analog_in("Dev2/ai0", 1000)
    one.start()
    other.start()
    clock.advance(1)
    client.server.faults.refuse("ReadAnalogF64", -200474, device="Dev2", times=2)
    assert len(one.read(10)) == 10
    for _ in range(2):
        assert refusal(other.read, 10).error_code == -200474
    assert len(other.read(10)) == 10


def test_a_time_out_gives_what_is_there(serve):
    clock = ManualClock()
    client = serve(sources={"Dev1/ai0": "square:5:1000"}, clock=clock)
    ai = client.analog_in("Dev1/ai0:1", 1000)
    ai.start()
    clock.advance(0.0995)
    heard = np.zeros((2, 200))
    with pytest.raises(DaqReadError) as late:
        reader(ai).read_many_sample(heard, 200, timeout=0)
    assert (late.value.error_code, late.value.samps_per_chan_read) == (-200284, 100)
    assert ai.in_stream.curr_read_pos == 100
