"""What a run has delivered, in pulses, rewards and millilitres: by its trials and by hand, and on this day."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from psi.controller.dispatch.event import Event
from psi.controller.wiring import Wiring
from psi.hardware.channel import Channel, DigitalOutput
from psi.outputs.output import Trigger

#: The event that manifests listen for to give a reward, by convention.
REWARD = "deliver_reward"

#: Who gave it.
_BY = ("trial", "hand")


def no_counts() -> dict[str, float]:
    """Nothing yet, of each kind of giver."""
    return dict.fromkeys(_BY, 0)


def _by_hand(event: Event | None) -> bool:
    """Whether ``event`` is a person's doing, or came of that at once."""
    return event is not None and event.clock == "console"


@dataclass
class Outlet:
    """What came out of one line: pulses that have begun, and s for which it was high, of pulses that have ended."""

    #: Millilitres of each pulse, and of each second that the line is high; both 0 where nobody has measured it.
    per_pulse: float
    per_second: float
    #: Whether the device itself measures what it gives: then that alone counts.
    measures: bool = False
    pulses: dict[str, float] = field(default_factory=no_counts)
    seconds: dict[str, float] = field(default_factory=no_counts)
    #: Millilitres that the device has measured.
    measured: dict[str, float] = field(default_factory=no_counts)
    _by: str = "trial"
    _depth: int = 0
    _since: float = math.nan

    @property
    def calibrated(self) -> bool:
        """Whether its volume is known."""
        return self.measures or self.per_pulse > 0 or self.per_second > 0

    def volume(self, by: str) -> float:
        """Millilitres given by 'trial' or 'hand'."""
        if self.measures:
            return self.measured[by]
        return self.per_pulse * self.pulses[by] + self.per_second * self.seconds[by]

    def pulse(self, by: str) -> None:
        """A pulse was placed."""
        self.pulses[by] += 1
        self._by = by

    def dose(self, volume: float, by: str = "") -> None:
        """The device has measured ``volume`` mL, for a pulse of ``by``, or for the last one."""
        self.measured[by or self._by] += volume

    def edge(self, high: bool, event: Event) -> None:
        """The line became high or low. Pulses that overlap are one time high."""
        if high:
            if self._depth == 0:
                self._since = event.time
            # Without samples the line ends once, however many pulses it was raised by.
            self._depth = self._depth + 1 if event.sample >= 0 else 1
            return
        self._depth = max(0, self._depth - 1)
        if self._depth == 0 and not math.isnan(self._since):
            self.seconds[self._by] += event.time - self._since
            self._since = math.nan


@dataclass(frozen=True)
class Earlier:
    """What earlier recordings of the same subject say of the same day."""

    recordings: int = 0
    trials: int = 0
    rewards: int = 0
    #: Millilitres; 0 where no outlet was calibrated.
    volume: float = 0.0

    @classmethod
    def of(cls, totals: Mapping[str, Any], trials: int) -> Earlier:
        """One recording, which ended with these :meth:`RunTotals.state`."""
        rewards = totals["rewards"]["trial"] + totals["rewards"]["hand"]
        return cls(1, trials, int(rewards), float(totals["volume"] or 0.0))

    def __add__(self, other: Earlier) -> Earlier:
        return Earlier(
            self.recordings + other.recordings,
            self.trials + other.trials,
            self.rewards + other.rewards,
            self.volume + other.volume,
        )


class _Doses:
    """Finds the outlet and the giver of each dose that the device on one channel has measured."""

    def __init__(self) -> None:
        #: Outlets on the channel.
        self.outlets: list[Outlet] = []
        # Outlet and giver of each pulse, in the order in which the device was asked for them.
        self._asked: list[tuple[Outlet, str]] = []
        # At the end of a run the device itself tells of doses while others may still wait in the dispatcher.
        self._lock = threading.Lock()

    def asked(self, outlet: Outlet, by: str) -> None:
        self._asked.append((outlet, by))

    def given(self, info: Mapping[str, Any]) -> None:
        """The device says what it has given, and mostly for which pulse."""
        number, volume = int(info.get("pulse", 0)), float(info["volume"])
        known = 0 < number <= len(self._asked)
        outlet, by = self._asked[number - 1] if known else (self.outlets[0], "")
        with self._lock:
            outlet.dose(volume, by)


def has_volume(wiring: Wiring) -> bool:
    """Whether the volume of any outlet is known: as measured on a balance, or by the device itself."""
    return any(outlet.calibrated for outlet, _ in _outlets(wiring).values())


def _outlets(wiring: Wiring) -> dict[str, tuple[Outlet, Channel]]:
    """Output -> what comes out of it, and its channel: Triggers, and whatever raises the line of a measuring device."""
    found: dict[str, tuple[Outlet, Channel]] = {}
    for name, (output, channel) in wiring.outputs.items():
        measures = channel.reference in wiring.deliveries()
        if isinstance(channel, DigitalOutput) and (measures or isinstance(output, Trigger)):
            found[name] = Outlet(channel.volume_per_pulse, channel.volume_per_second, measures), channel
    return found


#: What the first recording of a day finds.
NOTHING_EARLIER = Earlier()


class RunTotals:
    """Counts what one run delivers. Told on the dispatcher's thread, asked from any.

    A pulse or a reward is the trial's, or the hand's where a person worked the line, sent the command, or posted the
    event that led to it. Volume is what a device says that it has measured
    (:meth:`psi.hardware.engine.Engine.deliveries`), and else that of lines whose channel says how much a pulse
    (``volume_per_pulse``, mL) or a second (``volume_per_second``, mL/s) gives.

    Parameters
    ----------
    trials
        Tells how many trials were completed.
    running_time
        Tells the seconds since Start without those that were paused.
    cause
        Tells the event because of which a command is being called; ``None`` between calls.
    target
        Millilitres that the subject is to get on this day; ``None`` where the session says nothing.
    """

    def __init__(
        self,
        wiring: Wiring,
        trials: Callable[[], int],
        running_time: Callable[[], float],
        cause: Callable[[], Event | None],
        target: float | None = None,
        earlier: Earlier = NOTHING_EARLIER,
    ) -> None:
        self._trials = trials
        self._running_time = running_time
        self._cause = cause
        self.target = target
        self.earlier = earlier
        found = _outlets(wiring)
        self.outlets: dict[str, Outlet] = {name: outlet for name, (outlet, _) in found.items()}
        # Output, and event or row of the audit -> what is measured on the channel.
        self._doses_of: dict[str, _Doses] = {}
        self._doses: dict[str, _Doses] = {}
        for name, (outlet, channel) in found.items():
            if outlet.measures:
                doses = self._doses.setdefault(wiring.deliveries()[channel.reference], _Doses())
                doses.outlets.append(outlet)
                self._doses_of[name] = doses
        self.rewards = no_counts()
        self._edges: dict[str, tuple[Outlet, bool]] = {}
        for name, outlet in self.outlets.items():
            self._edges[f"{name}_start"] = outlet, True
            self._edges[f"{name}_end"] = outlet, False

    def listen(self, event: Event) -> None:
        """An event happened; its actions come next."""
        if event.name == REWARD:
            self.rewards["hand" if _by_hand(event) else "trial"] += 1
        elif event.name in self._edges:
            outlet, high = self._edges[event.name]
            outlet.edge(high, event)
        elif event.name in self._doses:
            self._doses[event.name].given(event.info)

    def told_late(self, row: Mapping[str, Any]) -> None:
        """An audit's ``row``: after the trial logic's end that is where a device says what it has given."""
        if row["what"] in self._doses:
            self._doses[row["what"]].given(row["info"])

    def marked(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Count the pulse of an output's ``row``; the row, which says ``by`` where a hand gave it."""
        outlet = self.outlets.get(row["name"])
        if outlet is None or row["info"].get("level") == 0:
            return row
        by_hand = _by_hand(self._cause()) or row["info"].get("by") == "console"
        by = "hand" if by_hand else "trial"
        outlet.pulse(by)
        if row["name"] in self._doses_of and "duration" in row["info"]:
            self._doses_of[row["name"]].asked(outlet, by)
        return {**row, "info": {**row["info"], "by": "console"}} if by_hand else row

    @property
    def calibrated(self) -> bool:
        """Whether the volume of any outlet is known."""
        return any(outlet.calibrated for outlet in self.outlets.values())

    def volume(self) -> float:
        """Millilitres given in this run, of the outlets that are calibrated."""
        return sum(outlet.volume(by) for outlet in self.outlets.values() for by in _BY)

    @property
    def today(self) -> Earlier:
        """This run and the earlier ones of the subject's day."""
        return self.earlier + Earlier(1, self._trials(), int(sum(self.rewards.values())), self.volume())

    def trials_per_hour(self) -> float | None:
        """Completed trials by the hour that was not paused; ``None`` in the first moments."""
        seconds = self._running_time()
        return None if seconds < 1 else 3600 * self._trials() / seconds

    def state(self) -> dict[str, Any]:
        """Plain values, for consoles, the audit's row ``totals`` and ``psi info``; volumes in mL, times in s."""
        known = self.calibrated
        rate, today = self.trials_per_hour(), self.today
        return {
            "rewards": {by: int(n) for by, n in self.rewards.items()},
            "outlets": {
                name: {
                    "pulses": {by: int(n) for by, n in outlet.pulses.items()},
                    "seconds": {by: round(n, 6) for by, n in outlet.seconds.items()},
                    "volume": {by: round(outlet.volume(by), 6) for by in _BY} if outlet.calibrated else None,
                }
                for name, outlet in self.outlets.items()
            },
            "volume": round(self.volume(), 6) if known else None,
            "target": self.target,
            "left": round(max(0.0, self.target - today.volume), 6) if known and self.target is not None else None,
            "trials_per_hour": None if rate is None else round(rate, 1),
            "running_time": round(self._running_time(), 3),
            "today": {
                "recordings": today.recordings,
                "trials": today.trials,
                "rewards": today.rewards,
                "volume": round(today.volume, 6),
            },
        }
