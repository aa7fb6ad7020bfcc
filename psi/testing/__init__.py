"""For authors: paradigms and rigs run in one process, on a clock that tests move."""

from psi.testing.session import ScriptedSession, StoreThread

__all__ = ["ScriptedSession", "StoreThread"]
