"""What signal chains cost per block, beside psiaudio in the same run.

``python benchmarks/chains.py [--json] [--seconds S]``; needs ``pip install psiaudio`` for the peer, whose figures
are left out where it is missing. Both get the same arrays, block by block, in turns, on one core, and that core's time
is what is counted. psi is given chunks as an engine gives them and runs the chain that a manifest declares; the peer's
stages are connected as its users connect them, on bare arrays (with its own array class its downsampling fails on the
second block).
"""

from __future__ import annotations

import os

# ruff: noqa: E402 -- before numpy is imported: both sides get one core, and no threads that wait for another.
for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import psutil

from psi.inputs.chain import build_chain
from psi.stream.info import Chunk, StreamInfo
from psi.testing.drive import declarations_of

#: Turns that each side takes; the median of a turn's time per block is reported.
TURNS = 9
#: Different blocks that are given again and again.
BLOCKS = 20

TO_EDGES = """
IIRFilter:
    N = 4
    btype = 'lowpass'
    ftype = 'butter'
    f_lowpass = 200
    Downsample:
        q = {q}
        Threshold:
            threshold = 2.5
            Edges:
                name = 'nose_poke'
                debounce = 5
"""
BANDPASS = """
IIRFilter:
    name = 'spikes'
    N = 4
    btype = 'bandpass'
    ftype = 'butter'
    f_highpass = 300
    f_lowpass = 3000
"""


@dataclass(frozen=True)
class Case:
    """A chain and what goes through it."""

    name: str
    text: str
    fs: float
    n_channels: int
    block_ms: float
    #: How many times as quick as the peer it has to be, or, where there is none, as real time.
    goal: str
    #: Keep every q-th sample; 0 where the signal is not thinned out.
    q: int = 0

    @property
    def n_samples(self) -> int:
        return round(self.fs * self.block_ms / 1000)

    def blocks(self) -> list[np.ndarray]:
        """Noise around the two levels of a sensor, which changes now and then; shape (n_channels, n_samples)."""
        rng = np.random.default_rng(1)
        level = np.where(np.arange(BLOCKS) % 10 < 5, 0.0, 5.0)
        return [low + 0.1 * rng.standard_normal((self.n_channels, self.n_samples)) for low in level]


CASES = (
    Case(
        "LP4 200 Hz → ds 400 → threshold → edges, 1 × 200 kHz", TO_EDGES.format(q=400), 200e3, 1, 10, "12 × peer", 400
    ),
    Case(
        "LP4 200 Hz → ds 400 → threshold → edges, 1 × 200 kHz", TO_EDGES.format(q=400), 200e3, 1, 100, "15 × peer", 400
    ),
    Case("LP4 200 Hz → ds 50 → threshold → edges, 16 × 25 kHz", TO_EDGES.format(q=50), 25e3, 16, 10, "80 × peer", 50),
    Case("bandpass 300 to 3000 Hz, N 4, saved, 16 × 25 kHz", BANDPASS, 25e3, 16, 10, "1.5 × peer"),
    Case("bandpass 300 to 3000 Hz, N 4, 384 × 30 kHz", BANDPASS, 30e3, 384, 10, "20 × real time"),
)


def ignore(made: Any) -> None:
    """Who reads what a chain makes, and does nothing with it."""


def psi_chain(case: Case) -> Callable[[np.ndarray], None]:
    """Takes the next block, as a channel's chain does in a run."""
    info = StreamInfo("Dev1/ai0", case.fs, case.n_channels)
    chain = build_chain(info, declarations_of(case.text))
    for node in chain.nodes:
        if node.name:
            chain.attach(node.name, ignore)
    position = 0

    def take(block: np.ndarray) -> None:
        nonlocal position
        chain.push(Chunk(block, position, info))
        position += case.n_samples

    return take


def peer_chain(case: Case) -> Callable[[np.ndarray], None] | None:
    """The same with psiaudio; ``None`` where it is not installed."""
    try:
        from psiaudio import pipeline
    except ImportError:
        return None
    if not case.q:
        return pipeline.iirfilter(case.fs, 4, (300, 3000), None, None, "bandpass", "butter", ignore).send
    # Its edges are found one channel at a time.
    edges = [pipeline.edges(5, ignore, fs=case.fs / case.q) for _ in range(case.n_channels)]
    chains = [
        pipeline.iirfilter(
            case.fs,
            4,
            200,
            None,
            None,
            "lowpass",
            "butter",
            pipeline.downsample(case.q, pipeline.transform(lambda data: data > 2.5, edge.send).send).send,
        ).send
        for edge in edges
    ]

    def take(block: np.ndarray) -> None:
        for chain, channel in zip(chains, block, strict=True):
            chain(channel)

    return take


def turn(take: Callable[[np.ndarray], None], blocks: Iterator[np.ndarray], seconds: float) -> float:
    """µs per block over some ``seconds``."""
    n, begin = 0, time.process_time()
    while (passed := time.process_time() - begin) < seconds:
        for _ in range(10):
            take(next(blocks))
        n += 10
    return 1e6 * passed / n


def cycle(blocks: list[np.ndarray]) -> Iterator[np.ndarray]:
    while True:
        yield from blocks


def measure(case: Case, seconds: float) -> dict[str, Any]:
    """One row: both sides in turns."""
    sides = {"psi": psi_chain(case), "peer": peer_chain(case)}
    taken: dict[str, list[float]] = {name: [] for name in sides}
    blocks = case.blocks()
    for _ in range(TURNS + 1):
        for name, take in sides.items():
            if take is not None:
                taken[name].append(turn(take, cycle(blocks), seconds / TURNS))
    # The first turn warms up.
    ours, theirs = (statistics.median(times[1:]) if times else None for times in taken.values())
    assert ours is not None
    return {
        "chain": case.name,
        "block_ms": case.block_ms,
        "us_per_block": round(ours, 2),
        "peer_us_per_block": None if theirs is None else round(theirs, 1),
        "ratio": None if theirs is None else round(theirs / ours, 2),
        "times_real_time": round(1000 * case.block_ms / ours, 1),
        "goal": case.goal,
    }


@dataclass(frozen=True)
class Hour:
    """What an hour of data, taken as fast as it goes, does to the cost of a block and to memory."""

    chain: str
    blocks: int
    first_minute_us_per_block: float
    last_minute_us_per_block: float
    resident_growth_kb: float
    #: Objects that the interpreter holds, more than after the first minute.
    more_objects: int


def hour(case: Case, minutes: int) -> Hour:
    """Measure ``minutes`` of data of ``case``."""
    take, blocks = psi_chain(case), cycle(case.blocks())
    per_minute = round(60_000 / case.block_ms)
    process = psutil.Process()
    times: list[float] = []
    resident, objects = 0, 0
    for minute in range(minutes):
        begin = time.process_time()
        for _ in range(per_minute):
            take(next(blocks))
        times.append(1e6 * (time.process_time() - begin) / per_minute)
        if minute == 0:
            gc.collect()
            resident, objects = process.memory_info().rss, len(gc.get_objects())
    gc.collect()
    return Hour(
        case.name,
        per_minute * minutes,
        round(times[0], 2),
        round(times[-1], 2),
        round((process.memory_info().rss - resident) / 1024, 1),
        len(gc.get_objects()) - objects,
    )


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as Markdown."""
    lines = [
        "| chain, float64 | block | psi, µs a block | psiaudio, µs a block | ratio | × real time | at least |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        peer, ratio = row["peer_us_per_block"], row["ratio"]
        lines.append(
            f"| {row['chain']} | {row['block_ms']:g} ms | {row['us_per_block']:.1f} | "
            f"{'–' if peer is None else f'{peer:.0f}'} | {'–' if ratio is None else f'{ratio:.1f}'} | "
            f"{row['times_real_time']:.0f} | {row['goal']} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each side of each chain is measured")
    parser.add_argument("--minutes", type=int, default=60, help="how much data shows that the cost stays flat")
    options = parser.parse_args()
    if options.seconds <= 0 or options.minutes < 2:
        parser.error("--seconds must be above 0 and --minutes at least 2")
    rows = [measure(case, options.seconds) for case in CASES]
    if any(row["peer_us_per_block"] is None for row in rows):
        print("psiaudio is not installed: pip install psiaudio", file=sys.stderr)
    flat = hour(CASES[0], options.minutes)
    if options.json:
        print(json.dumps({"rows": rows, "hour": asdict(flat)}, ensure_ascii=False))
        return
    print(table(rows))
    print(
        f"\n{flat.blocks} blocks of {flat.chain}: {flat.first_minute_us_per_block:.1f} µs a block in the first minute "
        f"of data, {flat.last_minute_us_per_block:.1f} µs in the last; memory grew by {flat.resident_growth_kb:.0f} kB "
        f"and {flat.more_objects} objects after the first minute"
    )


if __name__ == "__main__":
    main()
