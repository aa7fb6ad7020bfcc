"""Epochs side by side."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from atom.api import Value
from enaml.core.api import d_

from psi.core.errors import RunFault
from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.settings import Fault, whole_faults
from psi.stream.info import Epoch, StreamInfo
from psi.stream.stage import EpochFilter


@dataclass(eq=False)
class AccumulateStage(StageBase, EpochFilter):
    """Collects epochs; see :class:`Accumulate`."""

    kind: ClassVar[str] = "Accumulate"
    keeps_range: ClassVar[bool] = True
    n: Any = None
    _collected: list[Epoch] = field(default_factory=list, init=False, repr=False)

    def check(self) -> list[Fault]:
        return whole_faults("n", self.n, 1)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self.check(), info)
        self._collected = []
        n = int(self.n)
        labels = tuple(f"{label} [{index}]" for index in range(n) for label in info.labels)
        return self.makes(info, n_channels=n * info.n_channels, labels=labels)

    def process(self, epoch: Epoch) -> Epoch | None:
        if self._collected and self._collected[0].data.shape != epoch.data.shape:
            raise RunFault(
                f"{self.title} collects epochs of {self._collected[0].n_samples} samples from {epoch.info.name!r}, "
                f"but the one at sample {epoch.sample} has {epoch.n_samples}; give all epochs one length"
            )
        self._collected.append(epoch)
        if len(self._collected) < int(self.n):
            return None
        collected, self._collected = self._collected, []
        data = np.concatenate([one.data for one in collected])
        metadata = {
            **collected[0].metadata,
            "accumulated": [{"s0": one.s0, "sample": one.sample, **one.metadata} for one in collected],
        }
        return replace(collected[0], data=data, info=self.info, metadata=metadata)


class Accumulate(Input):
    """Collects n epochs of one length and hands them on as one, side by side.

    Row ``e * n_channels + c`` is channel c of epoch e. It has the position and the metadata of the first; in
    ``accumulated`` stand, epoch by epoch, ``s0``, ``sample`` and the metadata. Epochs that do not fill a group are
    not handed on. For samples, ``Blocked`` does this.
    """

    #: Epochs in a group, a whole number.
    n = d_(Value())

    def stage(self) -> AccumulateStage:
        return AccumulateStage(self.name, n=self.n)
