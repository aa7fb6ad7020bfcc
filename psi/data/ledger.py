"""What a store knows of its part beside the samples: where it began, how far it is, how the run ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.data.committed import Committed, Sums
from psi.data.intake import Intake
from psi.data.layout import EPOCHS, block_length
from psi.data.plan import RecordingPlan
from psi.data.recording_file import RecordingFile
from psi.data.rows import Finish, RowBatch
from psi.data.sums import SpanSums


class Ledger:
    """Keeps the counts of the part that ``plan`` names, and goes on from those of the part ``before`` it."""

    def __init__(
        self,
        plan: RecordingPlan,
        intake: Intake,
        before: Committed | None = None,
    ) -> None:
        self._plan = plan
        self._intake = intake
        chunks = [block_length(array.fs, array.n_channels, np.dtype(array.dtype).itemsize) for array in plan.arrays]
        self._sums = [SpanSums(chunk) for chunk in chunks]
        #: Part that this one follows; 0 where it follows none.
        self.before = 0 if before is None else before.part
        self.first = intake.positions()
        self.n_gaps = 0
        self.finish: Finish | None = None
        self.latency: tuple[list[float], list[int]] | None = None
        if before is not None:
            self.n_gaps = before.n_gaps
            self.finish = None if before.finish is None else Finish(**before.finish)
            self.latency = None if before.latency is None else (before.latency["edges"], before.latency["counts"])

    def take(self, batch: RowBatch | None) -> None:
        """Keep what rows say of the whole run."""
        if batch is None:
            return
        self.n_gaps += batch.n_gaps
        self.latency = batch.latency or self.latency
        self.finish = batch.finish or self.finish

    def add(self, blocks: Sequence[NDArray[Any]]) -> None:
        """Count ``blocks``, one for each array, which are on the disk."""
        for sums, block in zip(self._sums, blocks, strict=True):
            sums.add(block.T)

    def sums(self) -> dict[str, SpanSums]:
        """What the samples of each array of this part sum to, by the array's path."""
        n_streams = len(self._plan.streams)
        paths = [f"/streams/{array.name}" for array in self._plan.streams]
        paths += [f"{EPOCHS}/{array.name}/data" for array in self._plan.arrays[n_streams:]]
        return dict(zip(paths, self._sums, strict=True))

    def write(self, folder: Path, file: RecordingFile, chunks: int) -> None:
        """Put the counts beside ``file``, for good, with that of the ``chunks`` that were noted. Raises ``OSError``."""
        n_streams = len(self._plan.streams)
        names = [array.name for array in self._plan.arrays]
        totals = [sums.total for sums in self._sums]
        Committed(
            run_id=self._plan.run_id,
            part=self._plan.part,
            first=self.first,
            **self._intake.positions().model_dump(),
            tables={path: table.n_rows for path, table in (file.tables | file.epoch_tables).items()},
            trials=file.trials.n_rows,
            chunks=chunks,
            sums=Sums(
                streams=dict(zip(names[:n_streams], totals[:n_streams], strict=True)),
                epochs=dict(zip(names[n_streams:], totals[n_streams:], strict=True)),
            ),
            finish=None if self.finish is None else asdict(self.finish),
            latency=None if self.latency is None else {"edges": self.latency[0], "counts": self.latency[1]},
            n_gaps=self.n_gaps,
        ).write(folder)
