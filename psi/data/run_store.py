"""The store's part in a run: rings and journal are made from the run's streams, and handed to a store."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from psi.controller.participant import PreparedRun
from psi.data.plan import DISK_FULL, RecordingPlan
from psi.data.recorded_stream import RecordedStream
from psi.data.recording_rings import RecordingRings
from psi.data.store_watch import StoreWatch
from psi.inputs.node import Node
from psi.stream.control import StoreCondition


class RunStore:
    """Takes part in a run (see ``psi.controller.participant``).

    ``hand_over`` is called with the plan once the rings exist; whoever it reaches (the warden, which
    keeps the store process, or a test) opens a store on it. The run starts when that store is open.
    """

    #: Seconds that the store may take to open and to close a recording.
    PATIENCE = 60.0

    def __init__(self, hand_over: Callable[[RecordingPlan], None]) -> None:
        self._hand_over = hand_over
        self._rings: RecordingRings | None = None
        self._block_duration = 0.0
        self._stored = True
        self._run: PreparedRun | None = None
        self._watch: StoreWatch | None = None
        self._early: list[Mapping[str, Any]] = []
        # Of the plan, for those who look into the rings.
        self._segments: dict[str, Any] = {}
        #: What the report on the recording says, on one line; empty before Stop.
        self._quality = ""

    @property
    def rings(self) -> RecordingRings:
        if self._rings is None:
            raise RuntimeError("the run has not been prepared")
        return self._rings

    def prepare(self, run: PreparedRun) -> None:
        self._run, parts = run, run.parts
        self._stored = run.settings.mode == "running"
        self._block_duration = float(parts.block_duration)
        chains = run.io.chains.values()
        saved = [node for chain in chains for node in chain.saved]
        saved_epochs = [node for chain in chains for node in chain.epochs if node.is_saved]
        self._rings = RecordingRings(
            run.settings.run_id,
            map(_recorded, saved),
            run.context.columns(),
            {name: dict(document) for name, document in parts.documents.items()},
            run.settings.folder,
            block_duration=self._block_duration,
            stored=self._stored,
            epochs=map(_recorded, saved_epochs),
        )
        told = {"control", "journal", "streams", "epochs"}
        self._segments = self._rings.plan.model_dump(mode="json", include=told)
        for row in self._early:
            self._rings.append(row)
        self._early.clear()
        for chain in chains:
            for node in chain.saved:
                chain.attach(node.name, self._rings.sink(node.name))
            for node in chain.epochs:
                if node.is_saved:
                    chain.attach(node.name, self._rings.epoch_sink(node.name, self.PATIENCE))
        if self._stored:
            self._watch = StoreWatch(self._rings, run.settings.folder)
            self._hand_over(self._rings.plan)

    def start(self) -> None:
        if self._stored:
            self.rings.wait_for_store(StoreCondition.OPEN, self.PATIENCE, lambda: self._say("opening the recording"))
        self.rings.start()

    def wait_for_room(self) -> None:
        if self._watch is None:
            return
        self.rings.require_store()
        self.rings.wait_for_room(self._block_duration, self.PATIENCE)
        # Nothing is posted: in lockstep a run is the same on every machine.
        self._watch.look(None, self._stop_for_disk)

    def watch(self) -> None:
        # On the wall clock nothing waits for the store: a run that it cannot follow is ended before it loses.
        if self._watch is not None and self._run is not None:
            self.rings.require_store()
            self._watch.look(self._run.post, self._stop_for_disk)
            self.rings.wait_for_room(self._block_duration, timeout=0.0)
        self.rings.beat()

    def _stop_for_disk(self) -> None:
        if self._run is not None:
            self._run.stop_request(DISK_FULL)

    def tell(self) -> None:
        # Its own status is asked for by whoever tells.
        return

    def append(self, row: Mapping[str, Any]) -> None:
        if self._rings is None:
            self._early.append(row)
        else:
            self._rings.append(row)

    def status(self) -> Mapping[str, Any]:
        if self._rings is None:
            return {}
        seen = {"headroom": None} if self._watch is None else self._watch.status()
        return {**seen, "segments": self._segments, "quality": self._quality}

    def stop(self, reason: str) -> None:
        if self._rings is not None:
            self._rings.finish()
            if self._stored:
                self._rings.wait_for_store(StoreCondition.CLOSED, self.PATIENCE, self._say_unwritten)
                self._quality = _said_of(self._rings.plan.folder)

    def _say(self, what: str) -> None:
        if self._run is not None:
            self._run.waiting(what)

    def _say_unwritten(self) -> None:
        left = self.rings.unwritten()
        self._say(f"writing what is left: {left:.1f} s" if left > 0 else "closing the recording")

    def ensure_stopped(self) -> None:
        if self._rings is not None:
            self._rings.finish()
            # What the rings say of themselves went with their memory.
            self._watch = None
            self._rings.close(unlink=True)


def _said_of(folder: str) -> str:
    # Late: HDF5 is nothing that a run needs before its end.
    from psi.data.quality import said_of_recording

    return said_of_recording(folder)


def _recorded(node: Node) -> RecordedStream:
    return RecordedStream(node.info, _stored_dtype(node.info.dtype, node.save_dtype), json.dumps(node.describe()))


def _stored_dtype(computed: str, wanted: str) -> str:
    """Levels are stored as they are; everything else as declared."""
    return "uint8" if computed == "bool" else wanted
