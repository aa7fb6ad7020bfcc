"""The run's rows as the window keeps them: newest last, compact, counted; all but trials and audit bounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from atom.api import Atom, Int, List, Str, Tuple, Typed

from psi.experiment.counts import Counts, count
from psi.experiment.kept_rows import RowKeeper
from psi.models.scoring import ScoringSpec

#: Events that are kept; older ones are in the recording.
MAX_EVENTS = 5000


class RowsModel(Atom):
    """Rows by kind. Lists are appended to and cut in place; the counters tell readers what is new.

    A row is read like a mapping and never changed. A trial of 30 columns takes about 500 bytes, an event half of that.
    """

    #: The run that the rows belong to.
    run_id = Str()

    #: Event rows of this run, newest last, no more than :data:`MAX_EVENTS`.
    events = List()

    #: Values of each trial of the last recorded run, newest last. They stay until the next Start, so that
    #: what an animal did can be read after Stop.
    trials = List()

    #: Audit rows of the last recorded run, newest last. How actions went, which most of them say, is left to the
    #: recording: a window stays open for hours.
    audit = List()

    #: Output rows of this run, newest last, no more than :data:`MAX_EVENTS`.
    outputs = List()

    #: Rows of each kind since the run began, including those that were cut.
    n_events = Int()
    n_trials = Int()
    n_audit = Int()
    n_outputs = Int()

    _events = Typed(RowKeeper, ())
    _trials = Typed(RowKeeper, ())
    _others = Typed(RowKeeper, ())
    _counted = Tuple()

    def begin(self, run_id: str, mode: str) -> None:
        """Another run begins. Trials and audit of a recorded one are kept while nothing is recorded."""
        self.run_id = run_id
        self.events, self.outputs = [], []
        self.n_events = self.n_outputs = 0
        if mode == "running":
            self.trials, self.audit = [], []
            self.n_trials = self.n_audit = 0

    def take(self, rows: Iterable[Mapping[str, Any]]) -> int:
        """Add journal rows; how many were of a kind that is kept."""
        n = 0
        for row in rows:
            n += 1
            match row.get("kind"):
                case "event":
                    self.events.append(self._events.keep(row))
                    self.n_events += 1
                case "trial":
                    self.trials.append(self._trials.keep(row["values"]))
                    self.n_trials += 1
                case "audit" if row["what"] != "action":
                    self.audit.append(self._others.keep(row))
                    self.n_audit += 1
                case "output":
                    self.outputs.append(self._others.keep(row))
                    self.n_outputs += 1
                case _:
                    n -= 1
        for kept in (self.events, self.outputs):
            if len(kept) > MAX_EVENTS:
                del kept[: len(kept) - MAX_EVENTS]
        return n

    def counts(self, scoring: ScoringSpec) -> Counts:
        """The figures that the paradigm declares, over the trials that count."""
        key = self.run_id, self.n_trials, scoring
        if not self._counted or self._counted[0] != key:
            self._counted = key, count(self.trials, scoring)
        counts: Counts = self._counted[1]
        return counts
