"""New Era pumps, simulated in real time at a pseudo-terminal: doses, how much came out, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psi.api import SerialChannel, SerialPumpEngine
from psi.core.errors import ConfigurationError
from psi.engines.serial.new_era import number, volume_text
from psi.hardware.engine import EngineDriver

pytest.importorskip("serial", reason="pyserial is not installed")
pytest.importorskip("pty", reason="this system has no pseudo-terminals")

from psi.testing.serial_devices import SyringePump

MakeDriver = Callable[..., EngineDriver]


@pytest.fixture
def device() -> Iterator[SyringePump]:
    with SyringePump() as pump:
        yield pump


def pump_engine(device: SyringePump, **settings: Any) -> SerialPumpEngine:
    return SerialPumpEngine(name="pump", connection_url=device.url, **{"timeout": 30.0, **settings})


def delivered(told: Any) -> list[Mapping[str, Any]]:
    return [info for event, info in told.reports if event == "water_delivered"]


def test_the_pump_is_set_up_before_anything_moves(driver_of: MakeDriver, told: Any, device: SyringePump) -> None:
    driver = driver_of(pump_engine(device, diameter=26.6, rate=12.0), SerialChannel(name="water"))
    driver.prepare()
    driver.ensure_stopped()
    pump = device.pumps[0]
    assert (pump.diameter, pump.rate, pump.direction, pump.state, pump.runs) == (26.6, 12.0, "INF", "S", 0)


def test_a_pulse_is_a_dose_of_its_duration_that_the_pump_measures(
    driver_of: MakeDriver, told: Any, device: SyringePump
) -> None:
    driver = driver_of(pump_engine(device, rate=12.0), SerialChannel(name="water"))
    driver.prepare()
    # 12 ml/min for 0.25 s
    assert driver.write_pulse("water", 0.25)
    assert told.wait(lambda: delivered(told))
    driver.ensure_stopped()
    assert delivered(told) == [{"channel": "water", "volume": 0.05, "total": 0.05, "unit": "ml", "pulse": 1}]
    assert device.pumps[0].given["INF"] == pytest.approx(0.05)
    assert told.faults == []


def test_the_end_of_a_pulse_does_not_cut_the_dose(driver_of: MakeDriver, told: Any, device: SyringePump) -> None:
    driver = driver_of(pump_engine(device, volume=0.04), SerialChannel(name="water"))
    driver.prepare()
    driver.write_pulse("water", 0.0)
    driver.write_line("water", 0.0)
    assert told.wait(lambda: delivered(told))
    driver.ensure_stopped()
    assert [info["volume"] for info in delivered(told)] == [0.04]


def test_doses_that_are_asked_for_meanwhile_are_given_one_after_the_other(
    driver_of: MakeDriver, told: Any, device: SyringePump
) -> None:
    driver = driver_of(pump_engine(device, volume=0.02), SerialChannel(name="water"))
    driver.prepare()
    for _ in range(3):
        driver.write_pulse("water", 0.01)
    assert told.wait(lambda: len(delivered(told)) == 3)
    driver.ensure_stopped()
    assert [info["total"] for info in delivered(told)] == [0.02, 0.04, 0.06]
    assert [info["pulse"] for info in delivered(told)] == [1, 2, 3]
    assert device.pumps[0].runs == 3


def test_a_pulse_that_is_cut_short_stops_the_pump(driver_of: MakeDriver, told: Any, device: SyringePump) -> None:
    driver = driver_of(pump_engine(device, rate=1.0), SerialChannel(name="water"))
    driver.prepare()
    driver.write_pulse("water", 600.0)
    driver.write_line("water", 0.0)
    assert told.wait(lambda: delivered(told))
    (info,) = delivered(told)
    assert info["volume"] < 10.0
    assert device.pumps[0].state == "S"
    driver.ensure_stopped()


@pytest.mark.parametrize("opened", ["by a pulse", "for nobody knows how long"])
def test_the_end_of_a_run_stops_the_pump(driver_of: MakeDriver, told: Any, device: SyringePump, opened: str) -> None:
    driver = driver_of(pump_engine(device, rate=1.0), SerialChannel(name="water"))
    driver.prepare()
    if opened == "by a pulse":
        driver.write_pulse("water", 600.0)
    else:
        driver.write_line("water", 1.0)
    driver.ensure_stopped()
    assert device.pumps[0].runs == 1
    assert device.pumps[0].state == "S"
    assert told.faults == []


def test_a_dose_whose_answer_was_lost_is_not_given_twice(driver_of: MakeDriver, told: Any, device: SyringePump) -> None:
    driver = driver_of(pump_engine(device, timeout=0.2, volume=0.02), SerialChannel(name="water"))
    driver.prepare()
    answer = device.answer

    def lose_the_first_run(message: str) -> str:
        said = answer(message)
        return "" if message.endswith("RUN") and device.pumps[0].runs == 1 else said

    device.answer = lose_the_first_run  # type: ignore[method-assign]
    driver.write_pulse("water", 0.01)
    assert told.wait(lambda: delivered(told))
    driver.ensure_stopped()
    assert device.pumps[0].runs == 1
    assert [info["volume"] for info in delivered(told)] == [0.02]


def test_a_syringe_that_is_blocked_ends_the_run(driver_of: MakeDriver, told: Any, device: SyringePump) -> None:
    driver = driver_of(pump_engine(device, rate=1.0), SerialChannel(name="water"))
    driver.prepare()
    driver.write_pulse("water", 600.0)
    assert device.wait_for(lambda: device.pumps[0].runs == 1)
    device.stall()
    assert told.wait(lambda: told.faults)
    driver.ensure_stopped()
    said = "engine 'pump': pump 00 has stalled: the syringe is blocked or at its end"
    assert [str(error) for error in told.faults] == [said]


def test_two_pumps_on_one_line_are_told_apart(driver_of: MakeDriver, told: Any) -> None:
    with SyringePump([0, 7]) as device:
        channels = SerialChannel(channel="0", name="water"), SerialChannel(channel="7", name="juice")
        driver = driver_of(pump_engine(device, volume=0.01), *channels)
        driver.prepare()
        driver.write_pulse("juice", 0.01)
        assert told.wait(lambda: any(event == "juice_delivered" for event, _ in told.reports))
        driver.ensure_stopped()
        assert {address: pump.runs for address, pump in device.pumps.items()} == {0: 0, 7: 1}


@pytest.mark.parametrize(
    ("settings", "address", "said"),
    [
        ({"diameter": 5.0, "rate": 50.0}, "0", "pump 00 refuses 'RAT 50.00 MM': out of range for this syringe"),
        ({"timeout": 0.2}, "3", "'03' was sent 3 times and not answered within 0.2 s; check cable, baudrate and power"),
    ],
)
def test_a_pump_that_refuses_or_is_not_there_is_one_line(
    driver_of: MakeDriver, told: Any, device: SyringePump, settings: dict[str, Any], address: str, said: str
) -> None:
    driver = driver_of(pump_engine(device, **settings), SerialChannel(channel=address, name="water"))
    with pytest.raises(ConfigurationError) as refused:
        driver.prepare()
    driver.ensure_stopped()
    assert str(refused.value).startswith("engine 'pump': ")
    assert str(refused.value).endswith(said)


def test_it_can_be_made_safe_without_a_run(device: SyringePump) -> None:
    device.pumps[0].alarm = ""
    for command in ("DIA 26.60", "RAT 1.000 MM", "RUN"):
        device.answer(command)
    assert device.pumps[0].state == "I"
    engine = pump_engine(device)
    SerialChannel(name="water").set_parent(engine)
    engine.make_safe()
    assert device.pumps[0].state == "S"


def test_every_fault_of_a_declaration_is_found_at_once(device: SyringePump) -> None:
    engine = pump_engine(device, diameter=80.0, rate=0.0, volume=1e-9)
    for channel in ("0", "A1", "00"):
        SerialChannel(channel=channel, name=f"pump_{channel}").set_parent(engine)
    SerialChannel(channel="5", name="syringe", volume_per_pulse=0.02).set_parent(engine)
    assert [finding.message for finding in engine.check()] == [
        "engine 'pump': diameter = 80 mm is no syringe's; allowed is 0.1 to 50 mm",
        "engine 'pump': rate in ml/min: 0 is not allowed; a pump takes 0.001 to 9999",
        "engine 'pump': volume in ml: 1e-06 is not allowed; a pump takes 0.001 to 9999, in µl below 1 ml",
        "channel 'A1' is no address of a pump; give '0' to '99'",
        "channels 'pump_0' and 'pump_00' are the same pump",
        "channel 'syringe': the pump measures what it gives; take volume_per_pulse out",
    ]


@given(st.floats(1e-3, 9999))
def test_a_number_has_four_digits_and_is_as_near_as_they_allow(value: float) -> None:
    text = number(value)
    assert len(text.replace(".", "")) <= 4
    assert float(text) == pytest.approx(value, abs=0.5e-3, rel=0.6e-3)


@given(st.floats(1e-6, 9999))
def test_a_volume_is_said_in_the_unit_that_rounds_it_least(volume: float) -> None:
    text, unit = volume_text(volume)
    assert float(text) * {"UL": 1e-3, "ML": 1.0}[unit] == pytest.approx(volume, abs=0.5e-6, rel=0.6e-3)


@pytest.mark.parametrize("value", [0.0, -1.0, 1e-4, 12345.0])
def test_what_a_pump_cannot_be_told_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="a pump takes 0.001 to 9999"):
        number(value)
