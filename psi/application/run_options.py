"""What ``psi run``, ``psi check`` and ``psi graph`` were asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which experiment: the part that ``psi check`` and ``psi graph`` share with ``psi run``."""

    #: A name that ``psi list`` shows, or the path of an ``.enaml`` file.
    paradigm: str
    rig: str
    #: Documents to start from; ``None`` takes the declared defaults.
    task: Path | None = None
    #: ``NAME=EXPR`` as given, for items of the context.
    sets: tuple[str, ...] = ()
    #: ``NAME=VALUE`` as given, for declared values of the rig.
    rig_sets: tuple[str, ...] = ()
    #: Further manifests, by name or path.
    manifests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(Choice):
    """Everything that ``psi run`` was told."""

    #: Empty where the session document names the subject, or nobody does.
    subject: str = ""
    session: Path | None = None
    #: Seconds of the rig's time after which the run ends; ``None`` for no limit.
    duration: float | None = None
    #: Completed trials after which the run ends; ``None`` for no limit.
    trials: int | None = None
    #: Times real time; ``inf`` is as fast as the machine can, ``None`` leaves it to the rig.
    speed: float | None = None
    #: Root seed; ``None`` takes the task's, or draws one.
    seed: int | None = None
    #: A folder that is new or empty; ``None`` names one by subject and time below ``recordings/``.
    out: Path | None = None
    #: Whether the last line is one JSON object.
    json: bool = False
