"""What was asked on the command line as the request that a runtime gets."""

from __future__ import annotations

import math
import secrets
import sys
from pathlib import Path

from psi.application.run_options import Choice, RunOptions, SessionOptions
from psi.assembly.preferences import default_name
from psi.assembly.request import RunRequest, new_run_id


def request_of(options: RunOptions) -> RunRequest:
    """The request that the runtime gets for what the command line asked."""
    request = request_of_session(options)
    return request.model_copy(
        update={"trials": options.trials, "duration": options.duration, "out": _text(options.out)}
        | {"carry_over": _text(options.carry_over), "stop_after": options.stop_after}
    )


def request_of_session(options: SessionOptions) -> RunRequest:
    """What ``psi run`` and ``psi launch`` ask for alike; without stop rules, and without a folder."""
    return RunRequest(
        run_id=new_run_id(),
        token=secrets.token_urlsafe(24),
        paradigm=options.paradigm,
        rig=options.rig,
        subject=options.subject or None,
        task_file=_text(options.task),
        use_default=not options.no_default,
        session_file=_text(options.session),
        sets=options.sets,
        rig_sets=options.rig_sets,
        manifests=options.manifests,
        seed=options.seed,
        lockstep=options.speed is not None,
        speed=None if options.speed is None or math.isinf(options.speed) else options.speed,
        command_line=tuple(sys.argv[1:]),
    )


def said_of_default(options: Choice) -> str:
    """What a person is told who starts from default preferences, which nobody has named; otherwise empty."""
    name = None if options.task is not None or options.no_default else default_name(options.paradigm)
    return f"starts from the preferences {name!r}; --no-default leaves them out" if name else ""


def request_of_choice(options: Choice) -> RunRequest:
    """A request that is never run: what is checked or drawn."""
    return RunRequest(
        run_id="",
        token="",
        paradigm=options.paradigm,
        rig=options.rig,
        task_file=_text(options.task),
        use_default=not options.no_default,
        sets=options.sets,
        rig_sets=options.rig_sets,
        manifests=options.manifests,
    )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
