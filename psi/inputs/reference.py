"""Channels against other channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from atom.api import Str, Value
from enaml.core.api import d_
from numpy.typing import NDArray

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.channels import ALLOWED, as_index, find_channels, spec_faults
from psi.signal.reference import matrix_faults, rereference, weigh
from psi.signal.settings import Fault, choice_faults
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage

#: What the channels are taken against, and the setting that goes with it.
MODES = {"average": "exclude", "channel": "channel", "matrix": "matrix"}


@dataclass(eq=False)
class ReferenceStage(StageBase, Stage):
    """Subtracts a reference from all channels; see :class:`Reference`."""

    kind: ClassVar[str] = "Reference"
    mode: str = "average"
    exclude: Any = ()
    channel: Any = None
    matrix: Any = None
    # What is subtracted is the mean of these channels; None where there is a matrix.
    _against: slice | list[int] | None = field(init=False, repr=False)
    _matrix: NDArray[np.float64] = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        faults = choice_faults("mode", self.mode, tuple(MODES))
        if faults:
            return faults
        for mode, setting in MODES.items():
            value = getattr(self, setting)
            given = value is not None and not (setting == "exclude" and isinstance(value, list | tuple) and not value)
            if mode != self.mode and given:
                message = f"{setting} is set, but mode = {self.mode!r}; set mode = {mode!r} or leave it out"
                faults.append(Fault(setting, message))
        if self.mode == "average":
            faults += spec_faults("exclude", self.exclude)
        elif self.mode == "matrix":
            faults += matrix_faults("matrix", self.matrix)
        elif self.channel is None:
            faults.append(Fault("channel", f"mode = 'channel' needs channel; {ALLOWED}"))
        else:
            faults += spec_faults("channel", self.channel)
        return faults

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self.check(), info)
        n_channels, labels = info.n_channels, info.labels
        self._against = None
        if self.mode == "matrix":
            self.refuse(matrix_faults("matrix", self.matrix, n_channels), info)
            self._matrix = np.array(self.matrix, dtype=np.float64)
            n_out = len(self._matrix)
            labels = labels if n_out == n_channels else ()
            return self.makes(info, dtype="float64", n_channels=n_out, labels=labels)
        setting = MODES[self.mode]
        named, faults = find_channels(setting, getattr(self, setting), n_channels, labels)
        against = [index for index in range(n_channels) if (index in named) == (self.mode == "channel")]
        if not faults and not against:
            left = "leaves none to average" if self.mode == "average" else "names none"
            faults.append(Fault(setting, f"{setting} = {getattr(self, setting)!r} {left} of {n_channels} channels"))
        self.refuse(faults, info)
        self._against = as_index(against)
        return self.makes(info, dtype="float64")

    def process(self, chunk: Chunk) -> Chunk:
        if self._against is None:
            return Chunk(weigh(self._matrix, chunk.data), chunk.s0, self.info)
        return Chunk(rereference(chunk.data, self._against), chunk.s0, self.info)


class Reference(Input):
    """Takes channels against others, sample by sample.

    'average': all channels less the mean of all, but for those that are excluded, which are referenced, too.
    'channel': all channels less one, or less the mean of several, as of linked ears. 'matrix': weighted sums,
    ``y = matrix @ x``; where it gives as many channels as it takes they keep their labels, else they have none.
    """

    #: 'average', 'channel' or 'matrix'.
    mode = d_(Str("average"))

    #: Channels that do not count in the average: an index, a label, a slice, or a list of those.
    exclude = d_(Value(()))

    #: The channel that is subtracted from all: an index, a label, a slice, or a list of those.
    channel = d_(Value())

    #: Rows of weights, one row for each channel that is made, one weight for each that is there.
    matrix = d_(Value())

    def stage(self) -> ReferenceStage:
        return ReferenceStage(self.name, mode=self.mode, exclude=self.exclude, channel=self.channel, matrix=self.matrix)
