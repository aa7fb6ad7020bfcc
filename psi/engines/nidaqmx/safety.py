"""Safe values: every output put to what it is left at, with nothing needed but the way to the device."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from psi.engines.nidaqmx.plan import kind_of
from psi.engines.nidaqmx.policies import NIError
from psi.hardware.channel import Channel, channel_labels

if TYPE_CHECKING:
    from psi.engines.nidaqmx.driver.connection import Connection


#: Seconds that a device may take to come back from a reset. It answers before it can be used again, and says nothing
#: when it can.
AFTER_RESET = 2.0


def reset(connection: Connection, devices: Iterable[str]) -> None:
    """Put ``devices`` to the state after power-up, whoever has tasks on them, and wait for them.

    Raises ``NIError`` where one cannot be reset, once the others have been.
    """
    refusals: list[NIError] = []
    for device in devices:
        try:
            connection.reset(device)
        except NIError as error:
            refusals.append(error)
    time.sleep(AFTER_RESET)
    if refusals:
        raise refusals[0]


def put_safe(connection: Connection, channels: Sequence[Channel]) -> dict[str, NIError]:
    """Set each analog and digital output of ``channels`` to its safe value; counters are idle without a task.

    Returns what failed, by the channel's reference: one line that cannot be reached does not keep the others from it.
    """
    failed: dict[str, NIError] = {}
    for channel in channels:
        if kind_of(channel) in ("ao", "do"):
            try:
                _set(connection, channel)
            except NIError as error:
                failed[channel.reference] = error
    return failed


def _set(connection: Connection, channel: Channel) -> None:
    declared: Any = channel
    kind, n = kind_of(channel), len(channel_labels(channel.channel))
    task = connection.task()
    try:
        task.add_channel(kind, channel)
        task.set_levels(kind, np.full(n, float(declared.safe_value)))
    finally:
        task.close()
