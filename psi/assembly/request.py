"""What the command line asks a runtime to run."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict


class RunRequest(BaseModel):
    """One run as asked for, or a rig to be kept for several. The runtime, which knows the manifests, checks it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_id: str
    token: str
    paradigm: str
    rig: str
    subject: str | None = None
    #: A file, or the name of a preference.
    task_file: str | None = None
    #: Whether the default preference holds where no task is given.
    use_default: bool = False
    session_file: str | None = None
    sets: tuple[str, ...] = ()
    rig_sets: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()
    #: A recording whose selectors this run goes on with.
    carry_over: str | None = None
    trials: int | None = None
    duration: float | None = None
    #: ``RULE=VALUE`` as given: further stop rules.
    stop_after: tuple[str, ...] = ()
    seed: int | None = None
    #: Run in lockstep; ``speed`` is then times real time, ``None`` as fast as the machine can.
    lockstep: bool = False
    speed: float | None = None
    #: The recording's folder; ``None`` chooses one below the current folder.
    out: str | None = None
    #: Keep the rig and start runs when asked to; ``out`` is then the folder that their recordings are put in.
    host: bool = False
    command_line: tuple[str, ...] = ()


def new_run_id() -> str:
    """A name for a run that no other run on this machine has."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
