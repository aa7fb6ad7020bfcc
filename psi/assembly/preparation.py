"""From a request to a run: manifests loaded, the three documents made, everything checked."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psi.assembly.carry_over import Linker, carried_states, continuing
from psi.assembly.folders import next_folder, recording_folder
from psi.assembly.preferences import StartingTask, starting_task
from psi.assembly.request import RunRequest
from psi.assembly.session_end import earlier_of_day
from psi.assembly.stop_options import stop_rules_of
from psi.assembly.workbench import LoadedWorkbench, load_workbench
from psi.context.edits import apply_settings
from psi.controller.description import describe_rig
from psi.controller.run import Run
from psi.controller.run_parts import CarriedStates, RunSettings
from psi.core.errors import ConfigurationError, Finding
from psi.core.random_streams import draw_seed
from psi.experiment.strips.toolbar import toolbar_findings
from psi.models.documents import load_document, validated
from psi.models.provenance import Provenance
from psi.models.session import Session
from psi.models.task import Task


@dataclass
class PreparedRun:
    """A run that may be made: nothing exists yet, neither on the disk nor in shared memory."""

    loaded: LoadedWorkbench
    task: Task
    session: Session
    settings: RunSettings
    documents: dict[str, dict[str, Any]]
    #: What it was made for.
    request: RunRequest
    #: Whether somebody gave the root seed; a drawn one holds for one run.
    seed_given: bool = True
    #: What selectors go on from.
    carried: CarriedStates | None = None

    @property
    def subject(self) -> str:
        return self.session.subject

    def make_run(self) -> Run:
        """The run. Raises ``ConfigurationError`` with everything that is wrong with it."""
        earlier = earlier_of_day(Path(self.settings.folder), self.session.subject, self.session.date)
        run = self.loaded.controller.make_run(
            self.task, self.settings, self.documents, [Linker()], self.carried, earlier
        )
        assert isinstance(run, Run)
        return run


class _Findings:
    """Gathers what several steps refuse, so that all is said at once."""

    def __init__(self) -> None:
        self.all: list[Finding] = []

    def attempt(self, step: Callable[[], Any]) -> Any:
        """The result of ``step``, or ``None`` where it was refused."""
        try:
            return step()
        except ConfigurationError as error:
            self.all += error.findings
            return None

    def raise_errors(self) -> None:
        # Warnings refuse nothing; ``psi check`` shows them.
        errors = [finding for finding in self.all if finding.severity == "error"]
        if errors:
            raise ConfigurationError(errors)


@dataclass
class Choice:
    """The manifests and the task that a request names, and everything wrong with them."""

    loaded: LoadedWorkbench
    task: Task
    findings: list[Finding]
    #: Whether the root seed was given, not drawn.
    seed_given: bool = True


def load_choice(request: RunRequest) -> Choice:
    """Load and check what ``request`` names, with ``--set``, ``--set-rig`` and stop rules applied.

    Raises ``ConfigurationError`` where something could not be found or read at all, so that nothing can be checked.
    """
    findings = _Findings()
    start: StartingTask | None = findings.attempt(
        lambda: starting_task(request.paradigm, request.task_file, request.use_default)
    )
    given = start.task if start is not None else None
    manifests = [*(given.manifests if given is not None else ()), *request.manifests]
    loaded, faults = load_workbench(request.paradigm, request.rig, manifests, request.rig_sets)
    findings.all += faults
    if loaded is None:
        raise ConfigurationError(findings.all)
    task = given if given is not None else Task(paradigm=request.paradigm)
    completed: Task | None = findings.attempt(lambda: loaded.context.complete(task))
    if completed is None:
        raise ConfigurationError(findings.all)
    task = _with_options(completed, loaded, request)
    for rule in request.stop_after:
        # One by one, so that what is wrong with one hides nothing of the others.
        stop = findings.attempt(functools.partial(stop_rules_of, [rule], task.stop))
        task = task.model_copy(update={"stop": stop or task.stop})
    context = loaded.context
    applied: Task | None = findings.attempt(
        lambda: apply_settings(task, request.sets, context.specs(), context.symbols())
    )
    source = str(start.source) if start is not None else ""
    findings.all += loaded.controller.check(applied or task, source)
    findings.all += toolbar_findings(loaded.workbench)
    seed_given = request.seed is not None or completed.seed is not None
    return Choice(loaded, applied or task, list(dict.fromkeys(findings.all)), seed_given)


def _with_options(task: Task, loaded: LoadedWorkbench, request: RunRequest) -> Task:
    rules = {"trials": request.trials, "duration": request.duration}
    stop = task.stop.model_copy(update={name: rule for name, rule in rules.items() if rule is not None})
    extra = tuple(name for name in loaded.manifests if name not in loaded.paradigm.manifests)
    seed = request.seed if request.seed is not None else task.seed
    return task.model_copy(update={"manifests": extra, "stop": stop, "seed": draw_seed() if seed is None else seed})


def _session(request: RunRequest) -> Session:
    if request.session_file is not None:
        session = load_document(Path(request.session_file), Session)
        if request.subject is not None and request.subject != session.subject:
            raise ConfigurationError(
                f"names the subject {session.subject!r}, --subject names {request.subject!r}; give one of them",
                request.session_file,
            )
    else:
        session = validated({"subject": request.subject or "unnamed"}, Session, "--subject")
    return dated(session)


def dated(session: Session) -> Session:
    """``session`` with today's date where it has none."""
    return session if session.date else session.model_copy(update={"date": datetime.date.today().isoformat()})


def prepare_run(request: RunRequest) -> PreparedRun:
    """Load and check everything that ``request`` names. Raises ``ConfigurationError`` with every finding at once."""
    findings = _Findings()
    session: Session | None = findings.attempt(lambda: _session(request))
    choice: Choice | None = findings.attempt(lambda: load_choice(request))
    name_folder = next_folder if request.host else recording_folder
    folder = findings.attempt(
        lambda: name_folder(
            request.out,
            session.subject if session is not None else "unnamed",
            request.paradigm,
            datetime.date.today(),
        )
    )
    if choice is not None:
        findings.all += choice.findings
    carry_over = request.carry_over
    subject = None if session is None else session.subject
    carried = findings.attempt(lambda: None if carry_over is None else carried_states(carry_over, subject=subject))
    findings.raise_errors()
    assert session is not None
    assert choice is not None
    loaded, task = choice.loaded, choice.task
    documents = {
        "rig": describe_rig(loaded.rig, request.rig, loaded.controller.wiring()).model_dump(mode="json"),
        "task": task.model_dump(mode="json"),
        "session": session.model_dump(mode="json"),
        "provenance": continuing(
            Provenance.collect(request.command_line, seeds={"root": task.seed or 0}).model_dump(mode="json"), carried
        ),
    }
    settings = RunSettings(request.run_id, request.lockstep, request.speed, str(folder), restarts=request.host)
    return PreparedRun(loaded, task, session, settings, documents, request, choice.seed_given, carried)
