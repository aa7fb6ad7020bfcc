"""A run without engines, for hundreds of kills: real rings, real store processes and what keeps them; known data."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import psi
from psi.application.child import Child
from psi.application.store_keeper import StoreKeeper
from psi.core.errors import RecordingError
from psi.data.recording_rings import RecordingRings
from psi.stream.control import RunControl, StoreCondition
from psi.stream.info import Chunk, StreamInfo

FAST = StreamInfo("fast", 20_000.0, 2, "int64", unit="")
SLOW = StreamInfo("slow", 100.0, 1, "int32", unit="")
BLOCK = 0.05
COLUMNS = [("n", "int64", ""), ("text", "text", "")]

#: Seconds after which something that should have happened has not.
PATIENCE = 60.0


@dataclass
class Figures:
    """What became of the recordings after some kills."""

    kind: str
    kills: int = 0
    recordings: int = 0
    opened: int = 0
    in_parts: int = 0
    lost_samples: int = 0
    lost_rows: int = 0
    doubled: int = 0
    wrong: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kind}: {self.kills} kills, {self.opened} of {self.recordings} recordings opened "
            f"({self.in_parts} in parts); at most {self.lost_samples} samples and {self.lost_rows} rows lost, "
            f"{self.doubled} doubled, {self.wrong} wrong"
        )

    def look(self, folder: Path, blocks: int | None, least: tuple[int, int] = (0, 0)) -> None:
        """Compare the recording in ``folder`` with what was fed: ``blocks`` of it, or at ``least`` samples and rows."""
        self.recordings += 1
        try:
            with psi.open_recording(folder) as recording:
                self.in_parts += len(recording.files) > 1
                fast, slow = recording.streams["fast"].data[:], recording.streams["slow"].data[:]
                ticks = recording.events["sample"].to_numpy()
                trials = recording.trials
                gaps = recording.gaps
        except RecordingError as error:
            print(f"{folder}: {error}")
            return
        self.opened += 1
        samples, rows = least if blocks is None else (round(blocks * FAST.fs * BLOCK), blocks)
        self.lost_samples = max(self.lost_samples, samples - len(fast), sum(gap["n"] for gap in gaps))
        self.lost_rows = max(self.lost_rows, rows - len(ticks))
        n = np.arange(len(fast), dtype=np.int64)
        self.wrong += int((fast != np.stack([n, -n], axis=1)).any(axis=1).sum())
        self.wrong += int((slow[:, 0] != np.arange(len(slow))).sum())
        self.doubled += len(ticks) - len(set(ticks.tolist()))
        self.wrong += int(ticks.tolist() != list(range(len(ticks))))
        self.wrong += int(trials["text"].tolist() != [f"trial µ {k}" for k in trials["n"].tolist()])
        if blocks is not None:
            self.doubled += max(0, len(fast) - samples)
            self.wrong += int(len(slow) != round(blocks * SLOW.fs * BLOCK))

    def assert_nothing_lost(self) -> None:
        print(self)
        assert self.opened == self.recordings > 0
        assert (self.lost_samples, self.lost_rows, self.doubled, self.wrong) == (0, 0, 0, 0)


class Feeder:
    """Known samples and rows: sample ``n`` is ``(n, -n)``, row ``n`` says ``n``."""

    def __init__(self, rings: RecordingRings) -> None:
        self.rings = rings
        self.blocks = 0

    def feed(self) -> None:
        """One block of 50 ms of everything, when there is room."""
        self.rings.wait_for_room(BLOCK, PATIENCE)
        for info in (FAST, SLOW):
            n = round(BLOCK * info.fs)
            index = np.arange(self.blocks * n, (self.blocks + 1) * n)
            data = np.stack([index, -index])[: info.n_channels].astype(info.dtype)
            self.rings.sink(info.name)(Chunk(data, self.blocks * n, info))
        at = self.blocks
        self.rings.append({"kind": "event", "time": at * BLOCK, "sample": at, "name": "tick"})
        if at % 10 == 0:
            self.rings.append({"kind": "trial", "values": {"n": at // 10, "text": f"trial µ {at // 10}"}})
        self.blocks += 1

    def finish(self) -> None:
        self.rings.append({"kind": "finish", "reason": "duration", "time": self.blocks * BLOCK})
        self.rings.finish()


def make_rings(folder: Path, seconds: float = 10.0) -> RecordingRings:
    streams = [(FAST, "int64"), (SLOW, "int32")]
    run_id = f"killed-{secrets.token_hex(6)}"
    return RecordingRings(run_id, streams, COLUMNS, {"rig": {"name": "µ"}}, folder, seconds, BLOCK)


class KeptRun:
    """A run of a :class:`Feeder`, whose store is kept as a warden keeps it."""

    def __init__(self, folder: Path, logs: Path, environments: Iterator[dict[str, str]]) -> None:
        self.folder = folder
        self._logs = logs
        self._environments = environments
        self._n = 0
        self.told: list[str] = []
        self.rings = make_rings(folder)
        self.feeder = Feeder(self.rings)
        self.keeper = StoreKeeper(self.rings.plan.model_dump(mode="json"), self._make(), self._make, self.told.append)

    def _make(self) -> Child:
        self._n += 1
        with pytest.MonkeyPatch.context() as patched:
            for name, value in next(self._environments, {}).items():
                patched.setenv(name, value)
            return Child("store", "psi.data.process", self._logs / f"store{self._n}.log")

    @property
    def deaths(self) -> int:
        return len(self.keeper.dead)

    def wait_until(self, holds: Callable[[], bool], what: str, feed: bool = True) -> None:
        """Go on with the run until ``holds``."""
        pause, deadline = threading.Event(), time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, f"waited in vain for {what}; told: {self.told}"
            self.keeper.look()
            if feed and self.rings.headroom() > 0.3:
                self.feeder.feed()
            else:
                pause.wait(0.002)

    def is_open(self) -> bool:
        control = self.rings.control
        return control.store_condition is StoreCondition.OPEN and control.store_pid == self.keeper.store.pid

    def kill(self) -> None:
        """Kill the store that writes now, and see that another follows."""
        deaths = self.deaths
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.keeper.store.pid, signal.SIGKILL)
        self.wait_until(lambda: self.deaths > deaths, "another store")

    def end(self) -> None:
        """Stop the run, and wait for its recording."""
        self.feeder.finish()
        self.wait_until(lambda: self.keeper.over, "the end of the recording", feed=False)
        assert self.keeper.error == "", self.told

    def close(self) -> None:
        self.keeper.close()
        self.rings.close()


@pytest.fixture
def kept_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., KeptRun]]:
    """Makes runs that are kept, each with a folder of its own; ``environments`` are those of their stores, in order."""
    made: list[KeptRun] = []
    # Hundreds of kills are no reason to give up here.
    monkeypatch.setattr(StoreKeeper, "MOST_DEATHS", 1000)
    monkeypatch.setattr(StoreKeeper, "BACK_OFF", (0.0,))

    def make(environments: list[dict[str, str]] | None = None) -> KeptRun:
        for run in made:
            run.close()
        logs = tmp_path / f"logs{len(made)}"
        logs.mkdir()
        run = KeptRun(tmp_path / f"run{len(made)}", logs, iter(environments or []))
        made.append(run)
        return run

    yield make
    for run in made:
        run.close()


class BurstKiller:
    """Kills stores in the middle of a burst, at a random moment after its begin, from a thread of its own."""

    #: Seconds into a burst up to which it aims.
    REACH = 0.006

    def __init__(self, control: RunControl, rng: np.random.Generator) -> None:
        self._control = control
        self._rng = rng

    def shoot(self, pid: int) -> threading.Thread:
        delay = float(self._rng.uniform(0, self.REACH))

        def wait_and_kill() -> None:
            deadline = time.monotonic() + PATIENCE / 2
            seen = self._control.burst
            # A burst may have come and gone between two looks.
            while seen % 2 == 0 and self._control.burst == seen and time.monotonic() < deadline:
                time.sleep(0)
            aim = time.perf_counter() + delay
            while time.perf_counter() < aim:
                continue
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

        thread = threading.Thread(target=wait_and_kill, daemon=True)
        thread.start()
        return thread


@pytest.fixture
def feeder_of() -> Iterator[Callable[[Path], Feeder]]:
    """Makes a feeder whose recording goes into the given folder."""
    made: list[Feeder] = []

    def make(folder: Path) -> Feeder:
        made.append(Feeder(make_rings(folder)))
        return made[-1]

    yield make
    for feeder in made:
        feeder.rings.close()


@pytest.fixture
def burst_killer() -> type[BurstKiller]:
    return BurstKiller


@pytest.fixture
def figures() -> type[Figures]:
    return Figures


@pytest.fixture
def rng() -> Any:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    return np.random.default_rng(seed)
