"""Preferences as the window offers them: tasks that are kept by name, one of them what runs start from."""

from __future__ import annotations

from typing import Any

from atom.api import Atom, Event, List, Str, Typed

from psi.core.errors import ConfigurationError
from psi.experiment.console import Console
from psi.experiment.worker import Answer
from psi.models.task import Task


class Preferences(Atom):
    """Asks the runtime, where they are kept; what it answers is here a moment later.

    Loading edits the draft and nothing else: Apply lets it hold, Undo takes it back.
    """

    #: Where the draft is, and who asks.
    console = Typed(Console, optional=False)

    #: Those that there are, by name.
    names = List()

    #: The one that runs start from; empty where the declared values are.
    default = Str()

    #: The folder that they are in.
    folder = Str()

    #: What was done last, or why it was refused; its tone is 'red' then.
    said = Str()
    tone = Str()

    #: Fired when something above is new.
    changed = Event()

    def look(self) -> None:
        """Ask which there are."""
        self._ask("preferences", "")

    def save(self, name: str, *, replace: bool = False) -> None:
        """Keep the draft, edits and all, as ``name``; one of this name is replaced only with ``replace``."""
        try:
            task = self.console.draft.task()
        except ConfigurationError as error:
            first, *others = error.findings
            more = f", and {len(others)} more" if others else ""
            self._say(f"not kept: {first.message}{more}", "red")
            return
        self._ask(
            "save_preferences",
            f"kept as {name.strip()!r}",
            name=name,
            task=task.model_dump(mode="json"),
            replace=replace,
        )

    def make_default(self, name: str | None) -> None:
        """Let runs start from ``name``; ``None`` from the declared values."""
        done = "runs start from the declared values" if name is None else f"runs start from {name!r}"
        self._ask("default_preferences", done, name=name)

    def delete(self, name: str) -> None:
        """Remove ``name``."""
        self._ask("delete_preferences", f"{name!r} is deleted", name=name)

    def load(self, name: str) -> None:
        """Edit the draft into what is kept as ``name``; what has no place in it any more is said."""
        self.console.request("load_preferences", callback=lambda answer: self._loaded(name, answer), name=name)

    def _loaded(self, name: str, answer: Answer) -> None:
        if answer.error is not None:
            self._refused(f"{name!r} is not loaded", answer)
            return
        draft, task = self.console.draft, Task.model_validate(answer.result["task"])
        left_out = draft.load(task)
        n = len(draft.differs())
        words = [f"{name!r} is loaded: {n} edit{'' if n == 1 else 's'}" if n else f"{name!r} is what holds"]
        version = answer.result["format_version"]
        if version != Task.current_version:
            words.append(f"brought up to date from format {version}")
        if draft.base is not None and task.stop != draft.base.stop:
            words.append("stop rules stay as they are")
        if draft.base is not None and set(task.manifests) != set(draft.base.manifests):
            words.append("manifests stay as they are until the next launch")
        if left_out:
            words.append("left out: " + "; ".join(left_out))
        self._say("; ".join(words), "red" if left_out else "")
        self.console.edited()

    def forget(self) -> None:
        """What was said is no longer news."""
        if self.said:
            self._say("")

    def _ask(self, command: str, done: str, **params: Any) -> None:
        self.console.request(command, callback=lambda answer: self._take(answer, done), **params)

    def _take(self, answer: Answer, done: str) -> None:
        if answer.error is not None:
            self._refused("refused", answer)
            return
        self.names = answer.result["names"]
        self.default = answer.result["default"] or ""
        self.folder = answer.result["folder"]
        if done:
            self._say(done)
        else:
            self.changed = True

    def _refused(self, what: str, answer: Answer) -> None:
        self._say(f"{what}: {answer.line}", "red")

    def _say(self, words: str, tone: str = "") -> None:
        self.said, self.tone = words, tone
        self.changed = True
