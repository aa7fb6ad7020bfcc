"""How quickly events become actions: events per second, and how late timers are.

``python benchmarks/dispatch.py [--seconds 5] [--json]``; quiet machine, please.

Each event is made, posted, journalled, and its actions are called, each with its outcome journalled too. It is measured
with rows that nobody keeps (the dispatcher alone) and with a journal in shared memory, as in a run. The reader of the
journal lives in another process and is not part of it: a store reads fewer rows per second than this, so that such
rates are for bursts. The goals are meant for the dispatcher alone; with the journal each event with one action is two
numbered JSON rows in shared memory.

The direct ancestor, psiexperiment (head of its repository, measured on a 2-core Linux machine with Python 3.11; not
measured again here, since it needs a window and a device): 7,000 to 32,000 events/s with one action, 2,100 with 100
actions, timers late by 0.35 ms (median) and 10.8 ms (p99).
"""

from __future__ import annotations

import argparse
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from enaml.workbench.api import Workbench

from psi.controller.dispatch.action import ActionIndex, Command, ExperimentAction
from psi.controller.dispatch.dispatcher import Dispatcher
from psi.controller.dispatch.event import Event, EventNames
from psi.core.clock import WallClock
from psi.stream.journal import JournalWriter

#: Events of one burst, bursts of one measurement, and measurements of which the quickest counts.
N, BURSTS, REPEATS = 1000, 20, 5
#: What is asked of the dispatcher alone.
GOALS = {"1 action": 200_000, "10 actions": 100_000}


def make(record: Callable[[Mapping[str, Any]], object], n_actions: int, n_others: int) -> Dispatcher:
    """A dispatcher whose event ``go`` has ``n_actions``, beside ``n_others`` of other events."""
    names = EventNames()
    names.add_event("go", "benchmark")
    for number in range(n_others):
        names.add_event(f"other{number}", "benchmark")
    names.add_state("trial", "benchmark")
    commands = {
        f"command{number}": Command(id=f"command{number}", handler=lambda event: None)
        for number in range(max(n_actions, 1))
    }
    actions = [("benchmark", ExperimentAction(event="go", command=f"command{number}")) for number in range(n_actions)]
    actions += [
        ("benchmark", ExperimentAction(event=f"other{number}", command="command0")) for number in range(n_others)
    ]
    clock = WallClock()
    clock.start()
    index = ActionIndex(actions, commands, names, Workbench())
    assert not index.findings, index.findings
    return Dispatcher(clock, record, index, names)


def events_per_second(dispatcher: Dispatcher) -> float:
    """Of the quickest bursts, per second of this thread's time: what others do on the machine is left out."""
    best = np.inf
    for _ in range(REPEATS):
        begin = time.thread_time()
        for _ in range(BURSTS):
            for number in range(N):
                dispatcher.post(Event("go", number * 1e-3 + 0.000123, number, "benchmark"))
            dispatcher.drain()
        best = min(best, time.thread_time() - begin)
    return N * BURSTS / best


def timer_lateness(seconds: float, interval: float = 0.01) -> dict[str, float]:
    """How late timers are, in ms, while nothing else happens."""
    dispatcher = make(lambda row: None, 1, 0)
    late: list[float] = []
    begin = dispatcher.clock.now() + 0.05
    for number in range(int(seconds / interval)):
        due = begin + number * interval
        dispatcher.call_at(due, lambda due=due: late.append(dispatcher.clock.now() - due))
    while dispatcher.clock.now() < begin + seconds + 0.1:
        dispatcher.wait(0.05)
    return figures(late)


def bare_wakeup(seconds: float, interval: float = 0.01) -> dict[str, float]:
    """The floor: how late a lock's timeout is on this machine, in ms."""
    lock = threading.Lock()
    lock.acquire()
    late: list[float] = []
    due = time.monotonic() + 0.05
    for _ in range(int(seconds / interval)):
        lock.acquire(timeout=max(0.0, due - time.monotonic()))
        late.append(time.monotonic() - due)
        due += interval
    return figures(late)


def figures(late: list[float]) -> dict[str, float]:
    p50, p99, p999 = np.percentile(late, [50, 99, 99.9]) * 1e3
    return {"p50": p50, "p99": p99, "p999": p999, "max": max(late) * 1e3, "n": len(late)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="how long timers are watched")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rates: dict[str, dict[str, float]] = {}
    with JournalWriter(f"psi-bench-{secrets.token_hex(4)}") as journal:
        for kept, record in (("nobody keeps rows", lambda row: None), ("journal in shared memory", journal.append)):
            for label, n_actions, n_others in (
                ("no action", 0, 0),
                ("1 action", 1, 0),
                ("1 action, 1000 others exist", 1, 1000),
                ("10 actions", 10, 0),
            ):
                rates.setdefault(kept, {})[label] = events_per_second(make(record, n_actions, n_others))
    timers = {"timers": timer_lateness(arguments.seconds), "bare wake-up": bare_wakeup(arguments.seconds)}
    if arguments.json:
        print(json.dumps({"events_per_second": rates, "late_ms": timers}))
        return
    for kept, found in rates.items():
        print(f"events per second, {kept}")
        for label, rate in found.items():
            goal = f"   goal {GOALS[label]:,}" if label in GOALS else ""
            print(f"  {label:30s}{rate:12,.0f}{goal}")
    print("late by, ms              p50     p99   p99.9     max")
    for label, found in timers.items():
        print(f"  {label:18s}" + "".join(f"{found[key]:8.3f}" for key in ("p50", "p99", "p999", "max")))
    print("  goal for timers             0.5")


if __name__ == "__main__":
    main()
