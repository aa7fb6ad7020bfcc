"""A signal chain without a rig: samples in, streams, events and epochs out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from psi.core.errors import ConfigurationError
from psi.inputs.chain import Chain, build_chain
from psi.inputs.input import Input
from psi.inputs.node import Node
from psi.inputs.spike_detect import SpikeDetectStage
from psi.stream.info import Chunk, Epoch, LostEpoch, Mark, StreamInfo
from psi.testing.chain_text import ChainText

#: How chunks come when nobody says otherwise: 10 ms, as an engine would give them.
_CHUNK_DURATION = 0.01


class Event(NamedTuple):
    """An edge, as a paradigm would be told of it."""

    #: Of the stage.
    name: str
    #: Absolute index at the rate of the stream that the stage reads.
    sample: int
    #: Seconds since sample 0.
    time: float
    edge: Literal["rising", "falling"]
    channel: int


@dataclass
class Driven:
    """What a chain made of a signal; named stages only, since nobody can read others."""

    #: The chain that was run, for a look at its nodes.
    chain: Chain
    #: Name -> shape (n_channels, n_samples), as computed (float64; bool for levels).
    streams: dict[str, NDArray[Any]] = field(default_factory=dict)
    #: Name -> what the stream is.
    info: dict[str, StreamInfo] = field(default_factory=dict)
    #: Name -> absolute index of the stream's first sample, at its own rate.
    s0: dict[str, int] = field(default_factory=dict)
    #: In the order in which they became known; those of one chunk by the order of declaration.
    events: list[Event] = field(default_factory=list)
    #: Name -> epochs, in the order in which they became complete.
    epochs: dict[str, list[Epoch]] = field(default_factory=dict)
    #: Name -> epochs that could not be had, those that still waited when the samples ended included.
    lost: dict[str, list[LostEpoch]] = field(default_factory=dict)
    #: Name -> kind of stage -> what stages counted that make, reject or leave out epochs.
    counts: dict[str, dict[str, Any]] = field(default_factory=dict)


def drive(
    chain: str | Input | Sequence[Input],
    data: ArrayLike,
    fs: float,
    chunk_sizes: int | Iterable[int] | None = None,
    unit: str = "V",
    *,
    s0: int = 0,
    labels: Sequence[str] = (),
    marks: Iterable[Mark | tuple[str, float]] = (),
    marks_late: float = 0.0,
) -> Driven:
    r"""Run ``data`` through ``chain``, as an engine would.

    Parameters
    ----------
    chain
        Enaml text of one or more stages, in which every name of :mod:`psi.api` is known, or declarations.
    data
        Shape ``(n_channels, n_samples)``, or ``(n_samples,)`` for one channel. Never changed.
    fs
        Samples per second.
    chunk_sizes
        Samples in each chunk: one number for all, or several, which are repeated when they are used up; 0 is an
        empty chunk. By default chunks of 10 ms.
    unit
        Of the samples.
    s0
        Absolute index of the first sample.
    labels
        One for each channel.
    marks
        What happened when, in seconds since sample 0, for stages such as ``ExtractEpochs``; a name and a time
        are enough.
    marks_late
        Seconds from a mark's time to the samples with which the chain is told of it.

    Raises
    ------
    ConfigurationError
        With everything that is wrong with the chain, or with what is asked.

    Examples
    --------
    >>> driven = drive("Downsample:\n    name = 'thin'\n    q = 2", [1.0, 2.0, 3.0], fs=100)
    >>> driven.streams['thin'], driven.info['thin'].fs
    (array([[1., 3.]]), 50.0)
    """
    samples = np.atleast_2d(np.asarray(data))
    if samples.ndim != 2:
        raise ConfigurationError(f"data has shape {samples.shape}; give (n_samples,) or (n_channels, n_samples)")
    if samples.dtype == object:
        raise ConfigurationError("data holds objects; give numbers or bools")
    if not fs > 0:
        raise ConfigurationError(f"fs = {fs} samples/s must be greater than 0")
    source = StreamInfo("driven", float(fs), samples.shape[0], samples.dtype.name, unit, tuple(labels))
    text = ChainText(chain) if isinstance(chain, str) else None
    built = build_chain(source, text.stages, text.where) if text else build_chain(source, declarations_of(chain))
    driven = Driven(built)
    pieces = {node.name: _collect(node, built, driven) for node in built.nodes if node.name}
    built.account(lambda name, lost: driven.lost.setdefault(name, []).append(lost))
    waiting = sorted((_as_mark(mark) for mark in marks), key=lambda mark: mark.time)
    # Nobody but the caller may change the data.
    view = samples.view()
    view.flags.writeable = False
    for begin, end in _spans(samples.shape[1], chunk_sizes, max(1, round(fs * _CHUNK_DURATION))):
        while waiting and (waiting[0].time + marks_late) * fs < s0 + end:
            built.mark(waiting.pop(0))
        # What follows from an infinite sample is NaN, and nothing to warn of.
        with np.errstate(invalid="ignore"):
            built.push(Chunk(view[:, begin:end], s0 + begin, source))
    # What would be told later still is told at the end, as when a run stops.
    for mark in waiting:
        built.mark(mark)
    driven.counts = built.finish()
    for node in built.nodes:
        if node.name and not node.is_event and not node.is_epochs:
            chunks = pieces[node.name]
            driven.s0[node.name] = chunks[0].s0 if chunks else 0
            empty = np.empty((node.info.n_channels, 0), node.info.dtype)
            driven.streams[node.name] = np.concatenate([empty, *(chunk.data for chunk in chunks)], axis=1)
    return driven


def _collect(node: Node, chain: Chain, driven: Driven) -> list[Any]:
    """Attach to ``node`` what fills ``driven``; for samples, the list that its chunks go to."""
    driven.info[node.name] = node.info
    made: list[Any] = []
    if node.is_event:
        fs, name = node.info.fs, node.name

        def post(edge: Any) -> None:
            kind: Literal["rising", "falling"] = "rising" if edge.rising else "falling"
            driven.events.append(Event(name, edge.sample, edge.sample / fs, kind, edge.channel))

        chain.attach(name, post)
    elif node.is_epochs:
        if isinstance(node.stage, SpikeDetectStage):
            chain.attach(node.name, lambda spike: driven.events.append(_spike_event(node, spike)))
        chain.attach(node.name, driven.epochs.setdefault(node.name, []).append)
    else:
        chain.attach(node.name, made.append)
    return made


def _spike_event(node: Node, spike: Epoch) -> Event:
    """A spike, which a paradigm is told of as an event too: positive ones rise, negative ones fall."""
    kind: Literal["rising", "falling"] = "rising" if spike.metadata["polarity"] == "positive" else "falling"
    return Event(node.name, spike.sample, spike.sample / node.info.fs, kind, int(spike.metadata["channel"]))


def declarations_of(chain: str | Input | Sequence[Input]) -> list[Input]:
    """The stages of ``chain``; Enaml text is compiled. Raises ``ConfigurationError`` where it is none."""
    if isinstance(chain, str):
        return ChainText(chain).stages
    return [chain] if isinstance(chain, Input) else list(chain)


def _as_mark(mark: Mark | tuple[str, float]) -> Mark:
    return mark if isinstance(mark, Mark) else Mark(mark[0], float(mark[1]))


def _spans(n_samples: int, chunk_sizes: int | Iterable[int] | None, default: int) -> Iterable[tuple[int, int]]:
    """Begin and end of each chunk."""
    if chunk_sizes is None or isinstance(chunk_sizes, int):
        sizes: list[int] = [default if chunk_sizes is None else chunk_sizes]
    else:
        sizes = [int(size) for size in chunk_sizes]
    if n_samples and (not any(sizes) or min(sizes) < 0):
        raise ConfigurationError(f"chunk_sizes = {sizes} never reach the end; give sizes of 0 and more, not all 0")
    begin = 0
    for size in (size for cycle in repeat(sizes) for size in cycle):
        if begin >= n_samples:
            return
        yield begin, min(begin + size, n_samples)
        begin += size
