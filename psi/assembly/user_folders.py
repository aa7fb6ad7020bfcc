"""Where psi keeps what a user has chosen on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def config_dir() -> Path:
    """The folder of layouts, last choices and preferences: ``PSI_CONFIG_DIR``, or where this user's settings are."""
    override = os.environ.get("PSI_CONFIG_DIR")
    return Path(override) if override else platformdirs.user_config_path("psi", appauthor=False)
