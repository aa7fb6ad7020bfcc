"""The push side of a stream: stages, of five kinds; and the pull side: supplies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol

from numpy.typing import NDArray

from psi.stream.info import Chunk, Edge, Epoch, LostEpoch, Mark, StreamInfo

#: What stages read and give.
Kind = Literal["samples", "edges", "epochs"]


class Stage(ABC):
    """Settings + state + arithmetic. The answer may not depend on how samples arrive in chunks."""

    reads: ClassVar[Kind] = "samples"
    gives: ClassVar[Kind] = "samples"

    @abstractmethod
    def bind(self, info: StreamInfo) -> StreamInfo:
        """Make the state for an input described by ``info`` and describe the output.

        The one place where state is made. Raises ``ConfigurationError`` naming the value that
        cannot work and what is allowed (Nyquist, unstable filter, a q that does not fit).
        """

    @abstractmethod
    def process(self, chunk: Chunk) -> Chunk:
        """The output for the next ``chunk``, which is not changed. Empty chunks in and out are fine."""


class EventStage(ABC):
    """Turns samples into edges."""

    reads: ClassVar[Kind] = "samples"
    gives: ClassVar[Kind] = "edges"

    #: Seconds from an edge's sample to the sample that makes it certain; known once bound.
    hold_back: float = 0.0

    @abstractmethod
    def bind(self, info: StreamInfo) -> StreamInfo:
        """As :meth:`Stage.bind`; the returned info's ``fs`` is the rate at which edges are counted."""

    @abstractmethod
    def process(self, chunk: Chunk) -> Sequence[Edge]:
        """The edges that became certain with ``chunk``, ordered by sample, then channel."""


class EdgeReader(ABC):
    """Turns edges into samples, for instance how many there are per second."""

    reads: ClassVar[Kind] = "edges"
    gives: ClassVar[Kind] = "samples"

    @abstractmethod
    def bind(self, info: StreamInfo) -> StreamInfo:
        """As :meth:`Stage.bind`; ``info.fs`` is the rate at which edges are counted."""

    def begin(self, sample: int) -> None:  # noqa: B027 - most may not care
        """Take the index of the stream's first sample, once, before the first call of :meth:`process`."""

    @abstractmethod
    def process(self, edges: Sequence[Edge], known: int) -> Chunk:
        """The samples that follow from ``edges``, now that all edges before sample ``known`` have been given."""


class EpochAccount:
    """Mix-in of what makes epochs or lets them through: none is missing without a word."""

    #: Called with each epoch that cannot be had, on the thread that the samples come on; set by whoever keeps account.
    on_lost: Callable[[LostEpoch], None] | None = None

    def lose(self, lost: LostEpoch) -> None:
        """Say that there will be no such epoch."""
        if self.on_lost is not None:
            self.on_lost(lost)

    def counts(self) -> Mapping[str, Any]:
        """How many epochs there were, and what became of them, fit for JSON; for the end of a run."""
        return {}


class EpochStage(EpochAccount, ABC):
    """Turns samples into epochs around marks."""

    reads: ClassVar[Kind] = "samples"
    gives: ClassVar[Kind] = "epochs"

    #: Names of the marks that it wants to be told of.
    listens_to: tuple[str, ...] = ()

    @abstractmethod
    def bind(self, info: StreamInfo) -> StreamInfo:
        """As :meth:`Stage.bind`; epochs have the returned info."""

    def mark(self, mark: Mark) -> None:
        """Take a mark, from any thread; what follows from it comes with the next chunk at the earliest."""
        raise NotImplementedError(f"{type(self).__name__} listens to {self.listens_to} but takes no marks")

    @abstractmethod
    def process(self, chunk: Chunk) -> Sequence[Epoch]:
        """The epochs that are complete with ``chunk``, in the order in which they became so."""

    def finish(self) -> Sequence[Epoch]:
        """No more samples will come: the epochs that are complete with what was told last; :meth:`lose` the others."""
        return ()


class EpochFilter(EpochAccount, ABC):
    """Changes, measures or drops epochs, one at a time."""

    reads: ClassVar[Kind] = "epochs"
    gives: ClassVar[Kind] = "epochs"

    @abstractmethod
    def bind(self, info: StreamInfo) -> StreamInfo:
        """As :meth:`Stage.bind`."""

    @abstractmethod
    def process(self, epoch: Epoch) -> Epoch | None:
        """What becomes of ``epoch``, which is not changed; ``None`` drops it."""


#: Whatever can stand in a chain.
AnyStage = Stage | EventStage | EdgeReader | EpochStage | EpochFilter


class Supply(Protocol):
    """Samples on request, for an output channel."""

    def read(self, s0: int, n: int) -> NDArray[Any]:
        """Samples ``s0 .. s0 + n`` as ``(n,)`` float64 in the channel's unit.

        Repeatable for everything beyond what the engine has committed, so that a change can
        rewrite what hardware still allows.
        """
        ...
