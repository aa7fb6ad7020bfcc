"""``psi alarm``: how a person is called at the end of a run."""

from __future__ import annotations

import shlex
import shutil
import sys
from typing import Any

from psi.application.alarm import Call, run_command
from psi.assembly.alarm_settings import AlarmSettings, alarm_file, load_alarm, save_alarm
from psi.core.errors import ConfigurationError, Finding
from psi.models.documents import validated


def change_and_show(
    command: tuple[str, ...], *, sound: bool | None, timeout: float | None, no_command: bool, test: bool
) -> int:
    """Do what was asked, then print how it is. Raises ``ConfigurationError`` where it is refused."""
    if command and no_command:
        raise ConfigurationError("a command and --no-command say opposite things; give one of them")
    held = load_alarm()
    update: dict[str, Any] = {"sound": sound, "timeout": timeout, "command": command or None}
    update = {name: value for name, value in update.items() if value is not None}
    if no_command:
        update["command"] = ()
    findings = []
    if command and shutil.which(command[0]) is None:
        findings.append(Finding(f"there is no program {command[0]!r} that can be run; write its path", "psi alarm"))
    try:
        settings = validated({**held.model_dump(), **update}, AlarmSettings, "psi alarm")
    except ConfigurationError as error:
        raise ConfigurationError([*findings, *error.findings]) from None
    if findings:
        raise ConfigurationError(findings)
    if settings != held:
        save_alarm(settings)
    print(f"sound: {'yes' if settings.sound else 'no'}")
    print(f"command: {shlex.join(settings.command) or 'none'}")
    if settings.command:
        print(f"it may take {settings.timeout:g} s; kept in {alarm_file()}")
    return _try(settings) if test else 0


def _try(settings: AlarmSettings) -> int:
    if settings.sound:
        sys.stderr.write("\a")
    if not settings.command:
        return 0
    call = Call("end", "test", "this is a test of psi alarm", "test", "")
    problem = run_command(settings, call)
    if problem:
        raise ConfigurationError(f"the command {settings.command[0]!r} {problem}", "psi alarm")
    print("the command has ended well")
    return 0
