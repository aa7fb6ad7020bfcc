"""A device that exists in memory only: sources, wires, virtual subjects; in lockstep or on the wall clock."""

from psi.engines.simulated.engine import SimulatedEngine
from psi.engines.simulated.source import FileSource, LoopBack, NoiseSource, Source, SubjectPort, ToneSource
from psi.engines.simulated.subject import Listener, VirtualSubject

__all__ = [
    "FileSource",
    "Listener",
    "LoopBack",
    "NoiseSource",
    "SimulatedEngine",
    "Source",
    "SubjectPort",
    "ToneSource",
    "VirtualSubject",
]
