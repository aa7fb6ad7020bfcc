"""The console's only thread beside the GUI's: it waits for the runtime, so that the window never does."""

from __future__ import annotations

import itertools
import queue
import shutil
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Protocol

from psi.core.errors import ConfigurationError, PsiError
from psi.link.state import StateReply


class Asker(Protocol):
    """A connection to a runtime, such as :class:`~psi.link.client.LinkClient`."""

    def request(self, command: str, /, timeout: float = 5.0, **params: Any) -> dict[str, Any]: ...

    def close(self) -> None:
        """Ask no more, from any thread; a request that waits for its answer gives up soon."""


@dataclass(frozen=True)
class Answer:
    """What came of one request."""

    number: int
    command: str
    result: dict[str, Any] = field(default_factory=dict)
    error: PsiError | None = None

    @property
    def refused(self) -> bool:
        """Whether the runtime said no, as opposed to not being there."""
        return isinstance(self.error, ConfigurationError)

    @property
    def line(self) -> str:
        """The error on one line; empty where there is none."""
        if isinstance(self.error, ConfigurationError) and self.error.findings:
            more = len(self.error.findings) - 1
            return str(self.error.findings[0]) + (f" (and {more} more)" if more else "")
        return str(self.error) if self.error is not None else ""


class LinkWorker:
    """Asks for the state again and again, and for whatever else it is told to, in order."""

    #: Seconds between questions for the state.
    INTERVAL = 0.05

    #: Seconds between looks at the disk.
    DISK_INTERVAL = 10.0

    #: Seconds that one answer may take; the window says it is disconnected after the first that does not come.
    TIMEOUT = 2.0

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._numbers = itertools.count(1)
        self._wanted: queue.Queue[tuple[int, str, dict[str, Any]] | None] = queue.Queue()
        self._replies: deque[StateReply] = deque()
        self._answers: deque[Answer] = deque()
        self._connected = False
        self._position = (0, 0)
        #: Bytes that are left where :meth:`watch_disk` said.
        self.disk_free: int | None = None
        self._folder = ""
        self._closing = False
        self._next_disk = 0.0
        self._thread = threading.Thread(target=self._work, name="psi-console-link", daemon=True)
        self._thread.start()

    def ask(self, command: str, params: dict[str, Any]) -> int:
        """Queue a request; the number that its answer will have."""
        number = next(self._numbers)
        self._wanted.put((number, command, params))
        return number

    def take(self) -> tuple[list[StateReply], list[Answer], bool]:
        """What came since the last call, and whether the runtime answers."""
        # Answers first: the state that goes with an answer is asked for after it.
        answers = _drained(self._answers)
        return _drained(self._replies), answers, self._connected

    def watch_disk(self, folder: str) -> None:
        """Look from time to time how much room there is for ``folder``. Here, since a network disk may hang."""
        self._folder = folder
        self._next_disk = 0.0

    def close(self) -> None:
        """End the thread and the connection, without waiting for a runtime that does not answer; again is fine."""
        if self._thread.is_alive():
            self._closing = True
            self._wanted.put(None)
            self._asker.close()
            self._thread.join()

    def _work(self) -> None:
        try:
            while not self._closing:
                try:
                    wanted = self._wanted.get(timeout=self.INTERVAL)
                except queue.Empty:
                    self._look()
                    continue
                if wanted is None:
                    return
                answered = self._do(*wanted)
                if self._wanted.empty() or not answered:
                    self._look()
        finally:
            self._asker.close()

    def _do(self, number: int, command: str, params: dict[str, Any]) -> bool:
        """Ask, and keep what came of it; whether the runtime said something."""
        try:
            answer = Answer(number, command, self._asker.request(command, self.TIMEOUT, **params))
        except PsiError as error:
            answer = Answer(number, command, error=error)
        self._answers.append(answer)
        return answer.error is None or answer.refused

    def _look(self) -> None:
        epoch, number = self._position
        try:
            result = self._asker.request("state", self.TIMEOUT, epoch=epoch, number=number)
        except PsiError:
            self._connected = False
            return
        reply = StateReply.model_validate(result)
        # Every reply is handed on in order, so what follows it may be asked for before it was taken.
        self._position = reply.epoch, reply.number
        self._replies.append(reply)
        self._connected = True
        if self._folder and time.monotonic() >= self._next_disk:
            self._next_disk = time.monotonic() + self.DISK_INTERVAL
            self.disk_free = _free_bytes(self._folder)


def _free_bytes(folder: str) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        # Another machine's folder, or gone: then nothing is said of it.
        return None


def _drained(entries: deque[Any]) -> list[Any]:
    taken = []
    while entries:
        taken.append(entries.popleft())
    return taken
