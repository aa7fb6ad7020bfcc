"""Checks of a recording's events and trials. Each gives one line for everything that it finds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from psi.data.recording import Recording
from psi.data.signal_check import SignalCheck

if TYPE_CHECKING:
    import pandas as pd

#: Seconds by which an event of one source may be written before an older one of another: filters delay, timers do not.
_OUT_OF_ORDER = 2.0
#: Seconds that what has begun may take to end after Stop.
_AFTER = 5.0
#: Seconds from a reward's event to its pulse.
_SOON = 2.0


def check_order(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    """Events of one line in the order of their samples, all of them roughly in that of time, trials counted up."""
    events = recording.events
    counted = events[(events["sample"] >= 0) & (events["source"] != "")]
    for (source, channel), rows in counted.groupby(["source", "channel"], sort=False):
        n = int((np.diff(rows["sample"].to_numpy()) < 0).sum())
        if n:
            line = f" channel {channel}" if int(str(channel)) > 0 else ""
            yield f"{_events(n)} of {source}{line} {'was' if n == 1 else 'were'} written after later ones"
    at = events["time"].to_numpy(float)
    at = at[np.isfinite(at)]
    if len(at):
        n = int((np.maximum.accumulate(at) - at > _OUT_OF_ORDER).sum())
        if n:
            yield f"{_events(n)} came more than {_OUT_OF_ORDER:g} s after later ones were written"
    if "trial_number" in recording.trials:
        numbers = recording.trials["trial_number"].dropna().astype("int64").to_numpy()
        if (np.diff(numbers) != 1).any():
            yield "trials are not numbered one after the other; rows are missing or doubled"


def check_outside(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    events = recording.events
    before = events[events["time"] < 0]
    end = float(recording.attributes.get("end_time", math.inf))
    after = events[events["time"] > (end + _AFTER if math.isfinite(end) else math.inf)]
    for rows, where in ((before, "before time zero"), (after, f"after the run's end at {end:.3f} s")):
        if len(rows):
            lie = "lies" if len(rows) == 1 else "lie"
            first = f"the first is {rows.iloc[0]['name']} at {rows.iloc[0]['time']:.3f} s"
            yield f"{_events(len(rows))} {lie} {where}, {first}"
    unknown = int(events["time"].isna().sum())
    if unknown:
        yield f"{_events(unknown)} without a time"


def check_trials(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    """Completed trials without a score (or, where a paradigm has none, without any of its results)."""
    trials = recording.trials
    if trials.empty or "completed" not in trials:
        return
    done = trials[trials["completed"].fillna(False).astype(bool)]
    if "score" in trials and trials["score"].notna().any():
        lacking = done[done["score"].isna()]
    else:
        given = {"completed", "aborted", "repeat", "reminder", "paused", "trial_number", "trial_type", "trial_start"}
        given |= {"trial_end", "stimulus_onset", "stimulus_sample", *recording.documents["task"].get("items", {})}
        results = [name for name in trials if name not in given and trials[name].notna().any()]
        if not results:
            return
        lacking = done[done[results].isna().all(axis=1)]
    if len(lacking):
        first = ", ".join(str(number) for number in lacking.get("trial_number", lacking.index).tolist()[:5])
        more = ", ..." if len(lacking) > 5 else ""
        yield f"{len(lacking)} completed trial{'' if len(lacking) == 1 else 's'} without a result: {first}{more}"
    backwards = done[done["trial_end"] < done["trial_start"]] if {"trial_start", "trial_end"} <= set(done) else done[:0]
    if len(backwards):
        yield f"{len(backwards)} trial{'' if len(backwards) == 1 else 's'} with an end before the beginning"


def check_rewards(recording: Recording, signals: Mapping[str, SignalCheck]) -> Iterator[str]:
    """For every ``deliver_...`` event a command that went well, or a region of trial logic, and an outlet's pulse."""
    events, audit, outputs = recording.events, recording.audit, recording.outputs
    asked = events[events["name"].str.startswith("deliver_")]
    infos = list(audit[audit["what"] == "action"]["info"])
    outlets = {name for info in audit[audit["what"] == "totals"]["info"] for name in info["outlets"]}
    for name, rows in asked.groupby("name", sort=True):
        asked_at = rows["time"].to_numpy(float)
        outcomes = [info.get("outcome") for info in infos if info.get("event") == name]
        if outcomes:
            # That of the output that it works: the one that follows most of them.
            pulsed = max((_followed(asked_at, given) for _, given in outputs.groupby("name")), default=0)
            given = min(sum(outcome == "ok" for outcome in outcomes), pulsed or len(rows))
        else:
            given = _followed(asked_at, outputs[outputs["name"].isin(outlets)])
        if not outcomes and not given:
            yield f"{name} was posted {times(len(rows))} and no command listened to it: nothing was given"
        elif given < len(rows):
            yield f"{name} was posted {times(len(rows))}, something was given {times(given)}"


def times(n: int) -> str:
    """``'once'`` or ``'3 times'``."""
    return "once" if n == 1 else f"{n} times"


def _events(n: int) -> str:
    return "1 event" if n == 1 else f"{n} events"


def _followed(times: Any, pulses: pd.DataFrame) -> int:
    """How many of ``times`` are followed by one of ``pulses``; a pulse belongs to one of them only."""
    begun = np.sort(pulses["time"].to_numpy(float))
    n, at = 0, 0
    for time in np.sort(times):
        at += int(np.searchsorted(begun[at:], time - 1e-3))
        if at < len(begun) and begun[at] <= time + _SOON:
            n, at = n + 1, at + 1
    return n
