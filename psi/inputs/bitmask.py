"""One line of a digital port."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from atom.api import Value, set_default
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.settings import Fault, whole_faults
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class BitmaskStage(StageBase, Stage):
    """True where one bit is set; see :class:`Bitmask`."""

    kind: ClassVar[str] = "Bitmask"
    bit: Any = None
    _mask: Any = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        return whole_faults("bit", self.bit, 0, 63)

    def bind(self, info: StreamInfo) -> StreamInfo:
        dtype = np.dtype(info.dtype)
        if dtype.kind not in "iu":
            message = f"reads the whole numbers of a port, not {dtype} samples; nest it in a channel that gives them"
            self.refuse([*self.check(), Fault("", message)], info)
        n_bits = 8 * dtype.itemsize
        faults = whole_faults("bit", self.bit, 0, n_bits - 1)
        self.refuse((Fault("bit", f"{fault.message}, since samples are {dtype}") for fault in faults), info)
        # Through the unsigned type: the highest bit of a signed one cannot be written as one of its numbers.
        self._mask = np.array(1 << int(self.bit), dtype=f"u{dtype.itemsize}").view(dtype)[()]
        return self.makes(info, dtype="bool", unit="")

    def process(self, chunk: Chunk) -> Chunk:
        return Chunk((chunk.data & self._mask) != 0, chunk.s0, self.info)


class Bitmask(Input):
    """True where one bit of a port's whole numbers is set: ``(x >> bit) & 1``."""

    #: 0 for the lowest; below the number of bits of the samples.
    bit = d_(Value())

    dtype = set_default("bool")

    def stage(self) -> BitmaskStage:
        return BitmaskStage(self.name, bit=self.bit)
