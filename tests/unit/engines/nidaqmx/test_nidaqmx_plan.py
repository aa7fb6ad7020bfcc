"""Which tasks an engine's channels become: grouping, rates, clocks, triggers, the order of start, and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from psi.api import AIChannel, AOChannel, CIChannel, COChannel, DIChannel, DOChannel, SerialChannel
from psi.core.errors import ConfigurationError
from psi.engines.nidaqmx.plan import Plan, Timing, drifting
from psi.engines.nidaqmx.planning import make_plan
from psi.engines.nidaqmx.terminals import Signal, device_of, giver, terminal
from psi.hardware.channel import Channel

TIMING = Timing(block_duration=0.01, look_ahead=0.05)


def seed_channels() -> list[Channel]:
    """The engine tree of the seed document."""
    return [
        AOChannel(channel="Dev1/ao0", fs=200e3),
        AIChannel(channel="Dev1/ai0", fs=200e3, start_trigger="ao/StartTrigger"),
        AIChannel(channel="Dev1/ai1", fs=200e3, start_trigger="ao/StartTrigger"),
        DOChannel(channel="Dev1/port0/line0", fs=0),
        AIChannel(channel="Dev2/ai0:15", fs=25e3, start_trigger="Dev2/PFI0"),
    ]


def refusals(channels: list[Channel], **timing: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        make_plan(channels, Timing(block_duration=0.01, **timing))
    return [finding.message for finding in caught.value.findings]


def started(plan: Plan) -> list[str]:
    return [task.name for task in plan.timed]


def test_the_seeds_tree_is_three_tasks_and_a_line() -> None:
    plan = make_plan(seed_channels(), TIMING)
    tasks = {task.name: task for task in plan.timed}
    assert set(tasks) == {"Dev1 ao", "Dev1 ai", "Dev2 ai"}
    assert tasks["Dev1 ai"].lines == ("Dev1/ai0", "Dev1/ai1")
    assert len(tasks["Dev2 ai"].lines) == 16
    assert tasks["Dev1 ai"].trigger == "/Dev1/ao/StartTrigger"
    assert tasks["Dev2 ai"].trigger == "/Dev2/PFI0"
    assert tasks["Dev1 ao"].trigger == ""
    assert [channel.channel for channel in plan.on_demand] == ["Dev1/port0/line0"]
    assert plan.devices == ("Dev1", "Dev2") or plan.devices == ("Dev2", "Dev1")


def test_who_waits_is_started_before_whom_it_waits_for() -> None:
    plan = make_plan(seed_channels(), TIMING)
    assert started(plan).index("Dev1 ai") < started(plan).index("Dev1 ao")
    assert plan.master is not None
    assert plan.master.name == "Dev1 ao"


def test_parts_of_one_device_begin_with_what_plays_although_nobody_says_so() -> None:
    channels = [
        DIChannel(channel="Dev1/port0/line8", fs=1e3),
        AIChannel(channel="Dev1/ai0", fs=50e3),
        AOChannel(channel="Dev1/ao0", fs=100e3),
        DOChannel(channel="Dev1/port0/line1", fs=10e3),
    ]
    plan = make_plan(channels, TIMING)
    assert started(plan)[-1] == "Dev1 ao"
    assert {task.trigger for task in plan.timed[:-1]} == {"/Dev1/ao/StartTrigger"}


def test_cards_without_routes_are_started_one_after_the_other() -> None:
    channels = [AIChannel(channel="Dev1/ai0", fs=1e3), AOChannel(channel="Dev1/ao0", fs=1e3)]
    plan = make_plan(channels, Timing(block_duration=0.01, synchronized=False))
    assert [task.trigger for task in plan.timed] == ["", ""]


def test_devices_with_a_common_clock_begin_with_one_master_and_others_drift() -> None:
    channels = [AIChannel(channel="Dev1/ai0", fs=1e3), AIChannel(channel="Dev2/ai0", fs=1e3)]
    shared = Timing(block_duration=0.01, shared_clock=True)
    plan = make_plan(channels, shared)
    assert [task.trigger for task in plan.timed] == ["/Dev1/ai/StartTrigger", ""]
    assert drifting(plan, shared) == []
    apart = make_plan(channels, TIMING)
    assert [task.name for task in drifting(apart, TIMING)] == ["Dev2 ai"]


def test_a_named_master_starts_the_others() -> None:
    channels = [AIChannel(channel="Dev1/ai0", fs=1e3), AOChannel(channel="Dev1/ao0", fs=1e3)]
    plan = make_plan(channels, Timing(block_duration=0.01, master="Dev1/ai"))
    assert started(plan) == ["Dev1 ao", "Dev1 ai"]
    assert plan.timed[0].trigger == "/Dev1/ai/StartTrigger"
    assert "known: Dev1/ai, Dev1/ao" in refusals(channels, master="Dev1/di")[0]


def test_two_rates_on_one_timing_engine_are_refused_with_that_reason() -> None:
    channels = [
        AIChannel(channel="Dev1/ai0", name="microphone", fs=200e3),
        AIChannel(channel="Dev1/ai1", name="ecg", fs=1e3),
    ]
    (message,) = refusals(channels)
    assert "'ecg' asks for 1000, 'microphone' for 200000 samples/s" in message
    assert "one ai timing engine" in message
    assert "decimate = True" in message


def test_where_asked_for_the_slower_channel_keeps_every_so_many_samples() -> None:
    fast, slow = AIChannel(channel="Dev1/ai0", fs=200e3), AIChannel(channel="Dev1/ai1", fs=1e3)
    (task,) = make_plan([fast, slow], Timing(block_duration=0.01, decimate=True)).timed
    assert task.fs == 200e3
    assert (task.factor(fast), task.factor(slow)) == (1, 200)
    odd = AIChannel(channel="Dev1/ai1", fs=3e3)
    assert "whole multiple" in refusals([fast, odd], decimate=True)[0]


def test_outputs_are_never_decimated() -> None:
    channels = [AOChannel(channel="Dev1/ao0", fs=200e3), AOChannel(channel="Dev1/ao1", fs=100e3)]
    (message,) = refusals(channels, decimate=True)
    assert "one ao timing engine" in message
    assert "decimate" not in message


def test_a_counter_takes_the_sample_clock_of_a_part_with_its_rate() -> None:
    channels = [AIChannel(channel="Dev1/ai0", fs=1e3), CIChannel(channel="Dev1/ctr0", fs=1e3)]
    plan = make_plan(channels, TIMING)
    assert started(plan) == ["Dev1 ctr0", "Dev1 ai"]
    assert plan.timed[0].clock == "/Dev1/ai/SampleClock"
    assert plan.timed[0].signal == Signal("dev1", "ctr0")
    channels[1].fs = 2e3
    assert "no sample clock of its own" in refusals(channels)[0]
    assert "ai 1000" in refusals(channels)[0]
    outside = make_plan([channels[1]], Timing(block_duration=0.01, sample_clock="PFI7"))
    assert outside.timed[0].clock == "/Dev1/PFI7"


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        (SerialChannel(channel="L1"), "is no line of a card; supported: AIChannel"),
        (AIChannel(channel="ai0", fs=1e3), "names no device; write 'Dev1/ai0'"),
        (AIChannel(channel="Dev1/ai0, Dev2/ai0", fs=1e3), "is on two devices"),
        (AIChannel(channel="Dev1/ai0", fs=0), "an input needs samples: give it a rate"),
        (COChannel(channel="Dev1/ctr0", fs=1e3), "set fs = 0"),
        (AIChannel(channel="Dev1/ai0", fs=-1), "give samples/s, or 0 for on demand"),
        (AIChannel(name="microphone", fs=1e3), "names no line; give it one such as 'Dev1/ai0'"),
    ],
)
def test_what_no_card_can_do_is_refused(channel: Channel, said: str) -> None:
    assert said in refusals([channel])[0]


def test_every_fault_is_said_at_once() -> None:
    channels = [
        AIChannel(channel="Dev1/ai0", fs=1e3),
        AIChannel(channel="dev1/AI0", name="twin", fs=1e3),
        AIChannel(channel="Dev2/ai0", fs=0),
        AIChannel(channel="Dev1/ai2", fs=1e3, start_trigger="PFI0"),
        AIChannel(channel="Dev1/ai3", fs=1e3, start_trigger="PFI1"),
    ]
    messages = refusals(channels)
    assert len(messages) == 3
    assert "is taken by channel 'Dev1/ai0'" in messages[1]
    assert "start together" in messages[2]


def test_tasks_that_wait_for_each_other_are_refused() -> None:
    channels = [
        AIChannel(channel="Dev1/ai0", fs=1e3, start_trigger="ao/StartTrigger"),
        AOChannel(channel="Dev1/ao0", fs=1e3, start_trigger="ai/StartTrigger"),
    ]
    assert "wait for each other's start" in refusals(channels)[0]


@pytest.mark.parametrize("fs", [1e3, 11025.0, 44100.0, 204.8e3])
def test_buffers_hold_whole_blocks(fs: float) -> None:
    (task,) = make_plan([AIChannel(channel="Dev1/ai0", fs=fs)], Timing(0.01, buffer_duration=4.0)).timed
    assert task.buffer % task.block == 0
    assert task.buffer >= 4 * fs
    (task,) = make_plan([AOChannel(channel="Dev1/ao0", fs=fs)], Timing(0.01, look_ahead=9.0, buffer_duration=1.0)).timed
    assert task.buffer >= 9 * fs


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("ao/StartTrigger", "/Dev1/ao/StartTrigger"),
        ("PFI0", "/Dev1/PFI0"),
        ("Dev2/PFI0", "/Dev2/PFI0"),
        ("/Dev3/ai/SampleClock", "/Dev3/ai/SampleClock"),
        ("", ""),
    ],
)
def test_terminals_are_read_from_the_tasks_device(name: str, full: str) -> None:
    assert terminal(name, "Dev1") == full


def test_names_say_device_and_giver() -> None:
    assert device_of("PXI1Slot2/ai3") == "PXI1Slot2"
    assert device_of("ctr0/Out") == ""
    assert giver("/Dev1/ao/StartTrigger") == Signal("dev1", "ao")
    assert giver("/Dev1/PFI0") is None
