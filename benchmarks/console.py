"""What the window costs: how soon it is there, its share of a core, and what it does to the run beside it.

    python benchmarks/console.py [--seconds S] [--json]

Real launches, drawn without a display. The same run, with the same seed, is done with psi's own window and with a
process in its place that asks for nothing and draws nothing; from block to command is read from the two recordings.
The share of a core is measured a second time on a rig of sixteen channels.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

#: What the console's process is told: whether to draw, how long to look, and where to leave its figures.
DRAW, SECONDS, RESULT = "PSI_BENCHMARK_DRAW", "PSI_BENCHMARK_SECONDS", "PSI_BENCHMARK_RESULT"

#: The command ``psi`` whose window is this module.
PSI = """
import functools, sys
from psi.application import cli, launch_command
launch_command.launch = functools.partial(launch_command.launch, console='console')
sys.exit(cli.main())
"""


def stay(greeting: dict) -> int:
    """Be a window that draws nothing: start the run, wait, end it."""
    from psi.link.client import LinkClient

    with LinkClient(greeting["port"], greeting["token"]) as link:
        link.request("want", condition="running")
        time.sleep(float(os.environ[SECONDS]))
        link.request("quit")
    return 0


def steps(console):
    """What is done in the window; Qt works between the steps."""
    from qtpy.QtWidgets import QApplication

    # The first state comes before the window is made; it can be used when it is shown and Qt is back at work.
    while not any(w.objectName() == "window" and w.isVisible() for w in QApplication.topLevelWidgets()):
        yield False
    yield False
    interactive = time.time()
    console.request("want", condition="running")
    while console.status.get("condition") != "running":
        yield False
    canvases = [widget for widget in QApplication.allWidgets() if type(widget).__name__ == "SignalsWidget"]
    # What the first seconds cost is not what the window costs.
    begin = time.monotonic()
    while time.monotonic() < begin + 2:
        yield False
    begin, cpu, frames = time.monotonic(), time.process_time(), sum(canvas.frames for canvas in canvases)
    while time.monotonic() < begin + float(os.environ[SECONDS]):
        yield False
    passed = time.monotonic() - begin
    traces = sum(stream["n_channels"] for stream in console.status["segments"]["streams"])
    figures = {
        "interactive": interactive,
        "channels": traces,
        "cpu": (time.process_time() - cpu) / passed,
        "frames_per_s": (sum(canvas.frames for canvas in canvases) - frames) / passed,
    }
    Path(os.environ[RESULT]).write_text(json.dumps(figures))
    console.request("quit")


def show(greeting: dict) -> int:
    """Be psi's own window."""
    from qtpy.QtCore import QTimer
    from qtpy.QtWidgets import QApplication

    from psi.application import console as application
    from psi.experiment import look_view

    follow_system = look_view.follow_system

    def follow(console) -> None:
        follow_system(console)
        story = steps(console)
        # Owned by the application: nobody else holds it.
        timer = QTimer(QApplication.instance())
        timer.timeout.connect(lambda: next(story, True) and timer.stop())
        timer.start(20)

    look_view.follow_system = follow
    return application.run_console(greeting)


def launch(paradigm: str, rig: str, seconds: float, draw: bool) -> dict[str, float]:
    """Figures of one launch."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        paths = [str(Path(__file__).resolve().parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        told = {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "QT_QPA_PLATFORM": "offscreen",
            "PSI_CONFIG_DIR": folder,
            DRAW: "1" if draw else "",
            SECONDS: str(seconds),
            RESULT: str(result),
        }
        command = [sys.executable, "-c", PSI, "launch", paradigm, "--rig", rig, "--subject", "benchmark"]
        begin = time.time()
        done = subprocess.run(
            [*command, "--seed", "1", "--out", f"{folder}/recordings"],
            env={**os.environ, **told},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + 120,
        )
        if done.returncode or (draw and not result.exists()):
            raise SystemExit(f"the launch failed (status {done.returncode}):\n{done.stderr}")
        (recording,) = (Path(folder) / "recordings").iterdir()
        figures = json.loads(result.read_text()) if draw else {}
        if draw:
            figures["startup_s"] = figures.pop("interactive") - begin
        return figures | block_to_command(recording)


def block_to_command(recording: Path) -> dict[str, float]:
    """Percentiles in s: the upper edges of the histogram's bins that hold them."""
    with h5py.File(recording / "recording.h5") as file:
        edges, counts = file["timing/latency/edges"][:], file["timing/latency/counts"][:]
    n = int(counts.sum())
    found = {"commands": n}
    for p in (50, 99):
        index = int(np.searchsorted(np.cumsum(counts), n * p / 100))
        found[f"p{p}_s"] = float(edges[index + 1]) if n else float("nan")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each run is looked at")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = {
        "with_window": launch("appetitive_gonogo", "simulated", options.seconds, draw=True),
        "without": launch("appetitive_gonogo", "simulated", options.seconds, draw=False),
        "many_channels": launch("record", "simulated_array", options.seconds, draw=True),
    }
    if options.json:
        print(json.dumps(result))
        return
    window, without, many = result["with_window"], result["without"], result["many_channels"]
    print(f"from the command to a window that can be used   {window['startup_s']:.2f} s")
    for figures in (window, many):
        print(
            f"{figures['channels']:2} recorded channels: {100 * figures['cpu']:.0f} % of one core, "
            f"{figures['frames_per_s']:.0f} frames/s"
        )
    for name, figures in (("with the window", window), ("without it", without)):
        few = ", too few for a p99: it is their greatest" if figures["commands"] < 100 else ""
        print(
            f"from block to command, {name:15} p50 {1e3 * figures['p50_s']:.3f} ms, "
            f"p99 {1e3 * figures['p99_s']:.3f} ms ({figures['commands']} commands{few})"
        )


if __name__ == "__main__":
    if RESULT in os.environ:
        told = json.loads(sys.stdin.readline())
        sys.exit(show(told) if os.environ[DRAW] else stay(told))
    main()
