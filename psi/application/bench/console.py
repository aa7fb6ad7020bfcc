"""``psi bench console``: how soon the window is there, what it costs, and what it does to the run beside it."""

from __future__ import annotations

import json
import os
import statistics
from pathlib import Path
from typing import Any

from psi.application.bench.delays import block_to_command, summary
from psi.application.bench.launched import drawn_somewhere, launched
from psi.application.bench.plan import WARM_UP

WINDOW, SILENT = "psi.application.bench.window", "psi.application.bench.silent"

#: Launches whose start is timed.
STARTUPS = 3
#: A paradigm and a rig as somebody chooses them, with every panel that psi has.
STARTUP_PARADIGM, STARTUP_RIG = "appetitive_gonogo", "simulated"

#: What is aimed at: s, share of a core, frames/s.
STARTUP_GOAL, CPU_GOAL, FRAMES_GOAL = 2.0, 0.25, 30

_FOLDER = Path(__file__).parent
PARADIGM, RIG = str(_FOLDER / "bench_paradigm.enaml"), str(_FOLDER / "bench_rig.enaml")


def show(seconds: float, *, as_json: bool) -> int:
    """Measure and print; returns the exit status. Raises ``RunFault`` where a launch fails."""
    found = measure(seconds)
    print(json.dumps(found) if as_json else table(found))
    return 0


def measure(seconds: float) -> dict[str, Any]:
    """The figures; each run is measured for ``seconds`` s."""
    startups = [_startup() for _ in range(STARTUPS)]
    with launched(WINDOW, PARADIGM, RIG, seconds) as drawn:
        figures = dict(drawn.figures)
        figures.pop("interactive")
        with_console = _delays(drawn.recording)
    with launched(SILENT, PARADIGM, RIG, seconds) as silent:
        without = _delays(silent.recording)
    return {
        "startup_s": statistics.median(startups),
        "startups_s": startups,
        **figures,
        "block_to_command": {"console": with_console, "without": without},
        "seconds": seconds,
        "cores": os.cpu_count(),
        "platform": drawn_somewhere().get("QT_QPA_PLATFORM", os.environ.get("QT_QPA_PLATFORM", "display")),
    }


def _startup() -> float:
    """Seconds from the command to a window that is drawn and can be used."""
    with launched(WINDOW, STARTUP_PARADIGM, STARTUP_RIG, 0.0) as started:
        return float(started.figures["interactive"]) - started.begin


def _delays(recording: Path | None) -> dict[str, Any]:
    assert recording is not None
    return summary(block_to_command(recording, after=WARM_UP))


def table(found: dict[str, Any]) -> str:
    """The figures for people, with what is aimed at."""
    startups = ", ".join(f"{startup:.2f}" for startup in found["startups_s"])
    lines = [
        f"{'':42}{'measured':>10}  goal",
        f"{'command to window, s (' + startups + ')':42}{found['startup_s']:10.2f}  ≤ {STARTUP_GOAL:g}",
        f"{'share of a core that the window takes':42}{found['cpu']:10.2f}  ≤ {CPU_GOAL:g}",
        f"{'frames/s':42}{found['frames_per_s']:10.1f}  {FRAMES_GOAL}",
        f"{'plots that move (traces in them)':42}{found['plots']:5} ({found['traces']})  8",
        "",
        f"{'end of block to command, ms':42}{'p50':>9}{'p99':>9}{'p99.9':>9}{'max':>9}{'commands':>10}",
    ]
    for who, words in (("console", "with the window"), ("without", "with nothing drawn")):
        delays = found["block_to_command"][who]
        shown = "".join(
            f"{delays[name]:9.3f}" if delays["n"] else f"{'-':>9}" for name in ("p50", "p99", "p999", "max")
        )
        lines.append(f"  {words:40}{shown}{delays['n']:10}")
    lines.append(f"\n{found['seconds']:g} s of each run, {found['cores']} cores, window drawn on: {found['platform']}")
    return "\n".join(lines)
