"""Whatever a function makes of each sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Value
from enaml.core.api import d_

from psi.core.errors import RunFault
from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.settings import Fault
from psi.signal.transform import apply, made_dtype, taken_dtype, transform_faults
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class TransformStage(StageBase, Stage):
    """Applies a function; see :class:`Transform`."""

    kind: ClassVar[str] = "Transform"
    keeps_band: ClassVar[bool] = False
    function: Any = None
    unit: Any = None
    # NumPy name of the dtype in which the function is given samples; known once bound.
    _taken: str = field(default="float64", init=False, repr=False)

    def check(self) -> list[Fault]:
        faults = [] if callable(self.function) else transform_faults(self.function, 1, "float64")
        if not (self.unit is None or isinstance(self.unit, str)):
            faults.append(Fault("unit", f"unit = {self.unit!r} must be text such as 'V', or None for the signal's own"))
        return faults

    def bind(self, info: StreamInfo) -> StreamInfo:
        faults = self.check()
        if callable(self.function):
            faults += transform_faults(self.function, info.n_channels, info.dtype)
        self.refuse(faults, info)
        self._taken = taken_dtype(self.function, info.n_channels, info.dtype)
        dtype = made_dtype(self.function, info.n_channels, info.dtype)
        unit = self.unit if self.unit is not None else "" if dtype == "bool" else info.unit
        return self.makes(info, dtype=dtype, unit=unit)

    def process(self, chunk: Chunk) -> Chunk:
        made = apply(self.function, chunk.data.astype(self._taken, copy=False))
        if made.shape != chunk.data.shape:
            raise RunFault(f"{self.title} on {self.info.name!r} makes shape {made.shape} of {chunk.data.shape}")
        return Chunk(made.astype(self.info.dtype, copy=False), chunk.s0, self.info)


class Transform(Input):
    """What a function makes of an array ``(n_channels, n_samples)``, of the same shape, sample by sample.

    The function is tried when the chain is built: it must keep the shape, change nothing, and give the same however the
    samples come in chunks. What it makes is float64, or bool where it makes levels. No delay is added.
    """

    #: A function of one array, such as ``lambda volts: 20 * volts + 37``.
    function = d_(Value())

    #: Unit of what it makes; by default the signal's own, and none of levels.
    unit = d_(Value())

    def stage(self) -> TransformStage:
        return TransformStage(self.name, function=self.function, unit=self.unit)
