"""One stage of a chain, as it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from psi.inputs.fusion import fuse
from psi.inputs.input import Input
from psi.inputs.stage import settings_of, title_of
from psi.stream.info import Chunk, Edge, Epoch, StreamInfo
from psi.stream.stage import AnyStage, EdgeReader, EpochFilter, EpochStage, EventStage, Kind, Stage

SampleSink = Callable[[Chunk], None]
EdgeSink = Callable[[Edge], None]
EpochSink = Callable[[Epoch], None]


@dataclass(eq=False)
class Node:
    """A stage bound to the stream it reads, with what reads from it."""

    #: The declaration that the stage was made from; never changed.
    declaration: Input
    stage: AnyStage
    #: The stream that the stage reads.
    source: StreamInfo
    #: The stream that it makes, that its epochs are cut from, or the rate at which its edges are counted.
    info: StreamInfo
    #: The node that it is nested in; ``None`` directly under the channel.
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    #: Called with each chunk that has samples, with each edge or each epoch, in the order of attachment.
    sinks: tuple[Callable[[Any], None], ...] = ()
    #: The child whose samples this node makes at once, without its own in between; ``None`` for most.
    fused: Node | None = None
    # The children with a name at or below them, filled in when the chain is complete.
    _live: tuple[Node, ...] = ()
    # Whether the children have been told where the stream begins; only those of edges are.
    _begun: bool = False
    # What turns what the parent gives into what this node gives, and the node that it is given by.
    _process: Callable[[Any], Any] = field(init=False, repr=False)
    _gives: Node = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._gives = self
        by_kind: dict[Kind, Callable[[Any], Any]] = {"edges": self._process_edges, "epochs": self._process_epoch}
        self._process = by_kind.get(self.stage.reads, cast(Stage, self.stage).process)

    @property
    def name(self) -> str:
        return str(self.declaration.name)

    @property
    def kind(self) -> str:
        """Name of the kind of stage, as written in a manifest."""
        return getattr(self.stage, "kind", "") or type(self.declaration).__name__

    @property
    def title(self) -> str:
        return title_of(self.kind, self.name)

    @property
    def reader(self) -> str:
        """The node's name, or that of the first node below it that has one; empty where nobody reads it."""
        return next((node.name for node in self.walk() if node.name), "")

    @property
    def is_event(self) -> bool:
        """Whether the node gives edges."""
        return self.stage.gives == "edges"

    @property
    def is_epochs(self) -> bool:
        """Whether the node gives epochs."""
        return self.stage.gives == "epochs"

    @property
    def is_live(self) -> bool:
        """Whether the node has a name or one below it: whether anybody may ever read what it makes."""
        return bool(self.name or self._live)

    @property
    def is_saved(self) -> bool:
        """Whether the node's samples or edges belong into the recording."""
        return bool(self.name and self.declaration.save)

    @property
    def save_dtype(self) -> str:
        """NumPy name of the dtype in which samples are saved."""
        return str(self.declaration.dtype)

    @property
    def hold_back(self) -> float:
        """Seconds from a sample of the channel to the one with which the node gives what follows from it, at most.

        That of this and all stages above it: an edge waits until it is certain, and a sample for the end of its block.
        """
        above = self.parent.hold_back if self.parent else 0.0
        return above + float(getattr(self.stage, "hold_back", 0.0))

    @property
    def settle_time(self) -> float:
        """Seconds until the transients of this and all stages above it have fallen by 60 dB."""
        above = self.parent.settle_time if self.parent else 0.0
        return above + float(getattr(self.stage, "settle_time", 0.0))

    def walk(self) -> Iterator[Node]:
        """The node and all below it, depth first, in the order of declaration."""
        yield self
        for child in self.children:
            yield from child.walk()

    def settle(self) -> bool:
        """Fix which nodes run, here and below, and what is computed in one step; :attr:`is_live` afterwards.

        To be called once, when the tree is complete.
        """
        self._live = tuple(child for child in self.children if child.settle())
        if not self.name and len(self._live) == 1:
            (child,) = self._live
            fused = fuse(self.stage, child.stage)
            if fused is not None:
                self.fused = child
                self._process, self._gives = fused, child
        return self.is_live

    def push(self, item: Any) -> None:
        """Process what the parent gives; hand each result to the sinks first, then to the nodes below."""
        made = self._process(item)
        gives = self._gives
        if isinstance(made, Chunk):
            if made.data.shape[1]:
                for sink in gives.sinks:
                    sink(made)
                for child in gives._live:
                    child.push(made)
            return
        for one in made:
            for sink in gives.sinks:
                sink(one)
        if gives._live:
            gives._hand_on(item, made)

    def finish(self) -> None:
        """Hand on the epochs that a node which cuts them can still give, now that the samples have ended."""
        made = cast(EpochStage, self.stage).finish()
        for epoch in made:
            for sink in self.sinks:
                sink(epoch)
        self._hand_on(None, made)

    def _hand_on(self, item: Any, made: Sequence[Any]) -> None:
        if isinstance(self.stage, EventStage):
            known = item.end - round(self.stage.hold_back * self.info.fs)
            if not self._begun:
                self._begun = True
                for child in self._live:
                    cast(EdgeReader, child.stage).begin(item.s0)
            for child in self._live:
                child.push((made, known))
            return
        for epoch in made:
            for child in self._live:
                child.push(epoch)

    def _process_edges(self, given: tuple[Sequence[Edge], int]) -> Chunk:
        return cast(EdgeReader, self.stage).process(*given)

    def _process_epoch(self, epoch: Epoch) -> Sequence[Epoch]:
        made = cast(EpochFilter, self.stage).process(epoch)
        return () if made is None else (made,)

    def describe(self) -> list[dict[str, Any]]:
        """The stages from the channel down to this one: kind, name and settings, fit for JSON."""
        above = self.parent.describe() if self.parent else []
        return [*above, {"kind": self.kind, "name": self.name, "settings": settings_of(self.stage)}]

    def line(self) -> str:
        """The node in one line of text: kind, name, settings; rate, unit, shape, delay; who reads it."""
        settings = " ".join(
            f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}"
            for key, value in settings_of(self.stage).items()
            if value not in (None, "", [])
        )
        parts = (f"{self.title} {settings}".rstrip(), info_text(self.info), self.fate)
        return " | ".join(part for part in parts if part)

    @property
    def fate(self) -> str:
        """Who reads what the node makes: ``'saved as float32, plotted'``; empty where only the nodes below do."""
        if not self.is_live:
            return "nobody reads it"
        if self.fused is not None:
            return f"computed with {self.fused.title}"
        if not self.name:
            return ""
        what = "events" if self.is_event else f"epochs of {self.save_dtype}" if self.is_epochs else self.save_dtype
        if not self.is_saved:
            return f"{what}, not saved" if self.is_event else "not saved"
        # What is saved is plotted, but for epochs: a console's figures read what the store reads.
        return f"saved as {what}" if self.is_epochs else f"saved as {what}, plotted"


def info_text(info: StreamInfo) -> str:
    """``'500 /s, V, 1 channel, delay 2.08 ms'``."""
    channels = f"{info.n_channels} channel" + ("s" if info.n_channels != 1 else "")
    parts = [f"{info.fs:g} /s", info.unit or info.dtype, channels]
    if info.delay:
        parts.append(f"delay {info.delay * 1000:.3g} ms")
    return ", ".join(parts)
