"""psi: an experiment controller for neuroscience, behaviour and psychoacoustics.

Manifests import from :mod:`psi.api`; scripts that read data need only
:func:`open_recording`. Both are imported on first use, so that ``import psi``
costs nothing.
"""

from __future__ import annotations

import typing

__version__ = "0.1.0"

if typing.TYPE_CHECKING:
    from psi.data.recording import Recording as Recording
    from psi.data.recording import open_recording as open_recording

__all__ = ["Recording", "__version__", "open_recording"]


def __getattr__(name: str) -> object:
    if name in ("Recording", "open_recording"):
        from psi.data import recording

        return getattr(recording, name)
    raise AttributeError(f"module 'psi' has no attribute {name!r}")
