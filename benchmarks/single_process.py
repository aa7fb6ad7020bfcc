"""Why psi draws and writes in processes of their own: the same run, once with everything in one process.

    python benchmarks/single_process.py [--seconds S] [--json]

Both runs are those of ``psi bench latency``: 16 × 25 kHz and 200 kHz in blocks of 5 ms, all saved, fifty edges a
second, eight live plots. The one as psi does it is ``psi bench latency --console`` itself. In the other the run, the
store and eight plots made with pyqtgraph (as most programs of the field draw) are threads of one process. Printed is
the time from a block being available to the call of a command, of each.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import QTimer

from psi.application.bench import latency as bench_latency
from psi.application.bench.delays import summary
from psi.application.bench.plan import WARM_UP
from psi.controller.run import Run
from psi.stream.info import Chunk
from psi.testing import ScriptedSession

#: Seconds that a plot shows, frames/s, and what the rig of the benchmark calls its eight streams.
SPAN, FRAMES = 5.0, 30
STREAMS = ("tetrode_1", "lfp", "tetrode_2", "tetrode_3", "tetrode_4", "microphone", "sensor", "sensor_level")


class Trace:
    """The last seconds of one stream."""

    def __init__(self, fs: float, n_channels: int, plot: pg.PlotItem) -> None:
        self._kept = np.zeros((n_channels, round(SPAN * fs)))
        self._times = np.arange(self._kept.shape[1]) / fs
        self._lock = threading.Lock()
        self._curves = [plot.plot(pen=pg.intColor(channel)) for channel in range(n_channels)]
        plot.setDownsampling(auto=True, mode="peak")
        plot.setClipToView(True)

    def keep(self, chunk: Chunk) -> None:
        with self._lock:
            n = chunk.n_samples
            self._kept[:, :-n] = self._kept[:, n:]
            self._kept[:, -n:] = chunk.data

    def draw(self) -> None:
        with self._lock:
            shown = self._kept.copy()
        for curve, samples in zip(self._curves, shown, strict=True):
            curve.setData(self._times, samples)


def in_one_process(seconds: float) -> dict[str, Any]:
    """The delays of a run beside the plots of its own process."""
    application = pg.mkQApp()
    window = pg.GraphicsLayoutWidget(size=(1400, 900))
    plots = [window.addPlot(row=index // 2, col=index % 2) for index in range(len(STREAMS))]
    window.show()
    traces: list[Trace] = []
    failed: list[BaseException] = []
    with tempfile.TemporaryDirectory() as folder:
        session = ScriptedSession(
            bench_latency.PARADIGM, bench_latency.RIG, folder, duration=WARM_UP + seconds, lockstep=False, seed=1
        )

        def watch(run: Run) -> None:
            for chain in run.io.chains.values():
                for node in chain.saved:
                    trace = Trace(node.info.fs, node.info.n_channels, plots[STREAMS.index(node.name)])
                    chain.attach(node.name, trace.keep)
                    traces.append(trace)

        def run() -> None:
            try:
                session.run(watch).close()
            except BaseException as error:  # the benchmark must end, whatever ends the run
                failed.append(error)

        thread = threading.Thread(target=run)
        frames = 0

        def draw() -> None:
            nonlocal frames
            if not thread.is_alive():
                application.quit()
            for trace in list(traces):
                trace.draw()
            window.grab()
            frames += 1

        timer = QTimer()
        timer.timeout.connect(draw)
        timer.start(1000 // FRAMES)
        thread.start()
        application.exec()
        thread.join()
        if failed:
            raise failed[0]
        found = bench_latency.answered(Path(folder), bench_latency.declared_ways())
    return {"block_to_command": summary(found.block_to_command), "frames_per_s": frames / (WARM_UP + seconds)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {
        "processes": bench_latency.measure(options.seconds, console=True),
        "one_process": in_one_process(options.seconds),
    }
    if options.json:
        print(json.dumps(found))
        return
    print(f"{'block available → command called, ms':42}{'p50':>9}{'p99':>9}{'p99.9':>9}{'max':>9}{'n':>9}")
    for words, delays in (
        ("floor", found["processes"]["floor"]),
        ("psi: three processes", found["processes"]["block_to_command"]),
        ("run, store and plots in one process", found["one_process"]["block_to_command"]),
    ):
        shown = "".join(f"{delays[name]:9.3f}" for name in ("p50", "p99", "p999", "max"))
        print(f"  {words:40}{shown}{delays['n']:9}")
    print(f"  plots in one process: {found['one_process']['frames_per_s']:.1f} frames/s")


if __name__ == "__main__":
    main()
