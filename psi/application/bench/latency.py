"""``psi bench latency``: from a block of samples to the call of a command, and from an edge to its output."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from psi.application.bench import floor
from psi.application.bench.answers import OUTPUT, Answers, answers
from psi.application.bench.delays import summary
from psi.application.bench.launched import drawn_somewhere, launched
from psi.application.bench.plan import WARM_UP
from psi.assembly.preparation import load_choice
from psi.assembly.request import RunRequest, new_run_id
from psi.controller.ways import Way, ways
from psi.controller.wiring import event_names
from psi.core.errors import ConfigurationError

WINDOW, SILENT = "psi.application.bench.window", "psi.application.bench.silent"

#: What is aimed at, in ms: of block to command; and times the floor's p99.
GOALS = {"p50": 0.15, "p99": 0.5, "p999": 2.0}
FLOORS = 5

_FOLDER = Path(__file__).parent
PARADIGM, RIG = str(_FOLDER / "latency_paradigm.enaml"), str(_FOLDER / "bench_rig.enaml")

#: Of the way from a sensor to an output, in the order in which time passes.
_PARTS = ("filters", "debounce", "block", "software", "device", "sum")

#: Seconds that a launch takes before its run begins, about: the floor is measured while the run goes on.
_START = 3.0


def show(seconds: float, *, console: bool, as_json: bool) -> int:
    """Measure and print; returns the exit status. Raises ``RunFault`` where the launch fails."""
    found = measure(seconds, console=console)
    print(json.dumps(found) if as_json else table(found))
    return 0


def measure(seconds: float, *, console: bool) -> dict[str, Any]:
    """The figures of one run, of which ``seconds`` s are measured; with ``console`` beside the window."""
    declared = declared_ways()
    with (
        floor.beside(_START, seconds) as floor_delays,
        launched(WINDOW if console else SILENT, PARADIGM, RIG, seconds) as run,
    ):
        assert run.recording is not None
        found = answered(run.recording, declared)
        drawn = {name: run.figures[name] for name in ("plots", "traces", "frames_per_s", "cpu") if name in run.figures}
        return {
            "block_to_command": summary(found.block_to_command),
            "edge_to_output": summary(found.edge_to_output) | {"longest": found.longest * 1e3, "late": found.late},
            "floor": summary(floor_delays()),
            "lost": found.lost,
            "ways": [asdict(way) | {"total": way.total} for way in declared],
            "console": drawn,
            "seconds": seconds,
            "cores": os.cpu_count(),
            "platform": drawn_somewhere().get("QT_QPA_PLATFORM", os.environ.get("QT_QPA_PLATFORM", "display")),
        }


def answered(recording: Path, declared: Sequence[Way]) -> Answers:
    """What a recording of the benchmark says, with what is ``declared`` of the way to its sound."""
    way = next(way for way in declared if way.output == OUTPUT)
    return answers(recording, WARM_UP, way.block, way.look_ahead)


def declared_ways() -> list[Way]:
    """What chains, blocks and devices of the bench take by themselves."""
    choice = load_choice(RunRequest(run_id=new_run_id(), token="", paradigm=PARADIGM, rig=RIG, seed=1))
    errors = [finding for finding in choice.findings if finding.severity == "error"]
    if errors:
        raise ConfigurationError(errors)
    loaded = choice.loaded
    wiring, machine = loaded.controller.wiring(), loaded.controller.machine()
    index = loaded.controller.action_index(event_names(loaded.workbench, wiring))
    return ways(wiring, index, machine, float(loaded.rig.block_duration))


def table(found: dict[str, Any]) -> str:
    """The figures for people, with what is aimed at."""
    rows = [
        ("floor: a thread that wakes, nothing else", found["floor"]),
        ("block available → command called", found["block_to_command"]),
        ("edge sample → output sample", found["edge_to_output"]),
    ]
    lines = [f"{'ms':42}{'p50':>9}{'p99':>9}{'p99.9':>9}{'max':>9}{'n':>9}"]
    for words, delays in rows:
        shown = "".join(
            f"{delays[name]:9.3f}" if delays["n"] else f"{'-':>9}" for name in ("p50", "p99", "p999", "max")
        )
        lines.append(f"{words:42}{shown}{delays['n']:9}")
    goals = "".join(f"{'≤ ' + format(GOALS[name], 'g'):>9}" for name in ("p50", "p99", "p999"))
    lines.append(f"{'  goal of block → command':42}{goals}")
    edge = found["edge_to_output"]
    if found["floor"]["n"] and found["block_to_command"]["n"]:
        times = found["block_to_command"]["p99"] / found["floor"]["p99"]
        lines.append(f"p99 of block → command is {times:.1f} times the floor's (goal ≤ {FLOORS})")
    lines += [
        f"edge → output: {edge['late']} of {edge['n']} later than one block + look-ahead + 1 sample "
        f"({edge['longest']:.3f} ms; goal 0)",
        f"lost: {found['lost']} edges or answers",
        "",
        f"{'the way of each event, ms':34}" + "".join(f"{what:>9}" for what in _PARTS),
    ]
    software = found["block_to_command"]["p99"] or 0.0
    for way in found["ways"]:
        parts = [1e3 * way[name] for name in ("filtering", "debouncing", "block", "look_ahead")]
        parts.insert(3, software)
        shown = "".join(f"{part:9.3f}" for part in [*parts, sum(parts)])
        lines.append(f"  {way['event'] + ' → ' + way['output']:32}{shown}")
    drawn = found["console"]
    window = f"a window with {drawn['plots']} plots on {found['platform']}" if drawn else "nothing drawn"
    lines.append(f"\nblock at most, software p99; {found['seconds']:g} s, {found['cores']} cores, {window}")
    return "\n".join(lines)
