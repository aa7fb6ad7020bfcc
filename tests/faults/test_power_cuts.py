"""Power cuts, replayed: of each file what was synced is there, and of what was written since then any pages, or none.

A store in this process is watched at each ``fsync`` of its file and whenever its counts are replaced. Between two syncs
a cut may leave any of the 4 kB pages that were written, in any order, and the old or the new length; the counts are the
old ones or the new ones, as they are replaced at once, and of the notes of chunks what belongs to them, with anything
behind it.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from psi.data import durable_files, recording_file
from psi.data.layout import CHUNKS_NAME, COMMITTED_NAME, FILE_NAME
from psi.data.store import Store

PAGE = 4096
#: Blocks of 50 ms between two bursts.
BLOCKS = 20


@dataclass
class Content:
    """What a file holds, without the zeros at its end, and how long it is."""

    data: bytes = b""
    length: int = 0

    @classmethod
    def of(cls, path: Path) -> Content:
        data = path.read_bytes()
        return cls(data.rstrip(b"\0"), len(data))


class Counts(NamedTuple):
    """The two small files beside it."""

    committed: bytes | None = None
    chunks: bytes = b""

    @classmethod
    def of(cls, folder: Path) -> Counts:
        files = folder / COMMITTED_NAME, folder / CHUNKS_NAME
        committed, chunks = (path.read_bytes() if path.exists() else None for path in files)
        return cls(committed, chunks or b"")


@dataclass
class Sync:
    """What a file held when it was synced, and what was fed until then."""

    before: Content
    after: Content
    counts: Counts
    next_counts: Counts
    blocks: int


class Tape:
    """Notes down what reaches the disk, and when."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.syncs: list[Sync] = []
        self.blocks = 0
        self._file = folder / FILE_NAME
        self._committed = folder / COMMITTED_NAME
        self._synced = Content()
        fsync = os.fsync

        def watched(fd: int) -> None:
            fsync(fd)
            if self._file.exists() and os.path.samestat(os.fstat(fd), self._file.stat()):
                self._note()

        monkeypatch.setattr(recording_file.os, "fsync", watched)
        put = durable_files.put_in_place

        def put_watched(beside: Path, path: Path) -> None:
            put(beside, path)
            if path == self._committed and self.syncs:
                self.syncs[-1].next_counts = Counts.of(folder)

        monkeypatch.setattr(durable_files, "put_in_place", put_watched)

    def _note(self) -> None:
        now = Content.of(self._file)
        self.syncs.append(Sync(self._synced, now, Counts.of(self._file.parent), Counts(), self.blocks))
        self._synced = now


def torn(sync: Sync, rng: np.random.Generator) -> Content:
    """The file after a cut before ``sync``: some of its pages, in what was there before."""
    share = rng.choice([0.0, 0.1, 0.5, 0.9])
    length = (sync.after if rng.random() < 0.7 else sync.before).length
    left = bytearray(sync.before.data.ljust(len(sync.after.data), b"\0"))
    for at in range(0, len(sync.after.data), PAGE):
        if rng.random() < share:
            left[at : at + PAGE] = sync.after.data[at : at + PAGE]
    return Content(bytes(left[:length]), length)


@pytest.fixture
def cut(tmp_path: Path, rng: np.random.Generator) -> Callable[..., Path]:
    """Leaves a file and its counts as a cut left them, in a folder of their own: HDF5 knows a file by its inode."""
    numbers = itertools.count()

    def leave(file: Content, counts: Counts) -> Path:
        folder = tmp_path / f"cut{next(numbers)}"
        folder.mkdir()
        with open(folder / FILE_NAME, "wb") as left:
            left.write(file.data)
            left.truncate(file.length)
        assert counts.committed is not None
        (folder / COMMITTED_NAME).write_bytes(counts.committed)
        (folder / CHUNKS_NAME).write_bytes(counts.chunks + rng.bytes(int(rng.integers(0, 100))))
        return folder

    return leave


@pytest.mark.parametrize(
    ("bursts", "cuts"),
    [(12, 20), pytest.param(12, 1000, marks=pytest.mark.long), pytest.param(140, 500, marks=pytest.mark.long)],
)
def test_after_a_power_cut_all_but_the_last_burst_is_there(
    tmp_path: Path,
    feeder_of: Callable[[Path], Any],
    figures: Callable[[str], Any],
    cut: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    rng: np.random.Generator,
    bursts: int,
    cuts: int,
) -> None:
    tape = Tape(tmp_path / "run", monkeypatch)
    feeder = feeder_of(tmp_path / "run")
    store = Store(feeder.rings.plan)
    store.open()
    for _ in range(bursts):
        for _ in range(BLOCKS):
            feeder.feed()
        tape.blocks = feeder.blocks
        assert store.work()
    feeder.finish()
    store.close()
    said = figures(f"power, pages in any order, {bursts} bursts")
    syncs = [sync for sync in tape.syncs if sync.counts.committed is not None and sync.before.data]
    assert len(syncs) > bursts, "those that close the file are among them"
    while said.kills < cuts:
        # Half of them into the close, which is rare and goes on for long.
        sync = syncs[int(rng.integers(bursts if said.kills % 2 else 0, len(syncs)))]
        said.kills += 1
        if sync.next_counts.committed is not None and rng.random() < 0.3:
            # After the sync: the file is whole, the counts are the old ones or the new ones.
            folder, least = cut(sync.after, sync.next_counts), sync.blocks
        else:
            folder, least = cut(torn(sync, rng), sync.counts), sync.blocks - BLOCKS
        said.look(folder, None, (max(0, least) * 1000, max(0, least)))
        shutil.rmtree(folder)
    said.assert_nothing_lost()
