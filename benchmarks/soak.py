"""Whether anything grows: a long session, fast, and what each of its processes holds.

    python benchmarks/soak.py [--hours H] [--speed X] [--no-window] [--json]

``psi run`` with a simulated animal and, unless it is left out, ``psi attach`` with a window beside it. Resident memory
and open descriptors (handles on Windows) of every process are sampled each second; what they are after the first minute
is compared with all that follows. Beside psi's processes stands an interpreter that only waits, sampled alike.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import psutil

from psi.application.bench.launched import drawn_somewhere

PSI = [sys.executable, "-m", "psi.application.cli"]
#: Seconds after which memory is what it stays; s between two samples; s over which the first and the last are averaged.
SETTLED, PERIOD, SPAN = 60.0, 1.0, 10.0
#: Share by which memory may grow.
FLAT = 0.02


class Sample(NamedTuple):
    """Seconds since the beginning, resident bytes, those that are not shared, descriptors."""

    time: float
    rss: int
    own: int
    descriptors: int


@dataclass
class History:
    """What one process held."""

    name: str
    samples: list[Sample] = field(default_factory=list)

    def figures(self, settled: float, end: float) -> dict[str, Any] | None:
        """Of the samples from ``settled`` to ``end`` s; ``None`` for a process that did not live long enough."""
        after = [sample for sample in self.samples if settled <= sample.time < end]
        if not after or after[-1].time - after[0].time < 2 * SPAN:
            return None
        first = [sample for sample in after if sample.time < after[0].time + SPAN]
        last = [sample for sample in after if sample.time > after[-1].time - SPAN]
        rss, own = [[mean(each[what] for each in part) / 1e6 for part in (first, last)] for what in (1, 2)]
        return {
            "process": self.name,
            "rss_mb": [round(each, 1) for each in rss],
            "growth": round(rss[1] / rss[0] - 1, 4),
            "own_mb": [round(each, 1) for each in own],
            "own_growth": round(own[1] / own[0] - 1, 4),
            "own_course_mb": [round(each.own / 1e6, 1) for each in after[:: round(SPAN / PERIOD)]],
            "descriptors": [round(mean(each.descriptors for each in part), 1) for part in (first, last)],
        }


def role(process: psutil.Process) -> str:
    """``'psi run'`` or the module that the process runs."""
    words = process.cmdline()
    module = words[words.index("-m") + 1] if "-m" in words else "waits" if "-c" in words else process.name()
    return f"psi {words[words.index('-m') + 2]}" if module == PSI[-1] else module


def look(roots: list[psutil.Process], now: float) -> Iterator[tuple[int, str, Sample]]:
    """Process id, role and what it holds, of all that lives below ``roots``."""
    for root in roots:
        try:
            family = [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
        for process in family:
            try:
                n = process.num_handles() if sys.platform == "win32" else process.num_fds()
                memory = process.memory_info()
                yield process.pid, role(process), Sample(now, memory.rss, memory.rss - getattr(memory, "shared", 0), n)
            except (psutil.NoSuchProcess, psutil.AccessDenied, IndexError):
                continue  # it ended while it was looked at


def soak(duration: float, speed: float, window: bool, settled: float) -> list[dict[str, Any]]:
    """Figures of every process of a session of ``duration`` s at ``speed`` times real time."""
    histories: dict[int, History] = {}
    with tempfile.TemporaryDirectory(prefix="psi-soak-", dir=Path.cwd(), ignore_cleanup_errors=True) as folder:
        environment = {**os.environ, **drawn_somewhere(), "PSI_STATE_DIR": folder, "PSI_CONFIG_DIR": folder}
        command = [*PSI, "run", "appetitive_gonogo", "--rig", "simulated", "--seed", "1", "--speed", f"{speed:g}"]
        command += ["--duration", f"{duration:g}", "--out", str(Path(folder) / "recording"), "--json"]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "env": environment}
        begin = time.monotonic()
        idle = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({duration})"], **quiet)
        run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **quiet)
        roots = [psutil.Process(run.pid), psutil.Process(idle.pid)]
        watching = None
        try:
            while run.poll() is None:
                if window and watching is None and time.monotonic() - begin > 5:
                    watching = subprocess.Popen([*PSI, "attach"], stderr=subprocess.DEVNULL, **quiet)
                    roots.append(psutil.Process(watching.pid))
                for pid, name, sample in look(roots, time.monotonic() - begin):
                    histories.setdefault(pid, History(name)).samples.append(sample)
                time.sleep(PERIOD)
            if run.returncode:
                raise SystemExit(f"the run ended with status {run.returncode}: {run.stderr.read().strip()}")
        finally:
            for process in (idle, watching, run):
                if process is not None and process.poll() is None:
                    process.terminate()
                    process.wait()
    # What a store does at Stop, such as its report, is no growth.
    found = [history.figures(settled, duration / speed - 5) for history in histories.values()]
    return [figures for figures in found if figures is not None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=1.0, help="length of the simulated session")
    parser.add_argument("--speed", type=float, default=20.0, help="times real time")
    parser.add_argument("--settled", type=float, default=SETTLED, help="seconds that are left out at the beginning")
    parser.add_argument("--no-window", action="store_true", help="without a window beside it")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = soak(3600 * options.hours, options.speed, not options.no_window, options.settled)
    if options.json:
        print(json.dumps(found))
        return
    print(f"{'process':26} {'resident, MB':>16} {'growth':>8} {'its own, MB':>16} {'growth':>8}   descriptors")
    for each in found:
        rss, own, descriptors = (
            " -> ".join(f"{value:g}" for value in each[name]) for name in ("rss_mb", "own_mb", "descriptors")
        )
        said = "" if each["own_growth"] <= FLAT else f"  more than {100 * FLAT:g} %"
        print(
            f"{each['process']:26} {rss:>16} {100 * each['growth']:7.2f}% {own:>16} {100 * each['own_growth']:7.2f}%   "
            f"{descriptors}{said}"
        )


if __name__ == "__main__":
    main()
