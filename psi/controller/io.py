"""Inputs and outputs of one run: chains, players and drivers made from the wiring and tied together."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Iterable, Mapping

from psi.controller.dispatch.dispatcher import Dispatcher
from psi.controller.dispatch.event import Event
from psi.controller.dispatch.on_time import OnTimeWatch
from psi.controller.engine_watch import EngineWatch, SamplesLost
from psi.controller.marks import Marks
from psi.controller.output_ports import OutputPorts
from psi.controller.run_parts import RunParts
from psi.controller.run_time import RunTime
from psi.controller.trials.silence import SilenceChange, SilenceWatch, silence_limit
from psi.core.clock import Clock, WallClock
from psi.core.errors import ConfigurationError, Finding
from psi.core.protocols import RowSink
from psi.hardware.engine import Engine, EngineDriver, Ports
from psi.inputs.chain import Chain
from psi.inputs.edges import EdgesStage
from psi.inputs.spike_detect import SpikeDetectStage
from psi.outputs.line_player import TogglePlayer
from psi.outputs.player import Mixer, Player
from psi.stream.info import Chunk, Edge, Epoch, LostEpoch

#: Seconds for which an engine's thread sleeps when it has posted an event: about what the dispatcher needs to wake up.
_GIVE_WAY = 2e-5


class RunIO:
    """Everything between the hardware and the dispatcher."""

    def __init__(
        self,
        parts: RunParts,
        clock: Clock,
        dispatcher: Dispatcher,
        record: RowSink,
        ended: Callable[[str], None],
        fault: Callable[[BaseException], None],
        lost: Callable[[Engine, SamplesLost], None],
    ) -> None:
        self._parts = parts
        self._clock = clock
        self._dispatcher = dispatcher
        self._record = record
        self._ended = ended
        self._fault = fault
        #: What time it is for whom.
        self.time = RunTime(parts.wiring.tree, clock, record)
        #: What engines report.
        self.watch = EngineWatch(clock, self.time, dispatcher, record, lost)
        #: How long lines may be high.
        self.on_time = OnTimeWatch(clock, dispatcher, self._audit, fault)
        #: Channel reference -> its chain.
        self.chains: dict[str, Chain] = {}
        #: Output name -> its player.
        self.players: dict[str, Player] = {}
        #: Engine name -> its driver.
        self.drivers: dict[str, EngineDriver] = {}
        #: Tells chains of events; known once built.
        self.marks = Marks({}, lambda: None)
        # Channels from whose samples events are made.
        self._tell: set[str] = set()
        # Channel reference -> when the block was there that its chain is at work on (time.perf_counter_ns).
        self._arrived: dict[str, int] = {}
        #: Which engines give no samples.
        self.silence = SilenceWatch(self._silence_limits())
        self._ports = OutputPorts(
            parts.wiring.tree, clock, dispatcher, self.time, self.on_time, self._record_output, self.drivers
        )
        self._make_players()

    def _silence_limits(self) -> dict[str, float]:
        block_duration = float(self._parts.block_duration)
        rates = {
            engine.name: [
                channel.fs for channel in engine.channels() if channel.direction == "input" and channel.fs > 0
            ]
            for engine in self._parts.wiring.tree.engines
        }
        return {name: silence_limit(block_duration, max(fs)) for name, fs in rates.items() if fs}

    def build(self, trial: Callable[[], int | None] = lambda: None) -> None:
        """Bind every chain; ``trial`` says which trial is going on. Raises ``ConfigurationError`` with all refusals."""
        findings: list[Finding] = []
        wiring = self._parts.wiring
        for reference in wiring.inputs:
            try:
                self.chains[reference] = wiring.chain(reference)
            except ConfigurationError as error:
                findings += error.findings
        if findings:
            raise ConfigurationError(findings)
        for reference, chain in self.chains.items():
            engine = wiring.tree.engine_of[reference].name
            for node in chain.nodes:
                if node.is_event and node.name:
                    self._tell.add(reference)
                    chain.attach(node.name, self._edge_poster(engine, reference, node.name, node.info.fs))
                elif isinstance(node.stage, SpikeDetectStage) and node.name and node.stage.events:
                    self._tell.add(reference)
                    chain.attach(node.name, functools.partial(self._post_spike, engine, reference))
            chain.account(self._record_lost)
            chain.report(self._record_found)
        chains = {chain: self._own_time(reference) for reference, chain in self.chains.items()}
        self.marks = Marks(chains, trial)

    def _own_time(self, reference: str) -> Callable[[float], float]:
        """What makes the run's time the own time of the channel's engine."""
        return functools.partial(self.time.own_time, self._parts.wiring.tree.engine_of[reference].name)

    def _entrance(self, engine: str, reference: str) -> Callable[[Chunk], None]:
        """Pushes chunks of a channel into its chain; the first also says which inputs were high from the start."""
        chain = self.chains[reference]
        waiting = [node for node in chain.events if isinstance(node.stage, EdgesStage)]
        gives_way = reference in self._tell and isinstance(self._clock, WallClock)
        arrived, dispatcher = self._arrived, self._dispatcher

        def push(chunk: Chunk) -> None:
            arrived[reference] = chunk.there or time.perf_counter_ns()
            chain.push(chunk)
            if chunk.n_samples:
                self.silence.heard(engine, self._clock.now())
            if waiting and chunk.n_samples:
                for node in waiting:
                    if node.stage.starts_high:  # type: ignore[union-attr]
                        dispatcher.flags[f"{node.name}_active"] = True
                waiting.clear()
            if gives_way and dispatcher.has_work():
                # Else this thread keeps Python's lock until all channels of the block have had their turn.
                time.sleep(_GIVE_WAY)

        return push

    def edges_known(self) -> float:
        """Time in s up to which every edge of every input has been posted; infinite without edges."""
        known = math.inf
        for reference, chain in self.chains.items():
            engine = self._parts.wiring.tree.engine_of[reference].name
            for node in chain.events:
                measured = self.time.run_time(engine, (chain.position or 0) / chain.source.fs)
                known = min(known, measured - node.hold_back - 1 / node.info.fs)
        return known

    def _edge_poster(self, engine: str, reference: str, name: str, fs: float) -> Callable[[Edge], None]:
        post = self._dispatcher.post
        rising, falling = f"{name}_rising", f"{name}_falling"
        run_time, clock, arrived = self.time.run_time, self.time.clock_name(engine), self._arrived

        def post_edge(edge: Edge) -> None:
            happened = run_time(engine, edge.sample / fs)
            event = Event(rising if edge.rising else falling, happened, edge.sample, name, edge.channel, clock)
            post(event, arrived.get(reference, 0))

        return post_edge

    def _post_spike(self, engine: str, reference: str, spike: Epoch) -> None:
        metadata = spike.metadata
        info = {"amplitude": metadata["amplitude"], "polarity": metadata["polarity"]}
        name, happened = spike.info.name, self.time.run_time(engine, metadata["time"])
        clock = self.time.clock_name(engine)
        event = Event(f"{name}_spike", happened, spike.sample, name, metadata["channel"], clock, info)
        self._dispatcher.post(event, self._arrived.get(reference, 0))

    def _record_lost(self, name: str, lost: LostEpoch) -> None:
        info = {"event": lost.event, "event_time": lost.time, "reason": lost.reason}
        self._audit("lost", name, info)

    def _record_found(self, name: str, found: Mapping[str, object]) -> None:
        self._audit("found", name, found)

    def _audit(self, what: str, name: str, info: Mapping[str, object]) -> None:
        self._record({"kind": "audit", "time": self._clock.now(), "what": what, "name": name, "info": dict(info)})

    def _record_output(self, row: Mapping[str, object]) -> None:
        self._record(row)
        if row["kind"] == "output":
            self.marks.planned(row)

    def player_time(self, output: str, run_time: float) -> float:
        """The time in which the player of ``output`` counts, at ``run_time`` s; another where its engine's clock is."""
        return self._ports.own_time(self._parts.wiring.outputs[output][1], run_time)

    def finish_epochs(self) -> None:
        """No more samples will come: say of each stage that handles epochs what became of them."""
        for chain in self.chains.values():
            for name, counts in chain.finish().items():
                self._audit("epochs", name, counts)

    def _make_players(self) -> None:
        for name, (output, channel) in self._parts.wiring.outputs.items():
            self.players[name] = self._ports.player(output, channel)

    def _mixer(self, reference: str) -> Mixer:
        outputs = self._parts.wiring.outputs
        return Mixer(
            {name: self.players[name] for name, (_, channel) in outputs.items() if channel.reference == reference}
        )

    def prepare(self, lockstep: bool) -> None:
        """Make and prepare a driver for each engine.

        Raises ``ConfigurationError`` where one keeps its own time and ``lockstep`` is asked for.
        """
        for engine in self._parts.wiring.tree.engines:
            channels = engine.channels()
            ports = Ports(
                block_duration=self._parts.block_duration,
                clock=self._clock,
                inputs={
                    reference: self._entrance(engine.name, reference)
                    for reference in sorted(
                        (channel.reference for channel in channels if channel.direction == "input"),
                        # Something may wait for their events.
                        key=lambda reference: reference not in self._tell,
                    )
                },
                outputs={c.reference: self._mixer(c.reference) for c in channels if c.direction == "output"},
                generator=self._parts.streams.generator,
                ended=self._ended,
                fault=self._fault,
                report=functools.partial(self.watch.report, engine),
                clock_pair=functools.partial(self.watch.pair, engine),
                lost=functools.partial(self.watch.lost, engine),
            )
            self.drivers[engine.name] = engine.driver(ports)
        free = [name for name, driver in self.drivers.items() if not driver.can_lockstep()]
        if lockstep and free:
            raise ConfigurationError(
                f"engine {', '.join(map(repr, free))} keeps its own time and cannot run in lockstep; leave --speed out"
            )
        for driver in self.drivers.values():
            driver.prepare()

    def start(self) -> None:
        for player in self.players.values():
            if isinstance(player, TogglePlayer):
                player.begin()
        for driver in self.drivers.values():
            driver.start()
        self.silence.begin(self._clock.now())

    def pulsing(self) -> bool:
        """Whether a pulse on an on-demand line, or what it began, has not ended: a pellet on its way."""
        if any(player.pulsing for player in self.players.values()):
            return True
        return any(driver.busy() for driver in self.drivers.values())

    def buffers(self) -> dict[str, float]:
        """Engine -> share of its device's fullest buffer that is free, of those that say so."""
        found = {name: driver.headroom() for name, driver in list(self.drivers.items())}
        return {name: round(share, 3) for name, share in found.items() if share is not None}

    def look(self) -> list[SilenceChange]:
        """Which engines fell silent or are heard again. Raises ``RunFault`` where one has waited too long."""
        self.watch.look()
        for engine, found in self.watch.waiting().items():
            if not found["part"]:
                # Nothing can be heard of it yet.
                self.silence.heard(engine, self._clock.now())
        return self.silence.look(self._clock.now())

    def stop(self) -> None:
        """No more blocks. Raises what the first engine raises that cannot stop, when all others have been stopped."""
        _all(driver.stop for driver in self.drivers.values())

    def ensure_stopped(self) -> None:
        """Let go of every device, its outputs at their safe values; as :meth:`stop`."""
        self.on_time.close()
        _all(driver.ensure_stopped for driver in self.drivers.values())


def _all(steps: Iterable[Callable[[], None]]) -> None:
    """Do every step; one device that cannot must not keep the others running."""
    failed: list[Exception] = []
    for step in steps:
        try:
            step()
        except Exception as error:  # whatever a device's library raises; the first is raised below
            failed.append(error)
    if failed:
        raise failed[0]
