"""What ``psi run``, ``psi launch``, ``psi check`` and ``psi graph`` were asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which experiment: the part that ``psi check`` and ``psi graph`` share with the others."""

    #: A name that ``psi list`` shows, or the path of an ``.enaml`` file.
    paradigm: str
    rig: str
    #: Task to start from, a file or the name of a preference; ``None`` takes the default preference.
    task: Path | None = None
    #: Whether the declared values hold where no task is given, whatever the default preference.
    no_default: bool = False
    #: ``NAME=EXPR`` as given, for items of the context.
    sets: tuple[str, ...] = ()
    #: ``NAME=VALUE`` as given, for declared values of the rig.
    rig_sets: tuple[str, ...] = ()
    #: Further manifests, by name or path.
    manifests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions(Choice):
    """What ``psi run`` and ``psi launch`` share."""

    #: Empty where the session document names the subject, or nobody does.
    subject: str = ""
    session: Path | None = None
    #: Times real time; ``inf`` is as fast as the machine can, ``None`` leaves it to the rig.
    speed: float | None = None
    #: Root seed; ``None`` takes the task's, or draws one.
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOptions(SessionOptions):
    """Everything that ``psi launch`` was told. An empty paradigm or rig is still to be chosen."""

    #: The folder that recordings are put in, each in one of its own; ``None`` is ``recordings/DATE``.
    out: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(SessionOptions):
    """Everything that ``psi run`` was told."""

    #: Seconds of the rig's time after which the run ends; ``None`` for no limit.
    duration: float | None = None
    #: Completed trials after which the run ends; ``None`` for no limit.
    trials: int | None = None
    #: ``RULE=VALUE`` as given: further stop rules.
    stop_after: tuple[str, ...] = ()
    #: A recording whose selectors this run goes on with; ``None`` begins anew.
    carry_over: Path | None = None
    #: A folder that is new or empty; ``None`` names one by subject and time below ``recordings/``.
    out: Path | None = None
    #: Whether the last line is one JSON object.
    json: bool = False
