"""Preferences: tasks that a user keeps for a paradigm by name, one of them the default.

Each is a Task document, ``preferences/PARADIGM/NAME.json`` in the user's settings, written to be read and edited by
people too. The name of the default one stands in the file ``_default`` beside them.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from psi.assembly.discovery import name_of
from psi.assembly.user_folders import config_dir
from psi.core.errors import ConfigurationError
from psi.core.names import did_you_mean
from psi.data.durable_files import write_text
from psi.models.documents import dump_document, load_document
from psi.models.task import Task

SUFFIX = ".json"
_DEFAULT = "_default"
_NAME = re.compile(r"[^\W_][\w .-]{0,59}(?<![. ])")


@dataclass(frozen=True, slots=True)
class StartingTask:
    """The task that a run starts from, and where it was read."""

    task: Task
    source: Path
    #: The preference's name; empty for a file that somebody named.
    preference: str = ""


def folder_of(paradigm: str) -> Path:
    """The folder of the preferences of ``paradigm``, a name or the path of an ``.enaml`` file; it may not exist."""
    name = name_of(Path(paradigm)) if paradigm.endswith(".enaml") else Path(paradigm).name
    return config_dir() / "preferences" / name


def names(paradigm: str) -> list[str]:
    """The preferences that there are, by name."""
    folder = folder_of(paradigm)
    found = [path.stem for path in folder.glob(f"*{SUFFIX}") if _NAME.fullmatch(path.stem)] if folder.is_dir() else []
    return sorted(found)


def path_of(paradigm: str, name: str) -> Path:
    """The file of the preference ``name``, whether it exists or not. Raises ``ConfigurationError`` for no name."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} is no name for preferences; use up to 60 letters, digits, spaces, '.', '-' and '_', "
            "a letter or digit first"
        )
    return folder_of(paradigm) / f"{name}{SUFFIX}"


def save(paradigm: str, name: str, task: Task, *, replace: bool = False) -> Path:
    """Keep ``task`` as the preference ``name``; returns its file.

    The root seed is left out: a kept one would make every run draw the same trials.

    Raises
    ------
    ConfigurationError
        The name is none, is taken and ``replace`` is not given, or nothing can be written there.
    """
    path = path_of(paradigm, name)
    if path.exists() and not replace:
        raise ConfigurationError(f"there are preferences {name!r} of {paradigm!r} already; take another name")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, dump_document(task.model_copy(update={"seed": None})))
    except OSError as error:
        raise ConfigurationError(f"preferences cannot be kept: {error.strerror}", str(path)) from None
    return path


def load(paradigm: str, name: str) -> Task:
    """The task that is kept as ``name``, for ``paradigm`` as it was asked for.

    Documents of earlier versions are brought up to date. That items and selectors still exist is for
    :meth:`psi.context.plugin.ContextPlugin.check` to say: nothing is dropped here.

    Raises
    ------
    ConfigurationError
        There is none, with the nearest names; or every fault of the document, such as a version newer than known.
    """
    path = path_of(paradigm, name)
    if not path.is_file():
        raise ConfigurationError(f"there are no preferences {name!r} of {paradigm!r}{_nearest(paradigm, name)}")
    task = load_document(path, Task)
    if folder_of(task.paradigm) != folder_of(paradigm):
        raise ConfigurationError(f"is a task of paradigm {task.paradigm!r}, not of {paradigm!r}", str(path))
    return task.model_copy(update={"paradigm": paradigm})


def written_version(paradigm: str, name: str) -> str:
    """The version of the format that the file of ``name``, which can be loaded, says; the current one by default."""
    text = path_of(paradigm, name).read_text(encoding="utf-8")
    return str(json.loads(text).get("format_version", Task.current_version))


def delete(paradigm: str, name: str) -> None:
    """Remove the preference ``name``, and let it be the default no longer.

    Raises ``ConfigurationError`` where there is none.
    """
    path = path_of(paradigm, name)
    if not path.is_file():
        raise ConfigurationError(f"there are no preferences {name!r} of {paradigm!r}{_nearest(paradigm, name)}")
    if default_name(paradigm) == name:
        set_default(paradigm, None)
    path.unlink()


def default_name(paradigm: str) -> str | None:
    """The name of the default preference; ``None`` where the declared values are the default."""
    try:
        return (folder_of(paradigm) / _DEFAULT).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        where = str(folder_of(paradigm) / _DEFAULT)
        raise ConfigurationError(f"cannot be read: {error}; remove it to have no default", where) from None


def set_default(paradigm: str, name: str | None) -> None:
    """Let runs of ``paradigm`` start from the preference ``name``; ``None`` from the declared values.

    Raises ``ConfigurationError`` where there is no such preference.
    """
    marker = folder_of(paradigm) / _DEFAULT
    if name is None:
        marker.unlink(missing_ok=True)
    elif not path_of(paradigm, name).is_file():
        raise ConfigurationError(f"there are no preferences {name!r} of {paradigm!r}{_nearest(paradigm, name)}")
    else:
        write_text(marker, f"{name}\n")


def is_file(given: str) -> bool:
    """Whether ``given`` with ``--task`` is meant as a file, not as the name of a preference."""
    return given.endswith(SUFFIX) or os.sep in given or bool(os.altsep and os.altsep in given) or Path(given).is_file()


def starting_task(paradigm: str, given: str | None, use_default: bool) -> StartingTask | None:
    """The task that a run of ``paradigm`` starts from.

    Parameters
    ----------
    paradigm
        As it was asked for.
    given
        A file, or the name of a preference; ``None`` where nobody gave one.
    use_default
        Whether the default preference holds where nothing was given.

    Returns
    -------
    StartingTask or None
        ``None`` where everything is as declared.

    Raises
    ------
    ConfigurationError
        Every reason why it cannot be used.
    """
    if given is not None and is_file(given):
        task = load_document(Path(given), Task)
        if task.paradigm != paradigm:
            raise ConfigurationError(f"is a task of paradigm {task.paradigm!r}, not of {paradigm!r}", given)
        return StartingTask(task, Path(given))
    if given is not None:
        return StartingTask(load(paradigm, given), path_of(paradigm, given), given)
    name = default_name(paradigm) if use_default else None
    if name is None:
        return None
    if not _NAME.fullmatch(name) or not path_of(paradigm, name).is_file():
        raise ConfigurationError(
            f"the default preferences {name!r} of {paradigm!r} are gone; choose others with psi preferences, "
            "or leave them out with --no-default",
            str(folder_of(paradigm) / _DEFAULT),
        )
    return StartingTask(load(paradigm, name), path_of(paradigm, name), name)


def _nearest(paradigm: str, name: str) -> str:
    known = names(paradigm)
    return did_you_mean(name, known) if known else "; none are kept"
