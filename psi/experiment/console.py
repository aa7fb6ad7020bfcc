"""What one window shows of a rig: its mirrored state, the run's rows, the draft of the task; and its way to ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from atom.api import Atom, Bool, Dict, Event, Int, List, Str, Typed

from psi.core.errors import RunFault
from psi.experiment.counts import Counts, scoring_of
from psi.experiment.drafts.draft import TaskDraft
from psi.experiment.folded import Folded
from psi.experiment.rows import RowsModel
from psi.experiment.theme import DARK, Theme
from psi.experiment.work import work_text
from psi.experiment.worker import Answer, Asker, LinkWorker
from psi.link.state import StateMirror
from psi.models.items import ItemSpec
from psi.models.task import Task
from psi.stream.journal import JournalReader

#: Rows that one look takes from the journal, so that catching up with a long run never freezes the window.
_ROWS_AT_ONCE = 2000


class Console(Atom):
    """One per window. Everything here belongs to the GUI's thread; what takes time is done by a worker.

    Parameters
    ----------
    asker
        The connection to the runtime; closed with the console.
    """

    #: The runtime's values by key; replaced whenever something has changed.
    state = Dict()

    #: Fired after each look that brought something. The value is the set of keys that changed; beside the keys
    #: of the state these are ``'rows'``, ``'draft'``, ``'connected'``, ``'message'``, ``'checked'``, ``'work'``,
    #: ``'preview'`` and ``'theme'``.
    changed = Event()

    #: Whether an alarm is heard.
    alarm_sound = Bool(True)

    #: Whether the runtime answers.
    connected = Bool(False)

    #: Rows of the run that is going on, or went on last.
    rows = Typed(RowsModel, ())

    #: The task as the person is editing it.
    draft = Typed(TaskDraft, ())

    #: What the runtime finds wrong with the draft; it knows every symbol and the rig. Key ``'checked'``.
    checked = List()

    #: The last refusal or error, on one line; cleared by the next success.
    message = Str()

    #: What takes a while now, such as ``'reading 12 000 rows…'``; empty where nothing does.
    work = Str()

    #: Bytes that are left where the run is recorded; ``None`` until it is known.
    disk_free = Typed(int)

    #: Type of a selector that psi does not bring -> what gives the view of its settings.
    selector_views = Dict()

    #: Colours of the window; follows the system.
    theme = Typed(Theme, optional=False)

    #: Groups of parameters that are folded away.
    folded = Typed(Folded, ())

    _worker = Typed(LinkWorker, optional=False)
    _mirror = Typed(StateMirror, ())
    _journal = Typed(JournalReader)
    _callbacks = Dict()
    # Number of a request that is not answered yet -> its command and when it was asked (monotonic, s).
    _asked = Dict()
    # The task that the runtime took last.
    _taken = Typed(Task)
    _checked_version = Int(-1)
    _checking = Bool(False)

    def __init__(self, asker: Asker, theme: Theme = DARK) -> None:
        super().__init__(theme=theme)
        self._worker = LinkWorker(asker)

    def counts(self) -> Counts:
        """Scores, and the figures over them that the paradigm declares, of the trials that count."""
        return self.rows.counts(scoring_of(self.state))

    def get(self, key: str, default: Any = None) -> Any:
        """The mirrored value of ``key``."""
        return self.state.get(key, default)

    @property
    def status(self) -> dict[str, Any]:
        """What the run says of itself; empty before the first."""
        return self.get("status") or {}

    # -- asking ------------------------------------------------------------------------------

    def request(self, command: str, /, *, callback: Callable[[Answer], None] | None = None, **params: Any) -> None:
        """Ask the runtime; returns at once.

        ``callback`` is called from :meth:`poll` with the answer. A refusal without one becomes :attr:`message`.
        """
        number = self._worker.ask(command, params)
        self._asked[number] = command, time.monotonic()
        if callback is not None:
            self._callbacks[number] = callback

    def apply(self) -> None:
        """Let the draft hold from the next trial on. What is wrong with it is said in :attr:`message`."""
        findings = self.draft.findings()
        if findings:
            self.say(findings[0])
            return
        self.draft.seal()
        task = self.draft.task()
        # With what it was edited from: what another console applies meanwhile is not taken back by this.
        base = self._taken if self._taken is not None and self.draft.awaits_word else self.draft.base
        assert base is not None
        sent = self.draft.sent()

        def take(answer: Answer) -> None:
            if answer.error is None:
                self.draft.were_taken(sent)
                self._taken = task
                self.message = ""
            else:
                self.message = answer.line

        self.request("apply", task=_plain(task), base=_plain(base), who="console", callback=take)

    @property
    def applying(self) -> bool:
        """Whether an Apply has been sent and not been answered yet."""
        return any(command == "apply" for command, _ in self._asked.values())

    def say(self, message: str) -> None:
        """Show ``message`` on the header's line."""
        if message != self.message:
            self.message = message
            self.changed = {"message"}

    # -- looking -----------------------------------------------------------------------------

    def poll(self) -> None:
        """Take what the worker brought and what the journal has; to be called some 30 times a second."""
        keys: set[str] = set()
        message = self.message
        replies, answers, connected = self._worker.take()
        for reply in replies:
            keys |= self._mirror.take(reply)
        if keys:
            self.state = dict(self._mirror.values)
        if connected != self.connected:
            self.connected = connected
            keys.add("connected")
        self.disk_free = self._worker.disk_free
        if "recording" in keys:
            self._worker.watch_disk(self.get("recording", ""))
        keys |= self._follow(keys)
        for answer in answers:
            self._answered(answer)
            if answer.command == "apply":
                keys.add("draft")
        if message != self.message:
            keys.add("message")
        self._check_draft()
        work = work_text(self, self._rows_waiting(), self._asked.values(), time.monotonic())
        if work != self.work:
            self.work = work
            keys.add("work")
        if keys:
            self.changed = keys

    def _check_draft(self) -> None:
        """Let the runtime look at each new state of the draft, as soon as it has seen the one before."""
        draft = self.draft
        version = draft.version
        if version == self._checked_version or self._checking or not self.connected or draft.base is None:
            return
        self._checked_version = version
        if not draft.differs():
            self._take_checked([])
            return

        def take(answer: Answer) -> None:
            self._checking = False
            if answer.error is not None and not answer.refused:
                # Nobody has looked at it: again, as soon as the runtime answers.
                self._checked_version = -1
            if answer.error is None and version == self.draft.version:
                errors = [found for found in answer.result.get("findings", []) if found["severity"] == "error"]
                self._take_checked([found["message"] for found in errors])

        self._checking = True
        self.request("check", task=_plain(draft.sound_part()), callback=take)

    def _take_checked(self, messages: list[str]) -> None:
        if messages != self.checked:
            self.checked = messages
            self.changed = {"checked"}

    def _answered(self, answer: Answer) -> None:
        self._asked.pop(answer.number, None)
        callback = self._callbacks.pop(answer.number, None)
        if callback is not None:
            callback(answer)
        elif answer.error is None:
            self.message = ""
        if answer.error is not None and (callback is None or not answer.refused):
            self.message = answer.line

    def _follow(self, keys: set[str]) -> set[str]:
        """Bring rows and draft up to what the state says; what of them changed."""
        more: set[str] = set()
        if "specs" in keys:
            self.draft.declare([ItemSpec.model_validate(spec) for spec in self.get("specs", [])])
            more.add("draft")
        if keys & {"task", "pending", "specs"}:
            held = self.get("task")
            pending = self.get("pending")
            if held is not None and self.draft.specs:
                self.draft.rebase(Task.model_validate(held), Task.model_validate(pending) if pending else None)
                more.add("draft")
        more |= self._read_journal()
        return more

    def _read_journal(self) -> set[str]:
        run_id = self.get("run_id", "")
        n = 0
        if self._journal is not None:
            n = self.rows.take(self._journal.read(_ROWS_AT_ONCE))
            if run_id != self.rows.run_id and not n:
                # Everything of the run before has been read; its memory stays for as long as it is mapped.
                self._detach()
        elif run_id and run_id != self.rows.run_id:
            self._attach(run_id)
            return {"rows"}
        return {"rows"} if n else set()

    def _rows_waiting(self) -> int:
        return 0 if self._journal is None else max(0, self._journal.n_rows - self._journal.next_row)

    def _attach(self, run_id: str) -> None:
        segment = (self.status.get("segments") or {}).get("journal", "")
        if not segment:
            return
        try:
            self._journal = JournalReader(segment)
        except RunFault:
            # It ended before we came; what it wrote is in its recording.
            return
        finally:
            self.rows.begin(run_id, self.get("mode", ""))

    def _detach(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        if theme is not self.theme:
            self.theme = theme
            self.changed = {"theme"}

    def edited(self) -> None:
        """Say that the draft was edited; views call it after each edit."""
        self.changed = {"draft"}

    def close(self) -> None:
        """Stop asking and let go of everything; again is fine."""
        self._worker.close()
        self._detach()


def _plain(task: Task) -> dict[str, Any]:
    return task.model_dump(mode="json")
