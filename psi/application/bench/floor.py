"""How soon a waiting thread wakes on this machine, measured beside what it is the floor of.

``python -m psi.application.bench.floor SECONDS`` prints a JSON list of delays in s. One thread lets go of a lock every
5 ms and rests; another waits for that lock. Nothing else happens in this process: what a run needs beyond this, it
needs for its own work.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

#: Seconds between wakes: the block of the bench's rig.
_TICK = 0.005


def wakes(finished: Callable[[], bool]) -> list[float]:
    """Seconds from letting go of a lock to the waiting thread's next line, one for each tick until ``finished``."""
    gate = threading.Lock()
    gate.acquire()
    released = [0]
    delays: list[float] = []

    def wait() -> None:
        while True:
            gate.acquire()
            awake = time.perf_counter_ns()
            if not released[0]:
                return
            delays.append((awake - released[0]) * 1e-9)

    waiting = threading.Thread(target=wait, name="waiting")
    waiting.start()
    while not finished():
        time.sleep(_TICK)
        # Where the one before has not been heard yet, it is late, and goes on being.
        if gate.locked():
            released[0] = time.perf_counter_ns()
            gate.release()
    while not gate.locked():
        time.sleep(_TICK)
    released[0] = 0
    gate.release()
    waiting.join()
    return delays


@contextmanager
def beside(after: float, seconds: float) -> Iterator[Callable[[], NDArray[np.float64]]]:
    """Measure in a process of its own while the ``with`` statement's body works: from ``after`` s for ``seconds`` s.

    Gives what waits for the delays, in s.
    """
    command = [sys.executable, "-P", "-m", "psi.application.bench.floor", str(after), str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:

        def found() -> NDArray[np.float64]:
            said, _ = process.communicate()
            return np.array(json.loads(said), dtype=np.float64)

        try:
            yield found
        finally:
            if process.poll() is None:
                process.kill()


def main(arguments: list[str]) -> int:
    """Print the delays of some seconds; returns the exit status."""
    after, seconds = map(float, arguments)
    time.sleep(after)
    end = time.monotonic() + seconds
    print(json.dumps(wakes(lambda: time.monotonic() >= end)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
