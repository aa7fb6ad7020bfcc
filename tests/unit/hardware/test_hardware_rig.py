"""Channels' lines and the rig's declared values."""

from __future__ import annotations

import pytest

from psi.core.errors import ConfigurationError
from psi.hardware.channel import AIChannel, DIChannel, channel_labels
from psi.hardware.rig import Rig, RigValue


@pytest.mark.parametrize(
    ("text", "n", "first", "last"),
    [
        ("Dev1/ai1", 1, "Dev1/ai1", "Dev1/ai1"),
        ("Dev2/ai0:15", 16, "Dev2/ai0", "Dev2/ai15"),
        ("Dev2/ai0:16", 17, "Dev2/ai0", "Dev2/ai16"),
        ("Dev1/ai3:1", 3, "Dev1/ai3", "Dev1/ai1"),
        ("Dev1/port0/line0:7", 8, "Dev1/port0/line0", "Dev1/port0/line7"),
        ("Dev1/ai0, Dev1/ai4", 2, "Dev1/ai0", "Dev1/ai4"),
    ],
)
def test_a_channels_text_is_read_as_ni_reads_it(text: str, n: int, first: str, last: str) -> None:
    labels = channel_labels(text)
    assert (len(labels), labels[0], labels[-1]) == (n, first, last)


def test_labels_that_disagree_with_the_lines_are_refused_with_both_numbers() -> None:
    channel = AIChannel(channel="Dev2/ai0:16", labels=tuple(f"e{i}" for i in range(16)), fs=25e3)
    with pytest.raises(ConfigurationError, match=r"is 17 lines \(Dev2/ai0 to Dev2/ai16\) but has 16 labels"):
        channel.stream_info()


def test_a_channels_stream_says_what_its_samples_are() -> None:
    info = AIChannel(channel="Dev1/ai0:1", name="pair", fs=1e3).stream_info()
    assert (info.name, info.n_channels, info.unit, info.labels) == ("pair", 2, "V", ("Dev1/ai0", "Dev1/ai1"))
    assert DIChannel(channel="Dev1/port0/line0", fs=1e3).stream_info().dtype == "bool"


def rig() -> Rig:
    made = Rig(id="booth")
    for value in (
        RigValue(name="fs", default=1e3, unit="Hz", limits=(10.0, 1e5)),
        RigValue(name="n", default=3),
        RigValue(name="wired", default=True),
        RigValue(name="file", default=""),
        RigValue(name="port", default="COM1", choices=["COM1", "COM2"]),
    ):
        value.set_parent(made)
    return made


def test_values_take_the_type_of_their_default() -> None:
    made = rig()
    made.set_values(["fs=2e3", "n=5", "wired=no", "file=a=b.npy", "port=COM2"])
    assert made.values() == {"fs": 2000.0, "n": 5, "wired": False, "file": "a=b.npy", "port": "COM2"}


def test_every_fault_is_said_at_once_and_nothing_is_taken() -> None:
    made = rig()
    with pytest.raises(ConfigurationError) as refused:
        made.set_values(["fs=1", "n=2.5", "wired=perhaps", "fss=3", "port=COM9", "n"])
    text = str(refused.value)
    assert "--set-rig fs: '1' is not allowed: fs allows 10 to 100000 Hz" in text
    assert "n is a whole number" in text
    assert "wired is true or false" in text
    assert "no value 'fss'; did you mean 'fs'" in text
    assert "port is one of COM1, COM2" in text
    assert "write NAME=VALUE" in text
    assert len(refused.value.findings) == 6
    assert made["fs"] == 1000.0


def test_reading_an_undeclared_value_names_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="declares no value 'wird'; did you mean 'wired'"):
        rig()["wird"]
