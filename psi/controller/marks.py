"""What chains are told of events, so that they can cut epochs around them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from psi.controller.dispatch.event import Event, EventNames
from psi.controller.wiring import Wiring
from psi.core.errors import Finding
from psi.core.names import did_you_mean
from psi.core.source_lines import where_of
from psi.inputs.chain import Chain
from psi.inputs.stage import settings_of, title_of
from psi.stream.info import Mark
from psi.stream.stage import EpochStage

#: Presentations of one output that are remembered from the moment they are planned until they begin.
_PLANNED = 64


class Marks:
    """Tells the chains that listen to an event of it; others cost nothing.

    Made for one run. :meth:`listen` is called by the dispatcher, after the event is in the journal. Each chain comes
    with what makes the run's time its own: that of an engine with a clock of its own is another.
    """

    def __init__(self, chains: Mapping[Chain, Callable[[float], float]], trial: Callable[[], int | None]) -> None:
        self._trial = trial
        self._chains: dict[str, list[tuple[Chain, Callable[[float], float]]]] = {}
        for chain, own_time in chains.items():
            for name in chain.listens_to:
                self._chains.setdefault(name, []).append((chain, own_time))
        # Rows of outputs, by the event of their beginning.
        self._planned: dict[str, deque[Mapping[str, Any]]] = {}

    def __bool__(self) -> bool:
        """Whether any chain listens to anything."""
        return bool(self._chains)

    def planned(self, row: Mapping[str, Any]) -> None:
        """Remember what an output will present: its row, which comes before the event of its beginning."""
        start = f"{row['name']}_start"
        if start in self._chains:
            self._planned.setdefault(start, deque(maxlen=_PLANNED)).append(row)

    def listen(self, event: Event) -> None:
        """Tell of ``event``."""
        chains = self._chains.get(event.name)
        if chains is None:
            return
        metadata: dict[str, Any] = {"source": event.source, "sample": event.sample, "trial": self._trial()}
        metadata |= {"clock": event.clock, "info": dict(event.info)}
        if event.channel >= 0:
            metadata["channel"] = event.channel
        row = self._presented(event)
        if row is not None:
            metadata["output"] = dict(row["info"])
        for chain, own_time in chains:
            time = own_time(event.time)
            if row is not None and row["end_sample"] >= 0:
                # On the output's own samples, moved as its beginning is; not at all where all have one clock.
                metadata["end"] = row["end_sample"] / row["fs"] + (time - row["sample"] / row["fs"])
            chain.mark(Mark(event.name, time, dict(metadata)))

    def _presented(self, event: Event) -> Mapping[str, Any] | None:
        """The row of what began with ``event``; none of what is no output's beginning."""
        rows = self._planned.get(event.name, deque())
        found = next((row for row in rows if row["sample"] == event.sample), None)
        if found is not None:
            rows.remove(found)
        return found


def mark_findings(wiring: Wiring, names: EventNames) -> list[Finding]:
    """Stages that wait for an event that nobody posts, or for an output that is not there."""
    findings: list[Finding] = []
    for declaration, _ in wiring.all_inputs():
        stage = declaration.stage()
        if not isinstance(stage, EpochStage):
            continue
        settings = settings_of(stage)
        title = title_of(type(declaration).__name__, declaration.name)
        for output in _texts(settings.get("output")):
            if output not in wiring.outputs:
                message = f"{title} listens to the unknown output {output!r}"
                hint = did_you_mean(output, wiring.outputs)
                findings.append(Finding(f"{message}{hint}", where_of(declaration, "output")))
        for setting, event in _events(settings, stage.listens_to):
            if event not in names.events:
                message = f"{title} listens to the unknown event {event!r}"
                hint = did_you_mean(event, names.events)
                findings.append(Finding(f"{message}{hint}", where_of(declaration, setting)))
    return findings


def _events(settings: Mapping[str, Any], listens_to: Iterable[str]) -> Iterator[tuple[str | None, str]]:
    """Each event that is listened to, but for those of outputs, with the setting that names it."""
    of_outputs = {f"{name}_{end}" for name in _texts(settings.get("output")) for end in ("start", "end")}
    for event in listens_to:
        if event not in of_outputs:
            yield next((setting for setting, value in settings.items() if event in _texts(value)), None), event


def _texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, (list, tuple)) else (value,)
    return tuple(text for text in values if isinstance(text, str) and text)
