"""The base of all inputs, which is itself one: it keeps its channel's signal as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from atom.api import Bool, Str
from enaml.core.api import Declarative, d_

from psi.inputs.stage import StageBase
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import AnyStage, Stage


@dataclass(eq=False)
class InputStage(StageBase, Stage):
    """Hands every chunk on, under its own name."""

    kind: ClassVar[str] = "Input"
    keeps_range: ClassVar[bool] = True

    def bind(self, info: StreamInfo) -> StreamInfo:
        return self.makes(info)

    def process(self, chunk: Chunk) -> Chunk:
        return Chunk(chunk.data, chunk.s0, self.info)


class Input(Declarative):
    """Keeps the signal of the channel or input that it is nested in, under a name.

    Every other input is an ``Input`` that does something to the signal first; inputs nested in
    it go on from its result. A named input is saved: samples as an array, edges as events.

    A paradigm, which names no devices, contributes its inputs and says with ``source`` which named input of the rig, or
    of its own, each of them reads.

    A declaration is a template. :meth:`stage` makes what runs, anew for each run, and checks nothing:
    numeric settings of inputs take any value, so that wrong ones are found all at once, with their
    line, when the chain is built.
    """

    #: Name of the stream or of the edges; with none, the result only feeds the inputs nested in it.
    name = d_(Str())

    #: What people read; by default the name.
    label = d_(Str())

    #: Name of the input whose result this one reads, where it is contributed to ``psi.controller.io``; empty where it
    #: is nested in that input.
    source = d_(Str())

    #: Whether a named input is saved.
    save = d_(Bool(True))

    #: NumPy name of the dtype of samples as saved; computed are float64, or bool after a Threshold.
    dtype = d_(Str("float32"))

    def stage(self) -> AnyStage:
        """A new stage with this declaration's settings, not bound to any stream yet."""
        return InputStage(self.name)


class ContinuousInput(Input):
    """An :class:`Input`, by the name that stands beside ``EpochInput`` in manifests."""
