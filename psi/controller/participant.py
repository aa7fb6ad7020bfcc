"""What takes part in a run beside the controller itself: the store, later actors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from atom.api import Callable as CallableMember
from atom.api import Str
from enaml.core.api import Declarative, d_

from psi.context.context import Context
from psi.controller.io import RunIO
from psi.controller.run_parts import RunParts, RunSettings


class PreparedRun(Protocol):
    """What a participant may know of the run."""

    parts: RunParts
    settings: RunSettings
    context: Context
    io: RunIO

    @property
    def stop_request(self) -> Callable[[str], None]:
        """Called with a reason, from any thread: end the run well."""
        ...

    def waiting(self, what: str) -> None:
        """Say what the run waits for; to be called again and again while it does."""
        ...

    def post(self, name: str, info: Mapping[str, Any] | None = None) -> None:
        """Post the event ``name``, from any thread. Raises ``RunFault`` where nobody has declared it."""
        ...


class Participant(Protocol):
    """Made anew for each run. The run calls the hooks in this order, on its own thread."""

    def prepare(self, run: PreparedRun) -> None:
        """Get ready; the run's streams, items and documents are known, nothing moves yet."""

    def start(self) -> None:
        """The engines start next."""

    def wait_for_room(self) -> None:
        """In lockstep, before each block: return when the block can be taken without loss."""

    def watch(self) -> None:
        """On the wall clock, many times a second: raise ``RunFault`` where data would soon be lost."""

    def tell(self) -> None:
        """The run has come further, or waits for something: let others see how it stands. Called often."""

    def append(self, row: Mapping[str, Any]) -> None:
        """Take a row; called before anything acts on it, from any thread."""

    def status(self) -> Mapping[str, Any]:
        """What a status line shows."""

    def stop(self, reason: str) -> None:
        """Nothing more will come."""

    def ensure_stopped(self) -> None:
        """Let go of everything; called at last, any number of times."""


class Bystander:
    """A participant that does nothing; whoever needs a few of the hooks derives from it."""

    def prepare(self, run: PreparedRun) -> None: ...

    def start(self) -> None: ...

    def wait_for_room(self) -> None: ...

    def watch(self) -> None: ...

    def tell(self) -> None: ...

    def append(self, row: Mapping[str, Any]) -> None: ...

    def status(self) -> Mapping[str, Any]:
        return {}

    def stop(self, reason: str) -> None: ...

    def ensure_stopped(self) -> None: ...


class ParticipantFactory(Declarative):
    """Contributed to ``psi.controller.participants``: makes the participant of each run."""

    name = d_(Str())

    #: Called with the workbench; returns a :class:`Participant`.
    factory = d_(CallableMember())
