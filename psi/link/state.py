"""State that others mirror: a snapshot, then numbered patches, so that whoever comes late converges.

The source keeps a flat mapping from keys to JSON values and the last patches. A mirror asks for
what came after the number it has, and gets patches where the source still has them, else a
snapshot. Answers may be lost, doubled or out of order: a mirror takes only what brings it forward.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict


class Patch(BaseModel):
    """What changed at one moment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Counts from 1 within the source's epoch.
    number: int
    changed: dict[str, Any] = {}
    removed: tuple[str, ...] = ()


class StateReply(BaseModel):
    """What a source answers: everything, or the patches after what the mirror has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Tells one source from another that took its place; a later one is larger.
    epoch: int
    #: Number of the last patch that the reply brings.
    number: int
    snapshot: dict[str, Any] | None = None
    #: Consecutive, up to ``number``.
    patches: tuple[Patch, ...] = ()


class StateSource:
    """The one who knows. May be changed and asked from any thread; keeps ``memory`` patches for mirrors that lag."""

    def __init__(self, memory: int = 512) -> None:
        self.epoch = time.time_ns()
        self._lock = threading.Lock()
        self._values: dict[str, Any] = {}
        self._number = 0
        self._patches: deque[Patch] = deque(maxlen=memory)

    def update(self, changed: Mapping[str, Any], removed: tuple[str, ...] = ()) -> None:
        """Set ``changed`` and forget ``removed``, at once; what stays as it is makes no patch."""
        with self._lock:
            changed = {
                key: value for key, value in changed.items() if key not in self._values or self._values[key] != value
            }
            removed = tuple(key for key in removed if key in self._values)
            if not changed and not removed:
                return
            self._number += 1
            self._values.update(changed)
            for key in removed:
                del self._values[key]
            self._patches.append(Patch(number=self._number, changed=changed, removed=removed))

    def since(self, epoch: int, number: int) -> StateReply:
        """What a mirror needs that has patch ``number`` of ``epoch``."""
        with self._lock:
            oldest = self._patches[0].number if self._patches else self._number + 1
            if epoch != self.epoch or number > self._number or number < oldest - 1:
                return StateReply(epoch=self.epoch, number=self._number, snapshot=dict(self._values))
            patches = tuple(patch for patch in self._patches if patch.number > number)
            return StateReply(epoch=self.epoch, number=self._number, patches=patches)


class StateMirror:
    """A copy that is a moment late. Not for several threads: whoever shows it also feeds it."""

    def __init__(self) -> None:
        self.epoch = 0
        self.number = 0
        self.values: dict[str, Any] = {}
        self._observers: list[Callable[[set[str]], None]] = []

    def observe(self, observer: Callable[[set[str]], None]) -> None:
        """Call ``observer`` with the keys that changed, after each reply that changed any."""
        self._observers.append(observer)

    def take(self, reply: StateReply) -> set[str]:
        """Take what brings this mirror forward; the keys that changed."""
        if reply.epoch < self.epoch or (reply.epoch == self.epoch and reply.number <= self.number):
            return set()
        changed = self._take_snapshot(reply) if reply.snapshot is not None else self._take_patches(reply)
        if changed:
            for observer in self._observers:
                observer(changed)
        return changed

    def _take_snapshot(self, reply: StateReply) -> set[str]:
        assert reply.snapshot is not None
        before, self.values = self.values, dict(reply.snapshot)
        self.epoch, self.number = reply.epoch, reply.number
        keys = before.keys() | self.values.keys()
        missing = object()
        return {key for key in keys if before.get(key, missing) != self.values.get(key, missing)}

    def _take_patches(self, reply: StateReply) -> set[str]:
        if reply.epoch != self.epoch or not reply.patches or reply.patches[0].number > self.number + 1:
            return set()  # something between is missing; the next question brings it
        changed: set[str] = set()
        for patch in reply.patches:
            if patch.number <= self.number:
                continue
            self.values.update(patch.changed)
            for key in patch.removed:
                self.values.pop(key, None)
            changed |= patch.changed.keys() | set(patch.removed)
            self.number = patch.number
        return changed
