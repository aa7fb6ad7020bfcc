"""What devices can do against what rigs ask: each refusal names the line, what is allowed, and what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from psi.api import AIChannel, AOChannel, CIChannel, DIChannel, DOChannel
from psi.engines.nidaqmx.abilities import Abilities, device_findings, missing_devices
from psi.engines.nidaqmx.plan import Timing
from psi.engines.nidaqmx.planning import make_plan
from psi.hardware.channel import Channel

CARD = Abilities(
    "Dev1",
    product="USB-6343",
    lines={
        "ai": tuple(f"Dev1/ai{i}" for i in range(32)),
        "ao": ("Dev1/ao0", "Dev1/ao1"),
        "di": ("Dev1/port0/line0", "Dev1/port0/line1", "Dev1/port1/line0"),
        "do": ("Dev1/port0/line0", "Dev1/port0/line1", "Dev1/port1/line0"),
        "ci": ("Dev1/ctr0", "Dev1/ctr1"),
        "co": (),
    },
    ranges={"ai": ((-0.2, 0.2), (-1.0, 1.0), (-5.0, 5.0), (-10.0, 10.0)), "ao": ((-10.0, 10.0),)},
    rates={"ai": 500e3, "ao": 900e3, "di": 1e6, "do": 1e6},
    multi_channel_rate=500e3,
    couplings=("DC",),
    terminal_modes={"Dev1/ai0": ("RSE", "NRSE", "differential")},
    clocked={"Dev1/port1/line0": False},
)


def messages(channels: list[Channel], abilities: Abilities = CARD) -> list[str]:
    plan = make_plan(channels, Timing(block_duration=0.01))
    return [finding.message for finding in device_findings(plan, abilities)]


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        (
            AIChannel(channel="Dev1/ai0", name="mic", fs=1e3, expected_range=(-20, 20)),
            "AIChannel 'mic' asks for ±20 V; Dev1/ai0 allows ±0.2, ±1, ±5, ±10 V. Set expected_range to one of these",
        ),
        (AIChannel(channel="Dev1/ai0", fs=1e3, expected_range=(1, -1)), "must go from low to high"),
        (
            AIChannel(channel="Dev1/ai99", fs=1e3),
            "has no line 'Dev1/ai99'; its ai lines are Dev1/ai0 to Dev1/ai31 (32)",
        ),
        (AIChannel(channel="Dev1/ai0", fs=1e6), "Dev1 ai at 1e+06 samples/s is too fast; Dev1 allows 500000"),
        (
            AIChannel(channel="Dev1/ai0:15", fs=50e3),
            "at 50000 samples/s, 800000 together: it allows 500000 for all together; set fs to 31250",
        ),
        (
            AIChannel(channel="Dev1/ai0", fs=1e3, terminal_mode="pseudodifferential"),
            "Dev1/ai0 cannot be connected as pseudodifferential; it allows RSE, NRSE, differential",
        ),
        (AOChannel(channel="Dev1/ao7", fs=1e3), "did you mean 'Dev1/ao1' or 'Dev1/ao0'?"),
        (
            DIChannel(channel="Dev1/port1/line0", fs=1e3),
            "cannot be sampled by a clock on a USB-6343; use a line of",
        ),
        (DOChannel(channel="Dev1/port1/line0", fs=1e3), "cannot be sampled by a clock on a USB-6343; set fs = 0"),
        (DOChannel(channel="Dev1/port0/line99", fs=0), "has no line 'Dev1/port0/line99'"),
    ],
)
def test_what_the_card_cannot_do_is_said(channel: Channel, said: str) -> None:
    (message,) = messages([channel])
    assert said in message


def test_what_the_card_can_do_is_not_said() -> None:
    channels = [
        AIChannel(channel="Dev1/ai0", fs=250e3, terminal_mode="differential", expected_range=(0, 1)),
        AIChannel(channel="Dev1/ai1", fs=250e3),
        AOChannel(channel="Dev1/ao0", fs=900e3),
        DIChannel(channel="Dev1/port0/line0", fs=1e6),
        DOChannel(channel="Dev1/port1/line0", fs=0),
        CIChannel(channel="Dev1/ctr0", fs=250e3),
    ]
    assert messages(channels) == []


def test_cards_that_sample_at_one_time_allow_the_rate_to_each_channel() -> None:
    card = replace(CARD, simultaneous=True, multi_channel_rate=204.8e3, lowest_rate=1e3)
    assert messages([AIChannel(channel="Dev1/ai0:3", fs=204.8e3)], card) == []
    (message,) = messages([AIChannel(channel="Dev1/ai0:3", fs=250e3)], card)
    assert "it allows 204800; set fs to 204800 or less" in message
    (message,) = messages([AIChannel(channel="Dev1/ai0", fs=100)], card)
    assert "allows 1000 or more" in message


def test_devices_that_are_not_there_are_named_with_the_nearest() -> None:
    channels: list[Any] = [AIChannel(channel="Devv1/ai0", fs=1e3), AIChannel(channel="Dev2/ai0", fs=1e3)]
    found = missing_devices(channels, ["Dev1", "Dev2"])
    assert [finding.message for finding in found] == ["no device 'Devv1'; did you mean 'Dev1' or 'Dev2'?"]
    assert "no device is there" in missing_devices(channels, [])[0].message
