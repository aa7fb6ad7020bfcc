"""One stage of a chain, as it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from psi.inputs.input import Input
from psi.inputs.stage import settings_of, title_of
from psi.stream.info import Chunk, Edge, StreamInfo
from psi.stream.stage import EventStage, Stage

SampleSink = Callable[[Chunk], None]
EdgeSink = Callable[[Edge], None]


@dataclass(eq=False)
class Node:
    """A stage bound to the stream it reads, with what reads from it."""

    #: The declaration that the stage was made from; never changed.
    declaration: Input
    stage: Stage | EventStage
    #: The stream that the stage reads.
    source: StreamInfo
    #: The stream that it makes, or the rate at which its edges are counted.
    info: StreamInfo
    #: The node that it is nested in; ``None`` directly under the channel.
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    #: Called with each chunk that has samples, or with each edge, in the order of attachment.
    sinks: tuple[Callable[[Any], None], ...] = ()
    # The children with a name at or below them, filled in when the chain is complete.
    _live: tuple[Node, ...] = ()

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
    def is_event(self) -> bool:
        """Whether the node gives edges instead of samples."""
        return isinstance(self.stage, EventStage)

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
        """Seconds from an edge's sample to the sample that makes it certain; 0 for samples."""
        return float(getattr(self.stage, "hold_back", 0.0))

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

    def settle_liveness(self) -> bool:
        """Fix which nodes run, here and below; :attr:`is_live` afterwards."""
        self._live = tuple(child for child in self.children if child.settle_liveness())
        return self.is_live

    def push(self, chunk: Chunk) -> None:
        """Process ``chunk``; hand the result to the sinks first, then to the nodes below."""
        if self.is_event:
            for edge in cast(EventStage, self.stage).process(chunk):
                for sink in self.sinks:
                    sink(edge)
            return
        made = cast(Stage, self.stage).process(chunk)
        if made.n_samples == 0:
            return
        for sink in self.sinks:
            sink(made)
        for child in self._live:
            child.push(made)

    def describe(self) -> list[dict[str, Any]]:
        """The stages from the channel down to this one: kind, name and settings, fit for JSON."""
        above = self.parent.describe() if self.parent else []
        return [*above, {"kind": self.kind, "name": self.name, "settings": settings_of(self.stage)}]

    def line(self) -> str:
        """The node in one line of text: kind, name, settings; rate, unit, shape, delay; who reads it."""
        settings = " ".join(
            f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}"
            for key, value in settings_of(self.stage).items()
            if value is not None
        )
        parts = (f"{self.title} {settings}".rstrip(), info_text(self.info), self._fate())
        return " | ".join(part for part in parts if part)

    def _fate(self) -> str:
        if not self.is_live:
            return "nobody reads it"
        if not self.name:
            return ""
        what = "events" if self.is_event else self.save_dtype
        return f"saved as {what}" if self.is_saved else f"{what}, not saved" if self.is_event else "not saved"


def info_text(info: StreamInfo) -> str:
    """``'500 /s, V, 1 channel, delay 2.08 ms'``."""
    channels = f"{info.n_channels} channel" + ("s" if info.n_channels != 1 else "")
    parts = [f"{info.fs:g} /s", info.unit or info.dtype, channels]
    if info.delay:
        parts.append(f"delay {info.delay * 1000:.3g} ms")
    return ", ".join(parts)
