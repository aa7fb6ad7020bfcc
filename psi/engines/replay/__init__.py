"""Plays recorded files as if a device measured them now."""

from psi.engines.replay.engine import ElectrocardiogramSource, ReplayEngine

__all__ = ["ElectrocardiogramSource", "ReplayEngine"]
