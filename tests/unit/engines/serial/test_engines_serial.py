"""Devices at a serial port, over pseudo-terminals: what is sent, what must come back, what is said if it does not."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from psi.api import AIChannel, DOChannel, RoomLightSerialPortEngine, SerialChannel, SerialEngine
from psi.core.errors import ConfigurationError
from psi.hardware.engine import EngineDriver, OutputsNotSafe

pytest.importorskip("serial", reason="pyserial is not installed")
pytest.importorskip("pty", reason="this system has no pseudo-terminals")

from psi.testing.serial_devices import LightBox, SerialDevice

MakeDriver = Callable[..., EngineDriver]

#: Seconds after which something that ought to have happened has not.
PATIENCE = 30.0


@pytest.fixture
def box() -> Iterator[LightBox]:
    with LightBox() as device:
        yield device


def light(box: SerialDevice, **settings: Any) -> RoomLightSerialPortEngine:
    return RoomLightSerialPortEngine(name="light", connection_url=box.url, **{"timeout": PATIENCE, **settings})


def test_levels_arrive_in_their_order_and_the_safe_one_is_last(driver_of: MakeDriver, told: Any, box: LightBox) -> None:
    driver = driver_of(light(box), SerialChannel(name="room_light", safe_value=0.0))
    driver.prepare()
    driver.start()
    for level in (1.0, 0.0, 1.0, 1.0):
        driver.write_line("room_light", level)
    driver.stop()
    driver.stop()
    for _ in range(2):
        driver.ensure_stopped()
    assert box.told == ["L1", "L0", "L1", "L1", "L0"]
    assert told.faults == []
    assert told.reports == [("engine_started", {"port": box.url})]


def test_a_second_run_finds_the_port_free(driver_of: MakeDriver, told: Any, box: LightBox) -> None:
    engine = light(box)
    channel = SerialChannel(name="room_light", safe_value=1.0)
    for _ in range(2):
        driver = driver_of(engine, channel)
        driver.prepare()
        driver.ensure_stopped()
    assert box.told == ["L1", "L1"]


def test_a_missing_answer_is_asked_for_again(driver_of: MakeDriver, told: Any, box: LightBox) -> None:
    box.mishaps = ["lose", "noise\n"]
    driver = driver_of(light(box, timeout=0.1, retries=2), SerialChannel(name="room_light"))
    driver.prepare()
    driver.write_line("room_light", 1.0)
    assert box.wait_for(lambda: len(box.told) == 3)
    driver.ensure_stopped()
    assert box.told == ["L1", "L1", "L1", "L0"]
    assert told.faults == []


@pytest.mark.parametrize(
    ("mishap", "said"),
    [
        ("lose", "'L1' was sent 2 times and not answered within 0.1 s; check cable, baudrate and power"),
        ("ERROR 7\n", r"'L1' was answered by 'ERROR 7'; expected is 'OK\\r?'"),
    ],
)
def test_a_device_that_does_not_answer_is_a_fault_with_its_port(
    driver_of: MakeDriver, told: Any, box: LightBox, mishap: str, said: str
) -> None:
    driver = driver_of(light(box, timeout=0.1, retries=1), SerialChannel(name="room_light"))
    driver.prepare()
    box.mishaps = [mishap, mishap]
    driver.write_line("room_light", 1.0)
    assert told.wait(lambda: told.faults)
    driver.ensure_stopped()
    # It was there again at the end, and was left safe.
    assert box.levels[-1] == 0
    assert [str(error) for error in told.faults] == [f"engine 'light': port {box.url!r}: {said}"]


def test_a_cable_that_is_pulled_is_noticed_although_nothing_is_sent(
    driver_of: MakeDriver, told: Any, box: LightBox
) -> None:
    driver = driver_of(light(box), SerialChannel(name="room_light"))
    driver.prepare()
    url = box.url
    box.unplug()
    assert told.wait(lambda: told.faults)
    driver.ensure_stopped()
    fault, not_safe = told.faults
    assert str(fault).startswith(f"engine 'light': port {url!r} is gone (")
    assert str(fault).endswith("); check its cable and power")
    assert isinstance(not_safe, OutputsNotSafe)
    assert "outputs of engine 'light' may not be at their safe values: room_light (" in str(not_safe)
    assert [event for event, _ in told.reports] == ["engine_error"]


def test_writing_does_not_wait_for_a_device_that_is_slow(driver_of: MakeDriver, told: Any, box: LightBox) -> None:
    # The device answers when it may; until then nobody else is held up.
    may = threading.Event()
    answer = box.answer

    def slow(message: str) -> str:
        may.wait(PATIENCE)
        return answer(message)

    box.answer = slow  # type: ignore[method-assign]
    driver = driver_of(light(box, timeout=PATIENCE), SerialChannel(name="room_light"))
    driver.prepare()
    for level in (1.0, 0.0) * 50:
        driver.write_line("room_light", level)
    assert box.told == []
    may.set()
    driver.ensure_stopped()
    assert box.told == ["L1", "L0"] * 50 + ["L0"]


class Relays(SerialDevice):
    """Takes two bytes and an end of 0xff, and says nothing."""

    terminator = b"\xff"

    def answer(self, message: str) -> str:
        return ""


def test_bytes_are_sent_as_they_are_declared(driver_of: MakeDriver, told: Any) -> None:
    with Relays() as relays:
        engine = SerialEngine(
            name="relays", connection_url=relays.url, high="\x01{channel}", low="\x80{channel}", terminator="\xff"
        )
        driver = driver_of(engine, SerialChannel(channel="\x05", name="valve"), DOChannel(channel="B", fs=0))
        driver.prepare()
        driver.write_line("valve", 1.0)
        driver.write_line("B", 1.0)
        driver.ensure_stopped()
        assert relays.wait_for(lambda: len(relays.told) == 4)
        assert relays.told == ["\x01\x05", "\x01B", "\x80\x05", "\x80B"]


def test_it_can_be_made_safe_without_a_run(box: LightBox) -> None:
    engine = light(box)
    SerialChannel(name="room_light", safe_value=1.0).set_parent(engine)
    engine.make_safe()
    assert box.told == ["L1"]
    url = box.url
    box.unplug()
    with pytest.raises(ConfigurationError, match=f"engine 'light': port '{url}' cannot be opened"):
        engine.make_safe()


def test_a_port_that_cannot_be_opened_is_one_line(driver_of: MakeDriver, told: Any) -> None:
    engine = SerialEngine(name="box", connection_url="/dev/no_such_port")
    driver = driver_of(engine, SerialChannel(channel="1"))
    with pytest.raises(ConfigurationError) as refused:
        driver.prepare()
    driver.ensure_stopped()
    (finding,) = refused.value.findings
    assert finding.message.startswith("engine 'box': port '/dev/no_such_port' cannot be opened (")
    assert "Check cable and connection_url" in finding.message


def test_every_fault_of_a_declaration_is_found_at_once() -> None:
    engine = SerialEngine(
        name="box", connection_url="/dev/no_such_port", baudrate=0, timeout=0.0, retries=-1, answer="(", high="Ω"
    )
    for channel in (AIChannel(channel="ai0", fs=1e3), SerialChannel(channel="1"), DOChannel(channel="2", fs=1e3)):
        channel.set_parent(engine)
    said = [finding.message for finding in engine.check()]
    starts = [
        "there is no port '/dev/no_such_port'; ports of this machine: ",
        "engine 'box': baudrate = 0 is none",
        "engine 'box': timeout = 0 s leaves no time",
        "engine 'box': retries = -1 is not allowed; give 0 to 10",
        "engine 'box': answer = '(' is no regular expression",
        "engine 'box': high = 'Ω' has characters that are no bytes",
        "AIChannel 'ai0' cannot be at a serial port, which has no sample clock; supported: ",
        "DOChannel '2' cannot be at a serial port, which has no sample clock; supported: ",
    ]
    assert len(said) == len(starts)
    for line, start in zip(said, starts, strict=True):
        assert line.startswith(start), line
    assert [finding.message for finding in SerialEngine(name="x").check()] == [
        "engine 'x' has no connection_url; name its port, for example 'COM3'"
    ]


def test_without_pyserial_everything_else_works_and_the_engine_says_what_to_install() -> None:
    code = """
import sys
sys.modules["serial"] = None  # as if it were not installed
from psi.api import SerialEngine
print(*(finding.message for finding in SerialEngine(name="box", connection_url="COM3").check()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "a serial port needs pyserial, which is not installed; run: pip install 'psi[serial]'"
