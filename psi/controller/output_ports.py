"""What each output's player may ask of a run: its engine's driver, the run's time, and the record."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from psi.controller.dispatch.dispatcher import Dispatcher
from psi.controller.dispatch.on_time import GuardedLine, OnTimeWatch
from psi.controller.run_time import OwnClock, RunTime
from psi.core.clock import Clock
from psi.core.protocols import RowSink
from psi.hardware.channel import Channel, DigitalOutput
from psi.hardware.engine import EngineDriver
from psi.hardware.engine_tree import EngineTree
from psi.outputs.output import Output
from psi.outputs.player import OutputPort, Player


class OutputPorts:
    """Makes the ports of a run's players.

    A player of an engine with a clock of its own counts in that engine's time throughout; what it announces and
    records is in the run's.
    """

    def __init__(
        self,
        tree: EngineTree,
        clock: Clock,
        dispatcher: Dispatcher,
        run_time: RunTime,
        on_time: OnTimeWatch,
        record: RowSink,
        drivers: Mapping[str, EngineDriver],
    ) -> None:
        self._tree = tree
        self._clock = clock
        self._dispatcher = dispatcher
        self._run_time = run_time
        self._on_time = on_time
        self._record = record
        # By engine's name; filled when the run is prepared.
        self._drivers = drivers
        self._guarded: dict[str, GuardedLine] = {}

    def player(self, output: Output, channel: Channel) -> Player:
        """The player of ``output`` on ``channel``."""
        player = output.player(self._port(output, channel))
        if channel.reference in self._guarded:
            self._guarded[channel.reference].closed.append(player.closed)
        return player

    def _port(self, output: Output, channel: Channel) -> OutputPort:
        reference = channel.reference
        engine = self._tree.engine_of[reference].name
        timed = channel.fs > 0 and self._run_time.clock_name(engine) != "master"
        write_line, write_pulse, limit = self._writers(channel, engine)

        def of_run(time: float) -> float:
            return self._run_time.run_time(engine, time) if timed else time

        def announce(event: str, time: float, sample: int) -> Callable[[], None]:
            clock = self._run_time.clock_name(engine) if timed else "master"
            return self._dispatcher.announce(event, of_run(time), sample, output.name, clock).cancel

        def call_at(time: float, action: Callable[[], None], survives_stop: bool) -> None:
            self._dispatcher.call_at(of_run(time) if math.isfinite(time) else time, action, survives_stop)

        def record(row: Mapping[str, object]) -> None:
            self._record({**row, "time": of_run(float(str(row["time"])))} if timed else row)

        return OutputPort(
            channel=reference,
            fs=channel.fs,
            clock=OwnClock(self._run_time, engine, self._clock) if timed else self._clock,
            committed=lambda: self._drivers[engine].committed(reference),
            write_line=write_line,
            write_pulse=write_pulse,
            announce=announce,
            call_at=call_at,
            record=record,
            max_on_time=limit,
        )

    def _writers(self, channel: Channel, engine: str) -> tuple[Callable[[float], None], Callable[[float], bool], float]:
        """What sets the line, what begins a pulse on it, and for how many s it may be high."""
        reference = channel.reference

        def write_line(level: float) -> None:
            self._drivers[engine].write_line(reference, level)

        def write_pulse(duration: float) -> bool:
            return self._drivers[engine].write_pulse(reference, duration)

        limit = channel.on_time_limit() if isinstance(channel, DigitalOutput) else math.inf
        if math.isinf(limit) or channel.fs > 0:
            return write_line, write_pulse, limit
        if reference not in self._guarded:
            self._guarded[reference] = self._on_time.guard(reference, limit, write_line, write_pulse)
        guarded = self._guarded[reference]
        return guarded.write_line, guarded.write_pulse, limit

    def own_time(self, channel: Channel, run_time: float) -> float:
        """The time in which a player on ``channel`` counts, at ``run_time``."""
        return (
            run_time
            if channel.fs == 0
            else self._run_time.own_time(self._tree.engine_of[channel.reference].name, run_time)
        )
