"""Whether a window can be shown here."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from psi.core.errors import ConfigurationError


def require_display(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> None:
    """Raise ``ConfigurationError`` where no window can be opened, and name what works without one."""
    if not platform.startswith(("linux", "freebsd")):
        return
    if any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        return
    raise ConfigurationError(
        "there is no display for a window (neither DISPLAY nor WAYLAND_DISPLAY is set); 'psi run' needs none"
    )
