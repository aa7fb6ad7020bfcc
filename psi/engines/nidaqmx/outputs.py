"""A timed output task during one run: keeps the device supplied with samples, a little ahead of what it plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from psi.core.errors import RunFault
from psi.engines.nidaqmx.plan import TaskPlan
from psi.hardware.engine import Ports

if TYPE_CHECKING:
    from psi.engines.nidaqmx.driver.task import NITask


class OutputTask:
    """Supplies ``task`` with the samples of the channels of ``plan``, ``look_ahead`` s ahead of what it plays."""

    #: Seconds that the device may take to accept samples for which it has room.
    TIMEOUT = 1.0

    def __init__(self, plan: TaskPlan, task: NITask, ports: Ports, look_ahead: float) -> None:
        self.plan = plan
        self.task = task
        #: First sample that can still be changed.
        self.committed = 0
        #: Samples that the device has played, when it was asked last.
        self.played = 0
        self._ports = ports
        # Half a block more, since the device is looked after twice in a block.
        self._ahead = max(1, round(look_ahead * plan.fs)) + plan.block // 2 + 1
        self._rows = [(channel.reference, len(channel.line_labels())) for channel in plan.channels]

    def prime(self) -> None:
        """Write what is held in advance, before the start."""
        self._write_to(self._ahead + self.plan.block)

    def feed(self) -> None:
        """Write what has become due. Raises ``NIError``."""
        self.played = self.task.generated()
        due = self.played + self._ahead
        # Small writes cost as much as large ones; a quarter of a block is not worth one.
        if due - self.committed > self.plan.block // 4:
            self._write_to(due)

    def _write_to(self, end: int) -> None:
        s0 = self.committed
        # Said before the samples are asked for: what is asked of a player meanwhile must lie behind them.
        self.committed = end
        self._write(self._samples(s0, end - s0))

    def _samples(self, s0: int, n: int) -> NDArray[np.float64]:
        rows = []
        for reference, n_lines in self._rows:
            samples = self._ports.outputs[reference].read(s0, n)
            rows += [samples] * n_lines
        return np.array(rows, dtype=np.float64)

    def _write(self, samples: NDArray[np.float64]) -> None:
        """Write all of ``samples``: the driver may take fewer without a word, and is then given the rest."""
        left = samples
        while left.shape[1]:
            taken = self.task.write(self.plan.kind, left, self.TIMEOUT)
            if taken <= 0:
                raise RunFault(
                    f"{self.plan.name} took {samples.shape[1] - left.shape[1]} of {samples.shape[1]} samples and no "
                    "more; the output would have a gap"
                )
            left = left[:, taken:]
