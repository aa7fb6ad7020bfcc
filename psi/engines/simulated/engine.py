"""The simulated engine as declared."""

from __future__ import annotations

from atom.api import Float, Value
from enaml.core.api import d_

from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.core.source_lines import where_of
from psi.engines.simulated.source import Source
from psi.engines.simulated.subject import VirtualSubject
from psi.hardware.channel import Channel
from psi.hardware.engine import Engine, EngineDriver


class SimulatedEngine(Engine):
    """A device in memory. Beside channels, its children are sources and at most one virtual subject.

    In lockstep it advances when the run asks, at any speed; on the wall clock it keeps real time
    with a thread of its own.
    """

    #: Scripted fault, on the wall clock: seconds into the run at which it stops giving samples, as a device does
    #: whose cable was pulled; ``None`` for never.
    silent_after = d_(Value())

    #: Seconds after which it goes on, beginning with what it has held back; ``None`` for never.
    silent_for = d_(Value())

    #: Scripted start trigger, on the wall clock: seconds after the start at which it comes, ``inf`` for never; ``None``
    #: where the device waits for none.
    trigger_after = d_(Value())

    #: Scripted overrun, on the wall clock: seconds of its own time at which one block is lost; ``None`` for never.
    loses_at = d_(Value())

    #: Scripted loss, on the wall clock: seconds of its own time from which on the device is gone; ``None`` for never.
    lost_at = d_(Value())

    #: By how many parts in a million its clock is faster than the machine's, on the wall clock.
    drift_ppm = d_(Float())

    def sources(self) -> list[Source]:
        return [child for child in self.children if isinstance(child, Source)]

    def subject(self) -> VirtualSubject | None:
        return next((child for child in self.children if isinstance(child, VirtualSubject)), None)

    def check(self) -> list[Finding]:
        findings: list[Finding] = []
        for source in self.sources():
            try:
                source.check(self._channel(source.to, "input"), self)
            except ConfigurationError as error:
                where = where_of(source) if source.parent is not None else where_of(self)
                findings += [Finding(finding.message, where) for finding in error.findings]
        return findings

    def _channel(self, name: str, direction: str) -> Channel:
        known = [channel for channel in self.channels() if channel.direction == direction]
        for channel in known:
            if name in (channel.reference, channel.channel):
                return channel
        hint = did_you_mean(name, [channel.reference for channel in known])
        raise ConfigurationError(f"engine {self.name!r} has no {direction} channel {name!r}{hint}")

    def input_channel(self, name: str) -> Channel:
        """The input channel with this reference or device name. Raises ``ConfigurationError`` with the nearest."""
        return self._channel(name, "input")

    def output_channel(self, name: str) -> Channel:
        """The output channel with this reference or device name. Raises ``ConfigurationError`` with the nearest."""
        return self._channel(name, "output")

    def silent(self, now: float) -> bool:
        """Whether it gives no samples at ``now`` s into the run."""
        if self.silent_after is None or now < self.silent_after:
            return False
        return self.silent_for is None or now < self.silent_after + self.silent_for

    def make_safe(self) -> None:
        """Nothing to do: the device was in the memory of the process that is dead."""

    def driver_type(self) -> type[EngineDriver]:
        from psi.engines.simulated.driver import SimulatedDriver

        return SimulatedDriver
