"""What the driver's error codes mean, and what people read of them."""

from __future__ import annotations

import pytest

from psi.engines.nidaqmx.policies import Meaning, NIError, explain, meaning_of

RESERVED = """The specified resource is reserved. The operation could not be completed as specified.

Task Name: _unnamedTask<1>

Status Code: -50103"""


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (-200279, Meaning.OVERRUN),
        (-200290, Meaning.UNDERRUN),
        (-50103, Meaning.RESERVED),
        (-200088, Meaning.STOPPED),
        (-88709, Meaning.STOPPED),
        (-88710, Meaning.STOPPED),
        (-201003, Meaning.GONE),
        (None, Meaning.GONE),
        (-200284, Meaning.NOT_YET),
        (-200220, Meaning.UNKNOWN),
        (-200077, Meaning.OTHER),
    ],
)
def test_codes_have_meanings(code: int | None, meaning: Meaning) -> None:
    assert meaning_of(code) is meaning


def test_a_line_names_engine_resource_code_and_what_to_do() -> None:
    text = explain("booth", "getting ready", NIError(-50103, RESERVED), "Dev1", "Dev1 ai")
    assert text == (
        "engine 'booth', Dev1 ai: getting ready failed: The specified resource is reserved. The operation could not be "
        "completed as specified (-50103); end the program that holds it, or let go by force with "
        "'psi doctor --reset Dev1'"
    )


def test_what_to_do_names_the_device_server() -> None:
    text = explain("booth", "getting ready", NIError(-50103, RESERVED), "Dev1", server="booth3:31763")
    assert text.endswith("'psi doctor --server booth3:31763 --reset Dev1'")


def test_a_lost_connection_has_no_code() -> None:
    text = explain("booth", "running", NIError(None, "the connection to the device server failed: gone"))
    assert "(None)" not in text
    assert "what was acquired is kept" in text
    assert "start again" in text


def test_every_meaning_is_explained_on_one_line() -> None:
    for code in (-200279, -200290, -50103, -200088, -201003, -200284, -200220, -1):
        text = explain("booth", "running", NIError(code, "first\n\nsecond"), "Dev1")
        assert "\n" not in text
        assert f"({code})" in text
        assert "{" not in text
