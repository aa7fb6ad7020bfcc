"""Events and states: named, timed facts, declared before anybody may post or listen to them."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from atom.api import Str
from enaml.core.api import Declarative, d_
from enaml.workbench.api import Workbench

from psi.core.contributions import gather
from psi.core.errors import Finding, Place
from psi.core.names import did_you_mean
from psi.core.source_lines import where_of

#: Events that every run has.
BUILT_IN_STATES = ("experiment", "trial")
BUILT_IN_EVENTS = (
    "experiment_prepare",
    "experiment_pause",
    "experiment_resume",
    "next_trial",
    "context_next_setting",
    "context_complete",
    "input_ended",
)
#: What the store says of its disk; ``info`` has what is known.
STORE_EVENTS = ("disk_low", "store_behind")
#: What engines report of their devices; ``info`` has the engine's name and what is known.
ENGINE_EVENTS = ("engine_waiting", "engine_started", "overrun", "underrun", "engine_error")

#: An empty mapping that nobody can change.
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Event(NamedTuple):
    """A fact. ``time`` is in s of the run's clock; ``sample`` counts at the rate of its source, -1 for none."""

    name: str
    time: float
    sample: int = -1
    source: str = ""
    channel: int = -1
    #: Which clock the time comes from: 'master', 'timer', 'dispatcher', 'console', or the name of an engine with a
    #: clock of its own, whose time was mapped to the master's.
    clock: str = "dispatcher"
    info: Mapping[str, Any] = NOTHING

    @property
    def kept(self) -> Mapping[str, Any]:
        """Items whose values a region has kept from when it was asked for; they hold for what is done on the event."""
        kept: Mapping[str, Any] = self.info.get("kept", NOTHING)
        return kept

    def row(self) -> dict[str, Any]:
        """The event as a row of the recording."""
        return {
            "kind": "event",
            "time": self.time,
            "sample": self.sample,
            "name": self.name,
            "source": self.source,
            "channel": self.channel,
            "clock": self.clock,
            "info": dict(self.info),
        }


class ExperimentEvent(Declarative):
    """An event that a manifest listens for or posts, such as ``deliver_reward``."""

    name = d_(Str())
    description = d_(Str())


class ExperimentState(Declarative):
    """A state owns the events ``<name>_start`` and ``<name>_end`` and the flag ``<name>_active``."""

    name = d_(Str())
    description = d_(Str())


def name_finding(what: str, name: str, declared: Declarative) -> Finding | None:
    """What is wrong with the ``name`` of ``declared``, an event or what owns events; ``None`` for nothing."""
    if not name:
        return Finding(f"{'an' if what[0] == 'E' else 'a'} {what} has no name; give it one", where_of(declared))
    if name.isidentifier() and not keyword.iskeyword(name):
        return None
    message = f"{what} {name!r} cannot be named in event expressions; use letters, digits and _, a letter first"
    return Finding(message, where_of(declared, "name"))


def event_findings(workbench: Workbench) -> list[Finding]:
    """Declared events and states that no event expression could name."""
    declared: list[tuple[Any, Any]] = [*gather(workbench, "psi.controller.events", ExperimentEvent)]
    declared += gather(workbench, "psi.controller.events", ExperimentState)
    found = [name_finding(type(item).__name__, item.name, item) for _, item in declared]
    return [finding for finding in found if finding is not None]


class EventNames:
    """Every event that may be posted and every flag that may be asked, with what the events do to the flags."""

    def __init__(self) -> None:
        #: Where each event comes from, for messages and ``psi graph``.
        self.origin: dict[str, str] = {}
        #: Event -> (flag, the flag's new value).
        self.flag_changes: dict[str, tuple[str, bool]] = {}

    def add_event(self, name: str, origin: str) -> None:
        self.origin.setdefault(name, origin)

    def add_state(self, name: str, origin: str, begin: str = "start", end: str = "end") -> None:
        """The state ``name`` with its two events and its flag."""
        self.add_event(f"{name}_{begin}", origin)
        self.add_event(f"{name}_{end}", origin)
        self.flag_changes[f"{name}_{begin}"] = (f"{name}_active", True)
        self.flag_changes[f"{name}_{end}"] = (f"{name}_active", False)

    @property
    def events(self) -> set[str]:
        return set(self.origin)

    @property
    def flags(self) -> set[str]:
        return {flag for flag, _ in self.flag_changes.values()}

    def unknown(self, names: Iterable[str], where: Place) -> list[Finding]:
        """A finding for each of ``names`` that is neither event nor flag."""
        known = self.events | self.flags
        return [
            Finding(f"unknown event {name!r}{did_you_mean(name, known)}", where) for name in names if name not in known
        ]

    def unknown_events(self, names: Iterable[str], where: Place) -> list[Finding]:
        """A finding for each of ``names`` that cannot be posted or waited for: no event of that name."""
        return [
            Finding(f"unknown event {name!r}{did_you_mean(name, self.events)}", where)
            for name in names
            if name not in self.events
        ]
