"""What a trial costs in expressions: go on to the next trial and compute its row.

    python benchmarks/context.py [--json] [--trials N]

One task of 30 expressions, each of which uses the one before it; one of 200 items, of which 100 are expressions over
others, 60 constants, 20 drawn from distributions, 10 roved and 10 results. The direct ancestor, which evaluates each
text anew, takes 90 µs for the first. Each figure is the median of turns of a thousand trials, with the slowest and the
quickest turn.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from typing import Any

from psi.context.context import Context
from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.core.random_streams import RandomStreams
from psi.models.items import ItemSpec
from psi.models.task import SequenceSettings, Task

TURNS = 9
#: µs for one trial, by the task's name.
GOALS = {"30 chained expressions": 60.0, "200 items": 400.0}


class _Declared:
    """A selector as the context asks for it."""

    def __init__(self, settings: SequenceSettings) -> None:
        self._settings = settings

    def settings(self) -> SequenceSettings:
        return self._settings

    def start(self, generator: Any, settings: Any) -> Any:
        from psi.context.selectors import SequenceSelector

        return SequenceSelector(name="go").start(generator, settings)


def _context(specs: list[ItemSpec], settings: SequenceSettings) -> Context:
    named = {spec.name: spec for spec in specs}
    task = Task(paradigm="benchmark")
    return Context(named, {"go": _Declared(settings)}, task, BUILT_IN_SYMBOLS, RandomStreams(1))


def _rove(items: list[str]) -> SequenceSettings:
    rows = tuple(tuple(row + column for column in range(len(items))) for row in range(10))
    return SequenceSettings(items=tuple(items), rows=rows, order="shuffled")


def chained() -> Context:
    """30 expressions, the first over a roved item."""
    specs = [ItemSpec(name="x0", default=1, kind="roving_parameter")]
    specs += [ItemSpec(name=f"x{n}", default=f"x{n - 1} * 1.01 + 0.5", limits=(0, 1e6)) for n in range(1, 31)]
    return _context(specs, _rove(["x0"]))


def many() -> Context:
    """200 items of all sorts."""
    specs = [ItemSpec(name=f"roved{n}", default=n, kind="roving_parameter") for n in range(10)]
    specs += [ItemSpec(name=f"constant{n}", default=n + 0.5, limits=(0, 100)) for n in range(60)]
    drawn = ("Uniform(0, 1)", "Exponential(0.5).truncate(1, 8)")
    specs += [ItemSpec(name=f"drawn{n}", default=drawn[n % 2], limits=(0, 10)) for n in range(20)]
    specs += [
        ItemSpec(name=f"derived{n}", default=f"roved{n % 10} * constant{n % 60} + drawn{n % 20}") for n in range(100)
    ]
    specs += [ItemSpec(name=f"result{n}", kind="result") for n in range(10)]
    return _context(specs, _rove([f"roved{n}" for n in range(10)]))


def microseconds(context: Context, trials: int) -> list[float]:
    """Time of one trial in each turn, µs."""
    turns: list[float] = []
    for _ in range(TURNS + 1):
        gc.collect()
        begin = time.perf_counter()
        for _ in range(trials):
            context.next_trial("go")
            context.row()
        turns.append((time.perf_counter() - begin) / trials * 1e6)
    # The first turn warms up.
    return turns[1:]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--trials", type=int, default=1000, help="trials of one turn")
    options = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    for name, context in (("30 chained expressions", chained()), ("200 items", many())):
        turns = microseconds(context, options.trials)
        results[name] = {
            "us": round(statistics.median(turns), 1),
            "quickest_us": round(min(turns), 1),
            "slowest_us": round(max(turns), 1),
            "goal_us": GOALS[name],
        }
    if options.json:
        print(json.dumps(results))
    else:
        for name, result in results.items():
            print(
                f"{name}: {result['us']:.1f} µs a trial ({result['quickest_us']:.1f} to {result['slowest_us']:.1f}); "
                f"goal {result['goal_us']:.0f}"
            )
    return 0 if all(result["us"] <= result["goal_us"] for result in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
