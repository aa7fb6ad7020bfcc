"""A rig's engines together: whose channel is whose, whose clock is the run's, and what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from psi.core.errors import Finding
from psi.core.names import did_you_mean
from psi.core.source_lines import where_of
from psi.hardware.channel import Channel
from psi.hardware.engine import CAPABILITIES, Engine, supported


@dataclass
class EngineTree:
    """The engines of a rig and their channels, found by reference."""

    engines: Sequence[Engine]
    engine_of: dict[str, Engine] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for engine in self.engines:
            for channel in engine.channels():
                self.channels[channel.reference] = channel
                self.engine_of[channel.reference] = engine

    def missing(self) -> list[Finding]:
        """Channels that ask for what their engine cannot do, and what is wrong with channels whatever the engine."""
        findings: list[Finding] = []
        for engine in self.engines:
            can = engine.capabilities()
            for channel in engine.channels():
                findings += channel.findings()
                if can is None or channel.direction == "input":
                    continue
                needs = CAPABILITIES["committed" if channel.fs > 0 else "write_line"]
                if needs not in can:
                    findings.append(
                        Finding(
                            f"channel {channel.reference!r} has fs = {channel.fs:g}; {type(engine).__name__} "
                            f"{engine.name!r} has no {needs}; {supported(can)}",
                            where_of(channel, "fs"),
                        )
                    )
        return findings

    def master(self) -> Engine | None:
        """The engine whose sample clock is the run's time; ``None`` where none has one."""
        declared = [engine for engine in self.engines if engine.master_clock]
        for direction in ("input", "output"):
            declared += [
                engine
                for engine in self.engines
                if any(channel.direction == direction and channel.fs > 0 for channel in engine.channels())
            ]
        return declared[0] if declared else None

    def clock_of(self, engine: Engine) -> str:
        """'master' where the time of ``engine`` is the run's, else its name."""
        master = self.master()
        seen: list[str] = []
        while engine is not master and engine.clock and engine.name not in seen:
            seen.append(engine.name)
            engine = next((other for other in self.engines if other.name == engine.clock), engine)
        return "master" if engine is master or master is None else engine.name

    def clock_findings(self) -> list[Finding]:
        """What is wrong with who shares whose clock."""
        findings: list[Finding] = []
        masters = [engine for engine in self.engines if engine.master_clock]
        findings += [
            Finding(
                f"engine {engine.name!r} says master_clock, and so does {masters[0].name!r}; a run has one time",
                where_of(engine, "master_clock"),
            )
            for engine in masters[1:]
        ]
        names = [engine.name for engine in self.engines]
        for engine in self.engines:
            if engine.clock and (engine.clock not in names or engine.clock == engine.name):
                others = [name for name in names if name != engine.name]
                findings.append(
                    Finding(
                        f"engine {engine.name!r} shares the clock of {engine.clock!r}, which is no other engine"
                        f"{did_you_mean(engine.clock, others)}",
                        where_of(engine, "clock"),
                    )
                )
        return findings
