"""For authors: paradigms and rigs run in one process, on a clock that tests move; chains without a rig.

Sessions are imported on first use, so that chains and the simulated NI server do without the rest of psi.
"""

from __future__ import annotations

import typing

from psi.testing.drive import Driven, Event, drive

if typing.TYPE_CHECKING:
    from psi.testing.session import ScriptedSession as ScriptedSession
    from psi.testing.session import StoreThread as StoreThread

__all__ = ["Driven", "Event", "ScriptedSession", "StoreThread", "drive"]


def __getattr__(name: str) -> object:
    if name in ("ScriptedSession", "StoreThread"):
        from psi.testing import session

        return getattr(session, name)
    raise AttributeError(f"module 'psi.testing' has no attribute {name!r}")
