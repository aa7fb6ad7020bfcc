"""The signal chain under one channel, as it runs: made at Start, dropped at Stop."""

from __future__ import annotations

import functools
import keyword
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from psi.core.errors import ConfigurationError, Finding, Place, RunFault
from psi.core.names import did_you_mean
from psi.core.source_lines import source_file, where_of
from psi.inputs.folding import folding_findings
from psi.inputs.input import Input
from psi.inputs.node import EdgeSink, EpochSink, Node, SampleSink, info_text
from psi.inputs.stage import StageBase, StageError, title_of
from psi.stream.info import Chunk, LostEpoch, Mark, StreamInfo
from psi.stream.stage import AnyStage, EpochAccount, EpochStage

#: Where a declaration, or one of its settings, was written; empty where that is not known.
WhereOf = Callable[[Any, str], Place]

#: Dtypes in which computed samples can be saved without loss of more than precision.
SAVED_FLOATS = ("float32", "float64")
#: The same for levels.
SAVED_LEVELS = ("bool", "uint8", *SAVED_FLOATS)

#: What can be nested in a stage, by what it gives.
_FITS = {
    "samples": "nest it in a stage that gives those",
    "edges": "edges are read by stages such as EventRate",
    "epochs": "epochs are read by stages such as Baseline",
}


class Chain:
    """The stages under one channel, bound and connected; see :func:`build_chain`.

    Stages without a name at or below them do nothing: nobody can ever read them. All others run on
    every chunk, read or not, so that a reader may be attached at any time.
    """

    def __init__(self, source: StreamInfo, roots: Sequence[Node]) -> None:
        #: The channel's stream.
        self.source = source
        #: The nodes directly under the channel.
        self.roots = tuple(roots)
        #: All nodes, depth first, in the order of declaration.
        self.nodes = tuple(node for root in roots for node in root.walk())
        #: Index one past the last sample taken; ``None`` before the first chunk.
        self.position: int | None = None
        self._live = tuple(root for root in roots if root.settle())
        self._named = {node.name: node for node in self.nodes if node.name}
        self._listeners: dict[str, list[EpochStage]] = {}
        for node in self.nodes:
            if node.is_live and isinstance(node.stage, EpochStage):
                for name in node.stage.listens_to:
                    self._listeners.setdefault(name, []).append(node.stage)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    @property
    def saved(self) -> tuple[Node, ...]:
        """The nodes whose samples belong into the recording as arrays."""
        return tuple(node for node in self.nodes if node.is_saved and not node.is_event and not node.is_epochs)

    @property
    def epochs(self) -> tuple[Node, ...]:
        """The named nodes that give epochs."""
        return tuple(node for node in self.nodes if node.name and node.is_epochs)

    @property
    def events(self) -> tuple[Node, ...]:
        """The named nodes that give edges."""
        return tuple(node for node in self.nodes if node.name and node.is_event)

    @cached_property
    def warnings(self) -> tuple[Finding, ...]:
        """What can work but is hardly meant, with file and line: a Downsample that folds frequencies back."""
        return tuple(finding for node in self.nodes if node.is_live for finding in folding_findings(node))

    @property
    def settle_time(self) -> float:
        """Seconds until every stage's transient has fallen by 60 dB."""
        return max((node.settle_time for node in self.nodes if node.is_live), default=0.0)

    def node(self, name: str) -> Node:
        """The node called ``name``. Raises ``ConfigurationError`` with the nearest names."""
        if name not in self._named:
            hint = did_you_mean(name, self._named)
            raise ConfigurationError(f"no input on {self.source.name!r} is called {name!r}{hint}")
        return self._named[name]

    @property
    def listens_to(self) -> frozenset[str]:
        """Names of the marks that some stage wants to be told of."""
        return frozenset(self._listeners)

    def mark(self, mark: Mark) -> None:
        """Tell the stages that listen to it of ``mark``; from any thread."""
        for stage in self._listeners.get(mark.name, ()):
            stage.mark(mark)

    def account(self, sink: Callable[[str, LostEpoch], None]) -> None:
        """Call ``sink`` with each epoch that cannot be had, and with the name of the stage or of the first below it."""
        for node in self.nodes:
            if node.is_live and isinstance(node.stage, EpochAccount):
                node.stage.on_lost = functools.partial(sink, node.reader)

    def report(self, sink: Callable[[str, Mapping[str, Any]], None]) -> None:
        """Call ``sink`` with what stages find out about the signal, such as a threshold, and with a name as above."""
        for node in self.nodes:
            if node.is_live and isinstance(node.stage, StageBase):
                node.stage.on_found = functools.partial(sink, node.reader)

    def finish(self) -> dict[str, dict[str, Any]]:
        """No more samples will come: epochs that wait for some are lost.

        Returns what stages counted, by name and then by kind of stage; nothing of stages that handle no epochs.
        """
        counts: dict[str, dict[str, Any]] = {}
        for node in self.nodes:
            if node.is_live and isinstance(node.stage, EpochStage):
                node.finish()
        for node in self.nodes:
            if node.is_live and isinstance(node.stage, EpochAccount) and (counted := node.stage.counts()):
                counts.setdefault(node.reader, {})[node.kind] = dict(counted)
        return counts

    def attach(self, name: str, sink: SampleSink | EdgeSink | EpochSink) -> Callable[[], None]:
        """Call ``sink`` with each chunk that ``name`` makes, each of its edges or epochs; the result detaches it."""
        node = self.node(name)
        node.sinks = (*node.sinks, sink)

        def detach() -> None:
            node.sinks = tuple(other for other in node.sinks if other is not sink)

        return detach

    def push(self, chunk: Chunk) -> None:
        """Run ``chunk`` of the channel through all stages.

        Raises
        ------
        RunFault
            Where samples are missing, come twice, or are not of the channel's number of channels.
        """
        if self.position is not None and chunk.s0 != self.position:
            raise RunFault(
                f"{self.source.name!r} goes on at sample {chunk.s0}, but its chain waits for {self.position}; "
                "samples were lost or repeated between the engine and the chain"
            )
        if chunk.data.ndim != 2 or chunk.data.shape[0] != self.source.n_channels:
            raise RunFault(
                f"{self.source.name!r} gave a chunk of shape {chunk.data.shape}, "
                f"not ({self.source.n_channels}, n_samples)"
            )
        self.position = chunk.end
        if chunk.n_samples:
            for node in self._live:
                node.push(chunk)

    def describe(self, name: str) -> list[dict[str, Any]]:
        """The stages that make ``name``, from the channel down, fit for JSON."""
        return self.node(name).describe()

    def lines(self) -> list[str]:
        """The chain as text: the channel, then a line for each stage, indented as it is nested."""

        def below(nodes: Sequence[Node], depth: int) -> Iterator[str]:
            for node in nodes:
                yield "  " * depth + node.line()
                yield from below(node.children, depth + 1)

        return [f"{self.source.name} | {info_text(self.source)}", *below(self.roots, 1)]


def build_chain(
    source: StreamInfo,
    inputs: Sequence[Input],
    where: WhereOf | None = None,
    added: Mapping[str, Sequence[Input]] | None = None,
) -> Chain:
    """A new chain for the channel ``source``, from the ``inputs`` declared under it, which stay as they are.

    ``where`` tells where a declaration, or one of its settings, was written; by default in which line of which file.
    ``added`` holds, by the name of an input, those that are declared elsewhere and read what it makes.

    Raises
    ------
    ConfigurationError
        With every finding of the tree at once: settings that cannot work, names that are none or
        come twice, things that cannot be nested.
    """
    builder = _Builder(source, where or _where, added or {})
    roots = builder.nodes(inputs, source, None)
    if builder.findings:
        raise ConfigurationError(builder.findings)
    return Chain(source, roots)


class _Builder:
    def __init__(self, channel: StreamInfo, where: WhereOf, added: Mapping[str, Sequence[Input]]) -> None:
        self.channel = channel
        self._where = where
        self._added = added
        self.findings: list[Finding] = []
        self._names: dict[str, Input] = {}

    def nodes(
        self, inputs: Sequence[Any], source: StreamInfo | None, parent: Node | None, above: AnyStage | None = None
    ) -> list[Node]:
        # Below a refused stage nothing is known of the stream: its source is None there, and only
        # what can work nowhere is found.
        made = (self._node(declaration, source, parent, above) for declaration in inputs)
        return [node for node in made if node is not None]

    def _node(
        self, declaration: Any, source: StreamInfo | None, parent: Node | None, above: AnyStage | None
    ) -> Node | None:
        if not isinstance(declaration, Input):
            kind = type(declaration).__name__
            self._find(declaration, f"{kind} on {self.channel.name!r} is not an input; only inputs can be nested here")
            return None
        self._check_name(declaration)
        stage = declaration.stage()
        if stage.reads != (gives := above.gives if above else "samples"):
            message = f"{self._title(declaration)} on {self.channel.name!r} reads {stage.reads}, not {gives}"
            self._find(declaration, f"{message}; {_FITS[gives]}")
            source = None
        node = self._bound(declaration, stage, source, parent) if source is not None else None
        if source is None and isinstance(stage, StageBase):
            for fault in stage.check():
                self._find(declaration, f"{stage.title} on {self.channel.name!r}: {fault.message}", fault.setting)
        if node is not None and not node.is_event:
            self._check_dtype(node)
        below = (*declaration.children, *self._added.get(declaration.name, ()))
        children = self.nodes(below, node.info if node else None, node, stage)
        if node is not None:
            node.children = children
        return node

    def _bound(self, declaration: Input, stage: AnyStage, source: StreamInfo, parent: Node | None) -> Node | None:
        try:
            return Node(declaration, stage, source, stage.bind(source), parent)
        except StageError as refused:
            for finding, setting in zip(refused.findings, refused.settings, strict=True):
                self._find(declaration, finding.message, setting)
        except ConfigurationError as error:
            for finding in error.findings:
                self._find(declaration, finding.message)
        return None

    def _check_name(self, declaration: Input) -> None:
        name = declaration.name
        if not name:
            return
        if not name.isidentifier() or keyword.iskeyword(name):
            message = "is not a name; use letters, digits and underscores, not a digit first"
            self._find(declaration, f"{self._title(declaration)} on {self.channel.name!r}: {name!r} {message}", "name")
        if name in self._names:
            first = self._where(self._names[name], "") or type(self._names[name]).__name__
            message = f"an input on {self.channel.name!r} is called {name!r} already ({first}); rename one"
            self._find(declaration, f"{self._title(declaration)}: {message}", "name")
        self._names.setdefault(name, declaration)

    def _check_dtype(self, node: Node) -> None:
        kind = np.dtype(node.info.dtype).kind
        allowed = SAVED_LEVELS if kind == "b" else SAVED_FLOATS if kind == "f" else (node.info.dtype, *SAVED_FLOATS)
        if node.is_saved and node.save_dtype not in allowed:
            message = f"dtype = {node.save_dtype!r} cannot hold {node.info.dtype} samples; use {' or '.join(allowed)}"
            self._find(node.declaration, f"{node.title} on {self.channel.name!r}: {message}", "dtype")

    def _title(self, declaration: Input) -> str:
        return title_of(type(declaration).__name__, declaration.name)

    def _find(self, declaration: Any, message: str, setting: str = "") -> None:
        self.findings.append(Finding(message, self._where(declaration, setting)))


def _where(declaration: Any, setting: str = "") -> Place:
    # Made in Python there is no line, and the message names kind and name already.
    return where_of(declaration, setting or None) if source_file(declaration) else ""
