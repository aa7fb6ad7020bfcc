"""How long things take that people wait for: the command line's answer, and a simulated hour.

    python benchmarks/sessions.py [--hours H] [--json]

Whole processes, as a user starts them, each with a fresh recording that is removed again. No other
controller of the field runs a session without hardware, so there is no peer to time beside it; the
floor is what an interpreter that imports nothing takes on the same machine in the same run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PSI = [sys.executable, "-m", "psi.application.cli"]


def seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


def median_seconds(command: list[str], runs: int = 7) -> float:
    seconds(command)
    return statistics.median(seconds(command) for _ in range(runs))


def simulated_session(duration: float) -> dict[str, float]:
    """Wall time of ``duration`` s of the virtual animal's work at ``--speed max``, everything recorded."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "recording"
        command = [*PSI, "run", "appetitive_gonogo", "--rig", "simulated", "--seed", "1", "--speed", "max"]
        wall = seconds([*command, "--duration", str(duration), "--out", str(out), "--json"])
        size = sum(file.stat().st_size for file in out.iterdir())
    return {"simulated_s": duration, "wall_s": wall, "times_real_time": duration / wall, "recorded_mb": size / 1e6}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=1.0, help="length of the simulated session")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = {
        "floor_s": median_seconds([sys.executable, "-c", "pass"]),
        "help_s": median_seconds([*PSI, "--help"]),
        "list_s": median_seconds([*PSI, "list"]),
        "session": simulated_session(3600 * options.hours),
    }
    if options.json:
        print(json.dumps(result))
        return
    print(f"an interpreter that does nothing   {result['floor_s']:.3f} s")
    print(f"psi --help                         {result['help_s']:.3f} s")
    print(f"psi list                           {result['list_s']:.3f} s")
    session = result["session"]
    print(
        f"{options.hours:g} simulated hour(s)               {session['wall_s']:.1f} s, "
        f"{session['times_real_time']:.0f} x real time, {session['recorded_mb']:.0f} MB"
    )


if __name__ == "__main__":
    main()
