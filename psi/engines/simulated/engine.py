"""The simulated engine as declared."""

from __future__ import annotations

from psi.engines.simulated.source import Source
from psi.engines.simulated.subject import VirtualSubject
from psi.hardware.engine import Engine, EngineDriver, Ports


class SimulatedEngine(Engine):
    """A device in memory. Beside channels, its children are sources and at most one virtual subject.

    In lockstep it advances when the run asks, at any speed; on the wall clock it keeps real time
    with a thread of its own.
    """

    def sources(self) -> list[Source]:
        return [child for child in self.children if isinstance(child, Source)]

    def subject(self) -> VirtualSubject | None:
        return next((child for child in self.children if isinstance(child, VirtualSubject)), None)

    def driver(self, ports: Ports) -> EngineDriver:
        from psi.engines.simulated.driver import SimulatedDriver

        return SimulatedDriver(self, ports)
