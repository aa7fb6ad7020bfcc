"""Two stages in one step, where nobody reads what the first one makes."""

from __future__ import annotations

from collections.abc import Callable

from psi.inputs.downsample import DownsampleStage
from psi.inputs.fir_filter import FIRFilterStage
from psi.inputs.iir_filter import IIRFilterStage
from psi.inputs.notch import NotchStage
from psi.signal.filter_downsample import FilterDownsampler
from psi.signal.fir_filter import FirDownsampler
from psi.stream.info import Chunk
from psi.stream.stage import AnyStage


def fuse(first: AnyStage, second: AnyStage) -> Callable[[Chunk], Chunk] | None:
    """What makes of a chunk that ``first`` reads the one that ``second`` gives, where one step can; both are bound.

    A filter of which only every q-th sample is wanted computes no others.
    """
    if not isinstance(second, DownsampleStage):
        return None
    downsampler = _filter_downsampler(first, int(second.q))
    if downsampler is None:
        return None
    process_data, info = downsampler.process, second.info

    def process(chunk: Chunk) -> Chunk:
        data, s0 = process_data(chunk.data, chunk.s0)
        return Chunk(data, s0, info)

    return process


def _filter_downsampler(stage: AnyStage, q: int) -> FilterDownsampler | FirDownsampler | None:
    if isinstance(stage, FIRFilterStage):
        return FirDownsampler(stage.design.taps, q, stage.start)
    if isinstance(stage, NotchStage) or (isinstance(stage, IIRFilterStage) and not stage.passthrough):
        return FilterDownsampler(stage.design.sos, q, stage.start)
    return None
