"""What a window says of the store, its disk and its rings."""

from __future__ import annotations

from typing import Any

import pytest

from psi.experiment.strips.store_state import disk_text, store_warning, store_words


class Shown:
    """As much of a console as words are made from."""

    def __init__(self, condition: str = "running", connected: bool = True, **status: Any) -> None:
        self.status = status
        self.connected = connected
        self._condition = condition

    def get(self, key: str, default: Any = None) -> Any:
        return self._condition if key == "condition" else default


@pytest.mark.parametrize(
    ("console", "warning"),
    [
        (Shown(), ""),
        (Shown(disk_seconds=None, headroom=1.0), ""),
        (Shown(disk_seconds=700.0, headroom=0.5), ""),
        (Shown(disk_seconds=480.0, headroom=0.5), "disk: 8 min left"),
        (Shown(disk_seconds=480.0, headroom=0.1), "disk is slow: 10 % room"),
        (Shown(disk_seconds=480.0, headroom=0.1, store_gone=True), "store restarts"),
        (Shown(disk_seconds=0.0, headroom=0.1), "disk full"),
        (Shown(disk_seconds=20.0), "disk: 20 s left"),
        (Shown(disk_seconds=0.0), "disk full"),
        (Shown(store_gone=True), "store restarts"),
        (Shown(headroom=0.2), "disk is slow: 20 % room"),
        (Shown(headroom=-0.2), "disk is slow: 0 % room"),
        (Shown(condition="open", disk_seconds=0.0), ""),
        (Shown(connected=False, disk_seconds=0.0), ""),
    ],
)
def test_what_is_wrong_is_said_in_few_words(console: Any, warning: str) -> None:
    assert store_warning(console) == warning


def test_the_quiet_line_says_how_long_the_disk_lasts_and_what_then() -> None:
    words: Any = store_words
    assert words(Shown(disk_seconds=36_000.0)) == ["disk 10 h left"]
    (low,) = words(Shown(disk_seconds=300.0))
    assert low == "disk 5 min left; then the run is stopped, and what it has recorded is whole: make room"
    assert words(Shown(store_gone=True)) == ["the store died; another goes on from the rings, nothing is lost"]
    assert words(Shown(condition="monitoring", disk_seconds=300.0)) == []


def test_durations_are_read_at_a_glance() -> None:
    assert [disk_text(seconds) for seconds in (0, 59, 90, 5399, 5400, 1e6)] == [
        "0 s", "59 s", "2 min", "90 min", "2 h", "278 h",
    ]  # fmt: skip
