"""A device that exists in memory only: sources, wires, virtual subjects; in lockstep or on the wall clock."""

from psi.engines.simulated.discriminator import Discriminator
from psi.engines.simulated.engine import SimulatedEngine
from psi.engines.simulated.source import (
    FileSource,
    LoopBack,
    NoiseSource,
    Source,
    SubjectPort,
    SubjectPorts,
    ToneSource,
)
from psi.engines.simulated.subject import Listener, VirtualSubject

__all__ = [
    "Discriminator",
    "FileSource",
    "Listener",
    "LoopBack",
    "NoiseSource",
    "SimulatedEngine",
    "Source",
    "SubjectPort",
    "SubjectPorts",
    "ToneSource",
    "VirtualSubject",
]
