"""What the next run will be: the documents that hold now, and the making of runs from them."""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from psi.assembly.carry_over import Linker, carried_states, continuing
from psi.assembly.folders import make_folder, next_folder, unmake_folders
from psi.assembly.last_session import LastSession
from psi.assembly.preparation import PreparedRun, dated
from psi.assembly.request import new_run_id
from psi.assembly.session_end import earlier_of_day
from psi.assembly.stop_options import rules_from_texts
from psi.context.edits import carried_over
from psi.controller.participant import Bystander, Participant
from psi.controller.run import Run
from psi.controller.run_parts import CarriedStates, Mode, RunSettings
from psi.controller.trials.totals import Earlier
from psi.controller.trials.training import TrainingMode
from psi.core.errors import ConfigurationError, Finding, fault_text
from psi.core.random_streams import draw_seed
from psi.link.state import StateSource
from psi.models.base import Document
from psi.models.session import Session
from psi.models.task import Task

log = logging.getLogger(__name__)

_D = TypeVar("_D", bound=Document)


class NextRun:
    """Holds task and session between runs: what was applied in one run holds in the next.

    Edits may come from any thread; runs are made on one.
    """

    def __init__(self, prepared: PreparedRun, state: StateSource, participants: Sequence[Participant] = ()) -> None:
        self.prepared = prepared
        self._state = state
        self._participants = participants
        self._lock = threading.Lock()
        self._live: Run | None = None
        self._made: list[Path] = []
        self._drawn_used = False
        # Who chooses the trials: what was asked for last holds in the next run, too.
        self._training: TrainingMode = "automatic"
        # What the next run that is recorded goes on from.
        self._carried = prepared.carried
        self.task = prepared.task
        self.session = prepared.session
        self._filled_date = datetime.date.today().isoformat()
        self._last = LastSession(state, prepared.request.out, prepared.request.paradigm)
        self._state.update({"task": _plain(self.task), "pending": None, "session": _plain(self.session)})

    @property
    def live(self) -> Run | None:
        """The run that can still be changed."""
        return self._live

    # -- edits -------------------------------------------------------------------------------

    def parse_task(self, document: Mapping[str, Any]) -> Task:
        """The task in ``document``, written out whole. Raises ``ConfigurationError`` where it is none of this paradigm.

        Manifests and seed are those that hold: neither changes while they are loaded.
        """
        given = _document(Task, document, "task")
        if given.paradigm != self.task.paradigm:
            raise ConfigurationError(f"is a task of {given.paradigm!r}; {self.task.paradigm!r} is loaded", "task")
        held = {"manifests": self.task.manifests, "seed": self.task.seed}
        completed: Task = self.prepared.loaded.context.complete(given.model_copy(update=held))
        return completed

    def check(self, task: Task, devices: bool = False) -> list[Finding]:
        """Everything wrong with ``task`` on this rig; with ``devices`` they are asked, too."""
        return list(dict.fromkeys(self.prepared.loaded.controller.check(task, "task", devices)))

    def apply(self, task: Task, who: str, base: Task | None = None) -> None:
        """Let ``task`` hold: in the live run from its next safe point on, otherwise at once.

        What somebody else has applied since ``base``, from which ``task`` was edited, stays. Raises
        ``ConfigurationError`` with its findings where it may not hold.
        """
        if base is not None:
            with self._lock:
                current = self.task if self._live is None else self._live.controls.coming
            task = carried_over(task, base, current)
        errors = [finding for finding in self.check(task) if finding.severity == "error"]
        if errors:
            raise ConfigurationError(errors)
        with self._lock:
            if self._live is not None:
                self._live.controls.apply(task, who)
            else:
                self._hold(task)

    def set_stop_rules(self, texts: Mapping[str, str], who: str = "console") -> None:
        """Change stop rules by name, as they were typed; empty texts take them away. Otherwise as :meth:`apply`."""
        with self._lock:
            held = self.task if self._live is None else self._live.controls.coming
        self.apply(held.model_copy(update={"stop": rules_from_texts(texts, held.stop)}), who)

    def set_session(self, document: Mapping[str, Any]) -> None:
        """Take the session of the next run; one that is going on keeps its own."""
        session = dated(_document(Session, document, "session"))
        with self._lock:
            self.session = session
            if self._live is None or self._live.settings.mode != "running":
                self._state.update({"session": _plain(session)})
        self._last.look(session.subject)

    def look_back(self, subject: str = "") -> None:
        """Look for the last session of ``subject``, or of the next run's; it comes in the mirrored state.

        Raises ``ConfigurationError`` where nobody can be called that.
        """
        if subject:
            _document(Session, {"subject": subject}, "session")
        self._last.look(subject or self.session.subject)

    def _hold(self, task: Task) -> None:
        self.task = task
        self._state.update({"task": _plain(task), "pending": None})

    # -- runs --------------------------------------------------------------------------------

    def carry_over(self, recording: str) -> None:
        """Let the next run that is recorded go on from ``recording``; an empty text lets it begin anew.

        Raises ``ConfigurationError`` where nothing can be carried over from it.
        """
        self._carried = carried_states(recording, "continue") if recording else None

    def require_ready(self) -> None:
        """Raise ``ConfigurationError`` with everything that keeps a recording from being started."""
        findings = [finding for finding in self.check(self.task, devices=True) if finding.severity == "error"]
        try:
            self._folder()
        except ConfigurationError as error:
            findings += error.findings
        if findings:
            raise ConfigurationError(findings)

    def make(self, mode: Mode) -> Run:
        """A fresh run of ``mode``; one that records gets a new folder. Raises ``ConfigurationError``."""
        settings = replace(self.prepared.settings, run_id=new_run_id(), mode=mode, folder="")
        if mode != "running":
            # By hand and for the eye: a clock that is the wall's.
            return self._make(replace(settings, lockstep=False, speed=None))
        if self._drawn_used and not self.prepared.seed_given:
            self.task = self.task.model_copy(update={"seed": draw_seed()})
        self._drawn_used = True
        self._renew_date()
        folder = self._folder()
        self._made = make_folder(folder)
        self._last.hold()
        try:
            return self._make(replace(settings, folder=str(folder)))
        except BaseException:
            unmake_folders(self._made)
            self._last.release()
            raise

    def _renew_date(self) -> None:
        """A rig may be kept overnight: the day that was filled in, not given, is the day of the run."""
        today = datetime.date.today().isoformat()
        with self._lock:
            if self.session.date == self._filled_date != today:
                self.session = self.session.model_copy(update={"date": today})
            self._filled_date = today

    def make_single(self) -> Run:
        """The one run that was asked for, as it was asked for."""
        self._last.hold()
        return self._make(self.prepared.settings)

    def _make(self, settings: RunSettings) -> Run:
        with self._lock:
            task, session = self.task, self.session
        keeper = _Keeper(self)
        participants = [*self._participants, Linker(), keeper]
        carried, earlier = None, Earlier()
        if settings.mode == "running":
            # Once: the run after it begins anew, or is told to go on.
            carried, self._carried = self._carried, None
            earlier = earlier_of_day(Path(settings.folder), session.subject, session.date)
        try:
            documents = self._documents(task, session, carried)
            run = self.prepared.loaded.controller.make_run(task, settings, documents, participants, carried, earlier)
        except ConfigurationError:
            raise
        except Exception as error:
            if not self.prepared.request.host:
                raise
            # Hardware that cannot be opened leaves a closed rig and a reason, and another try.
            log.exception("the run could not be made")
            raise ConfigurationError(fault_text(error)) from error
        assert isinstance(run, Run)
        keeper.run = run
        run.controls.training.want(self._training)
        with self._lock:
            self._live = run
        self._state.update({"finish_reason": "", "finish_words": "", "applied": {}})
        self._state.update({"session": _plain(session), "task": _plain(task)})
        return run

    def _folder(self) -> Path:
        request = self.prepared.request
        return next_folder(request.out, self.session.subject, request.paradigm, datetime.date.today())

    def _documents(
        self, task: Task, session: Session, carried: CarriedStates | None = None
    ) -> dict[str, dict[str, Any]]:
        before = self.prepared.documents
        provenance = before["provenance"]
        seeds = {**provenance["seeds"], "root": task.seed or 0}
        return {
            **before,
            "task": _plain(task),
            "session": _plain(session),
            "provenance": continuing({**provenance, "seeds": seeds}, carried),
        }

    def let_go(self, run: Run) -> None:
        """``run`` is at its end: what holds in it, or would have held next, holds from now on."""
        if run.condition == "starting" and run.settings.mode == "running":
            # It was taken back before it ran: the folder that was made for it is empty.
            unmake_folders(self._made)
        with self._lock:
            if self._live is run:
                self._live = None
                self._hold(run.controls.pending or run.controls.task)
                if run.settings.mode == "running":
                    self._training = run.controls.training.wanted
                self._state.update({"session": _plain(self.session), "pausing": False, "paused": False})
                self._last.release(self.session.subject)


class _Keeper(Bystander):
    """Takes part in a run to keep at its end what was edited in it."""

    def __init__(self, next_run: NextRun) -> None:
        self._next = next_run
        self.run: Run | None = None

    def ensure_stopped(self) -> None:
        if self.run is not None:
            self._next.let_go(self.run)


def _plain(document: Document) -> dict[str, Any]:
    return document.model_dump(mode="json")


def _document(kind: type[_D], values: Mapping[str, Any], where: str) -> _D:
    """``values`` as a document. Raises ``ConfigurationError`` with everything wrong with them."""
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        raise ConfigurationError(
            Finding(detail["msg"].removeprefix("Value error, "), ".".join([where, *map(str, detail["loc"])]))
            for detail in error.errors()
        ) from None
