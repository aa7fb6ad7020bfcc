"""Inputs and outputs of one run: chains, players and drivers made from the wiring and tied together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from psi.controller.dispatcher import Dispatcher
from psi.controller.event import Event
from psi.controller.marks import Marks
from psi.controller.run_parts import RunParts
from psi.controller.silence import SilenceWatch, silence_limit
from psi.core.clock import Clock
from psi.core.errors import ConfigurationError, Finding
from psi.core.protocols import RowSink
from psi.hardware.channel import Channel
from psi.hardware.engine import EngineDriver, Ports
from psi.inputs.chain import Chain, build_chain
from psi.inputs.edges import EdgesStage
from psi.inputs.spike_detect import SpikeDetectStage
from psi.outputs.line_player import TogglePlayer
from psi.outputs.output import Output
from psi.outputs.player import Mixer, OutputPort, Player
from psi.stream.info import Chunk, Edge, Epoch, LostEpoch


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
    ) -> None:
        self._parts = parts
        self._clock = clock
        self._dispatcher = dispatcher
        self._record = record
        self._ended = ended
        self._fault = fault
        #: Channel reference -> its chain.
        self.chains: dict[str, Chain] = {}
        #: Output name -> its player.
        self.players: dict[str, Player] = {}
        #: Engine name -> its driver.
        self.drivers: dict[str, EngineDriver] = {}
        #: Tells chains of events; known once built.
        self.marks = Marks((), lambda: None)
        #: Which engines give no samples.
        self.silence = SilenceWatch(self._silence_limits())
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
        for reference, inputs in wiring.inputs.items():
            channel = wiring.tree.channels[reference]
            try:
                self.chains[reference] = build_chain(channel.stream_info(), inputs)
            except ConfigurationError as error:
                findings += error.findings
        if findings:
            raise ConfigurationError(findings)
        for chain in self.chains.values():
            for node in chain.nodes:
                if node.is_event and node.name:
                    chain.attach(node.name, self._edge_poster(node.name, node.info.fs))
                elif isinstance(node.stage, SpikeDetectStage) and node.name and node.stage.events:
                    chain.attach(node.name, self._post_spike)
            chain.account(self._record_lost)
        self.marks = Marks(self.chains.values(), trial)

    def _entrance(self, engine: str, chain: Chain) -> Callable[[Chunk], None]:
        """Pushes chunks of ``engine`` into ``chain``; the first also says which inputs were high from the start."""
        waiting = [node for node in chain.events if isinstance(node.stage, EdgesStage)]

        def push(chunk: Chunk) -> None:
            chain.push(chunk)
            if chunk.n_samples:
                self.silence.heard(engine, self._clock.now())
            if waiting and chunk.n_samples:
                for node in waiting:
                    if node.stage.starts_high:  # type: ignore[union-attr]
                        self._dispatcher.flags[f"{node.name}_active"] = True
                waiting.clear()

        return push

    def edges_known(self) -> float:
        """Time in s up to which every edge of every input has been posted; infinite without edges."""
        known = math.inf
        for chain in self.chains.values():
            for node in chain.events:
                measured = (chain.position or 0) / chain.source.fs
                known = min(known, measured - node.hold_back - 1 / node.info.fs)
        return known

    def _edge_poster(self, name: str, fs: float) -> Callable[[Edge], None]:
        post = self._dispatcher.post
        rising, falling = f"{name}_rising", f"{name}_falling"

        def post_edge(edge: Edge) -> None:
            event = Event(
                rising if edge.rising else falling, edge.sample / fs, edge.sample, name, edge.channel, "master"
            )
            post(event)

        return post_edge

    def _post_spike(self, spike: Epoch) -> None:
        metadata = spike.metadata
        info = {"amplitude": metadata["amplitude"], "polarity": metadata["polarity"]}
        name, time = spike.info.name, metadata["time"]
        self._dispatcher.post(Event(f"{name}_spike", time, spike.sample, name, metadata["channel"], "master", info))

    def _record_lost(self, name: str, lost: LostEpoch) -> None:
        info = {"event": lost.event, "event_time": lost.time, "reason": lost.reason}
        self._audit("lost", name, info)

    def _audit(self, what: str, name: str, info: Mapping[str, object]) -> None:
        self._record({"kind": "audit", "time": self._clock.now(), "what": what, "name": name, "info": dict(info)})

    def _record_output(self, row: Mapping[str, object]) -> None:
        self._record(row)
        if row["kind"] == "output":
            self.marks.planned(row)

    def finish_epochs(self) -> None:
        """No more samples will come: say of each stage that handles epochs what became of them."""
        for chain in self.chains.values():
            for name, counts in chain.finish().items():
                self._audit("epochs", name, counts)

    def _make_players(self) -> None:
        for name, (output, channel) in self._parts.wiring.outputs.items():
            self.players[name] = output.player(self._port(output, channel))

    def _port(self, output: Output, channel: Channel) -> OutputPort:
        reference = channel.reference
        engine = self._parts.wiring.tree.engine_of[reference].name

        def announce(event: str, time: float, sample: int) -> Callable[[], None]:
            return self._dispatcher.announce(event, time, sample, output.name).cancel

        def call_at(time: float, action: Callable[[], None], survives_stop: bool) -> None:
            self._dispatcher.call_at(time, action, survives_stop)

        return OutputPort(
            channel=reference,
            fs=channel.fs,
            clock=self._clock,
            committed=lambda: self.drivers[engine].committed(reference),
            write_line=lambda level: self.drivers[engine].write_line(reference, level),
            write_pulse=lambda duration: self.drivers[engine].write_pulse(reference, duration),
            announce=announce,
            call_at=call_at,
            record=self._record_output,
        )

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
                    c.reference: self._entrance(engine.name, self.chains[c.reference])
                    for c in channels
                    if c.direction == "input"
                },
                outputs={c.reference: self._mixer(c.reference) for c in channels if c.direction == "output"},
                generator=self._parts.streams.generator,
                ended=self._ended,
                fault=self._fault,
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
        """Whether a pulse on an on-demand line has begun and not ended: a pellet on its way."""
        return any(player.pulsing for player in self.players.values())

    def stop(self) -> None:
        for driver in self.drivers.values():
            driver.stop()

    def ensure_stopped(self) -> None:
        for driver in self.drivers.values():
            driver.ensure_stopped()
