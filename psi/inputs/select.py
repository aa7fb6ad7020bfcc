"""Some of a stream's channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from atom.api import Value
from enaml.core.api import d_

from psi.inputs.input import Input
from psi.inputs.stage import StageBase
from psi.signal.channels import ALLOWED, as_index, find_channels, spec_faults
from psi.signal.settings import Fault
from psi.stream.info import Chunk, StreamInfo
from psi.stream.stage import Stage


@dataclass(eq=False)
class SelectStage(StageBase, Stage):
    """Hands on some channels; see :class:`Select`."""

    kind: ClassVar[str] = "Select"
    keeps_range: ClassVar[bool] = True
    channels: Any = None
    _index: slice | list[int] = field(init=False, repr=False)

    def check(self) -> list[Fault]:
        if self.channels is None:
            return [Fault("channels", f"needs channels; {ALLOWED}")]
        return spec_faults("channels", self.channels)

    def bind(self, info: StreamInfo) -> StreamInfo:
        self.refuse(self.check(), info)
        found, faults = find_channels("channels", self.channels, info.n_channels, info.labels)
        if not faults and not found:
            faults.append(Fault("channels", f"channels = {self.channels!r} selects none of {info.n_channels} channels"))
        for index in sorted({index for index in found if found.count(index) > 1}):
            name = info.labels[index] if info.labels else index
            faults.append(Fault("channels", f"channels names channel {name!r} more than once; name it once"))
        self.refuse(faults, info)
        self._index = as_index(found)
        labels = tuple(info.labels[index] for index in found) if info.labels else ()
        return self.makes(info, n_channels=len(found), labels=labels)

    def process(self, chunk: Chunk) -> Chunk:
        return Chunk(chunk.data[self._index], chunk.s0, self.info)


class Select(Input):
    """Hands on some of a stream's channels, in the order in which they are named, with their labels."""

    #: An index (0 is the first, -1 the last), a label, a slice such as ``slice(0, 4)``, or a list of those.
    channels = d_(Value())

    def stage(self) -> SelectStage:
        return SelectStage(self.name, channels=self.channels)
