"""The push side of a stream: stages, which take chunks, and the pull side: supplies, which give them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from psi.stream.info import Chunk, Edge, StreamInfo


class Stage(ABC):
    """Settings + state + arithmetic. The answer may not depend on how samples arrive in chunks."""

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
    """Ends a chain: turns samples into edges instead of samples."""

    @abstractmethod
    def bind(self, info: StreamInfo) -> StreamInfo:
        """As :meth:`Stage.bind`; the returned info's ``fs`` is the rate at which edges are counted."""

    @abstractmethod
    def process(self, chunk: Chunk) -> Sequence[Edge]:
        """The edges that became certain with ``chunk``, ordered by sample, then channel."""


class Supply(Protocol):
    """Samples on request, for an output channel."""

    def read(self, s0: int, n: int) -> NDArray[Any]:
        """Samples ``s0 .. s0 + n`` as ``(n,)`` float64 in the channel's unit.

        Repeatable for everything beyond what the engine has committed, so that a change can
        rewrite what hardware still allows.
        """
        ...
