"""How a person wants to be called when a run ends by itself or with a fault: kept in ``alarm.json``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from psi.assembly.user_folders import config_dir
from psi.core.errors import ConfigurationError
from psi.models.base import Document
from psi.models.documents import dump_document, load_document
from psi.models.units import Seconds


class AlarmSettings(Document):
    """Sound, and a command of the user's own."""

    current_version: ClassVar[str] = "1.0"

    kind: Literal["alarm"] = "alarm"
    format_version: Literal["1.0"] = "1.0"
    #: Whether the window and the terminal make a sound.
    sound: bool = True
    #: Program and its arguments, run without a shell; empty for none.
    command: tuple[str, ...] = ()
    #: Seconds after which a command that has not ended is ended.
    timeout: Annotated[Seconds, Field(gt=0, le=600)] = 30.0


def alarm_file() -> Path:
    """Where the settings are kept."""
    return config_dir() / "alarm.json"


def load_alarm() -> AlarmSettings:
    """The settings, or the declared ones where there are none. Raises ``ConfigurationError`` for a damaged file."""
    file = alarm_file()
    return load_document(file, AlarmSettings) if file.exists() else AlarmSettings()


def save_alarm(settings: AlarmSettings) -> None:
    """Keep ``settings``. Raises ``ConfigurationError`` where that cannot be done."""
    file = alarm_file()
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(dump_document(settings), encoding="utf-8")
        os.replace(unfinished, file)
    except OSError as error:
        raise ConfigurationError(f"cannot be written: {error.strerror or error}", str(file)) from None
