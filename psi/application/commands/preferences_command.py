"""``psi preferences``: the tasks that a user keeps for a paradigm."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from psi.assembly import preferences
from psi.assembly.discovery import find
from psi.core.errors import ConfigurationError
from psi.models.documents import load_document
from psi.models.task import Task


def change_and_show(
    paradigm: str, *, save: str, task: Path | None, default: str, no_default: bool, delete: str, as_json: bool
) -> int:
    """Do what was asked, then print what there is. Raises ``ConfigurationError`` where it is refused."""
    find("paradigm", paradigm)
    if bool(save) != (task is not None):
        raise ConfigurationError("--save NAME keeps what --task FILE holds; give both, or none of them")
    if default and no_default:
        raise ConfigurationError("--default and --no-default say opposite things; give one of them")
    if save and task is not None:
        _save(paradigm, save, task)
    if delete:
        preferences.delete(paradigm, delete)
    if default or no_default:
        preferences.set_default(paradigm, default or None)
    _show(paradigm, as_json)
    return 0


def _save(paradigm: str, name: str, file: Path) -> None:
    task = load_document(file, Task)
    if preferences.folder_of(task.paradigm) != preferences.folder_of(paradigm):
        raise ConfigurationError(f"is a task of paradigm {task.paradigm!r}, not of {paradigm!r}", str(file))
    preferences.save(paradigm, name, task, replace=True)


def _show(paradigm: str, as_json: bool) -> None:
    names, default = preferences.names(paradigm), preferences.default_name(paradigm)
    if as_json:
        files = {name: str(preferences.path_of(paradigm, name)) for name in names}
        print(json.dumps({"preferences": files, "default": default}, ensure_ascii=False))
        return
    for name in names:
        print(f"{name}{' (default)' if name == default else ''}")
    if not names:
        sys.stderr.write(f"no preferences are kept for {paradigm}\n")
