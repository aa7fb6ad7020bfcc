"""For authors: paradigms and rigs run in one process, on a clock that tests move; chains without a rig."""

from psi.testing.drive import Driven, Event, drive
from psi.testing.session import ScriptedSession, StoreThread

__all__ = ["Driven", "Event", "ScriptedSession", "StoreThread", "drive"]
