"""Whether a window can be shown here."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from psi.core.errors import ConfigurationError


def require_display(
    missing: Sequence[str] = (), environment: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> None:
    """Raise ``ConfigurationError`` where no window can be opened, and name what works without one.

    ``missing`` is what the command line did not give and what works without a window needs.
    """
    if not platform.startswith(("linux", "freebsd")):
        return
    if any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        return
    needs = f", but {' and '.join(missing)} must then be given" if missing else ""
    raise ConfigurationError(
        f"there is no display for a window (neither DISPLAY nor WAYLAND_DISPLAY is set); 'psi run' needs none{needs}"
    )
