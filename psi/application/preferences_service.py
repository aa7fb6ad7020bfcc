"""What consoles may ask about preferences. They are kept where the runtime is, which starts runs from them."""

from __future__ import annotations

from typing import Any

from psi.assembly import preferences
from psi.assembly.next_run import NextRun
from psi.core.errors import ConfigurationError
from psi.link.server import Handler
from psi.models.task import Task


class PreferencesService:
    """Answers what a window asks about the preferences of the paradigm that is loaded.

    Every answer but that of ``load_preferences`` says what there is afterwards: ``names``, ``default`` (a name or
    ``None``) and the ``folder`` that they are in.
    """

    def __init__(self, next_run: NextRun) -> None:
        self._next = next_run
        self._paradigm = next_run.prepared.request.paradigm
        #: Command -> what does it.
        self.handlers: dict[str, Handler] = {
            "preferences": lambda p: self._there_are(),
            "save_preferences": self._save,
            "load_preferences": self._load,
            "default_preferences": self._default,
            "delete_preferences": self._delete,
        }

    def _there_are(self) -> dict[str, Any]:
        return {
            "names": preferences.names(self._paradigm),
            "default": preferences.default_name(self._paradigm),
            "folder": str(preferences.folder_of(self._paradigm)),
        }

    def _save(self, params: dict[str, Any]) -> dict[str, Any]:
        """Keep a task; one that could not be run is refused with everything wrong with it."""
        task = self._next.parse_task(params.get("task") or {})
        errors = [finding for finding in self._next.check(task) if finding.severity == "error"]
        if errors:
            raise ConfigurationError(errors)
        # As it was asked for, so that --task and the default find it under the name that people use.
        task = task.model_copy(update={"paradigm": self._paradigm})
        preferences.save(self._paradigm, _name(params), task, replace=params.get("replace") is True)
        return self._there_are()

    def _load(self, params: dict[str, Any]) -> dict[str, Any]:
        """The task, written out whole, to be edited and applied; and the version that its file was written in."""
        name = _name(params)
        task = preferences.load(self._paradigm, name)
        completed: Task = self._next.prepared.loaded.context.complete(task)
        return {
            "task": completed.model_dump(mode="json"),
            "format_version": preferences.written_version(self._paradigm, name),
        }

    def _default(self, params: dict[str, Any]) -> dict[str, Any]:
        preferences.set_default(self._paradigm, _name(params) if params.get("name") is not None else None)
        return self._there_are()

    def _delete(self, params: dict[str, Any]) -> dict[str, Any]:
        preferences.delete(self._paradigm, _name(params))
        return self._there_are()


def _name(params: dict[str, Any]) -> str:
    name = params.get("name")
    if not isinstance(name, str):
        raise ConfigurationError(f"a request needs 'name' as str, not {name!r}")
    return name.strip()
