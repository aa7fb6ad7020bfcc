"""Two stages in one step, where nobody reads what the first one makes."""

from __future__ import annotations

from collections.abc import Callable

from psi.inputs.downsample import DownsampleStage
from psi.inputs.iir_filter import IIRFilterStage
from psi.signal.filter_downsample import FilterDownsampler
from psi.stream.info import Chunk
from psi.stream.stage import AnyStage


def fuse(first: AnyStage, second: AnyStage) -> Callable[[Chunk], Chunk] | None:
    """What makes of a chunk that ``first`` reads the one that ``second`` gives, where one step can; both are bound.

    A filter of which only every q-th sample is wanted computes no others.
    """
    if not (isinstance(first, IIRFilterStage) and isinstance(second, DownsampleStage)) or first.passthrough:
        return None
    downsampler = FilterDownsampler(first.design.sos, int(second.q), first.start)
    info = second.info

    def process(chunk: Chunk) -> Chunk:
        data, s0 = downsampler.process(chunk.data, chunk.s0)
        return Chunk(data, s0, info)

    return process
