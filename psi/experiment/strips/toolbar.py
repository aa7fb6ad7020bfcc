"""Buttons of the window that manifests contribute: each sends a command."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from atom.api import Dict, List, Str
from enaml.core.api import Declarative, d_
from enaml.workbench.api import Workbench

from psi.controller.dispatch.arguments import Expr
from psi.controller.run_parts import Mode
from psi.controller.sent_commands import bind_command
from psi.core.contributions import by_name, gather, unknown_children, where_of
from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean

TOOLBAR = "psi.experiment.toolbar"

#: Conditions of the rig in which a command can be called at all.
CONDITIONS: tuple[str, ...] = get_args(Mode)


class ToolbarButton(Declarative):
    """A button of the window. Contributed to ``psi.experiment.toolbar``; its ``name`` is its own.

    It sends ``command`` to the run, as ``psi send`` does: the run's audit has who pressed it and how that went. A
    failure is said in the window and ends nothing.
    """

    #: Id of the command.
    command = d_(Str())

    #: Parameters of the command, as those of an action.
    kwargs = d_(Dict())

    #: What stands on it.
    label = d_(Str())

    #: Path of an image on it; none where empty.
    icon = d_(Str())

    #: Keys that press it, such as ``'Ctrl+L'``; none where empty.
    shortcut = d_(Str())

    #: What is said where the mouse rests on it; without, what the command says of itself.
    hint = d_(Str())

    #: Conditions of the rig in which it can be pressed: 'open', 'monitoring', 'running'.
    enabled = d_(List(Str(), list(CONDITIONS)))


def buttons_of(workbench: Workbench) -> dict[str, ToolbarButton]:
    """The buttons by name, in the order of declaration. Raises ``ConfigurationError`` for nameless and doubled ones."""
    return by_name(gather(workbench, TOOLBAR, ToolbarButton), "button")


def describe_buttons(workbench: Workbench) -> list[dict[str, Any]]:
    """The buttons as plain values, for the window."""
    commands = workbench.get_plugin("psi.controller").commands()
    return [
        {
            "name": name,
            "command": button.command,
            "kwargs": {key: str(value) if isinstance(value, Expr) else value for key, value in button.kwargs.items()},
            "label": button.label or name,
            "icon": button.icon,
            "shortcut": button.shortcut,
            "hint": button.hint or commands[button.command].description,
            "enabled": list(button.enabled),
        }
        for name, button in buttons_of(workbench).items()
    ]


def toolbar_findings(workbench: Workbench) -> list[Finding]:
    """Everything wrong with the buttons."""
    findings = unknown_children(workbench, TOOLBAR, ToolbarButton)
    try:
        buttons_of(workbench)
    except ConfigurationError as error:
        findings += error.findings
    controller = workbench.get_plugin("psi.controller")
    pressed_by: dict[str, str] = {}
    for _, button in gather(workbench, TOOLBAR, ToolbarButton):
        name = button.name
        if button.icon and not Path(button.icon).is_file():
            message = f"button {name!r}: there is no image {button.icon!r}; correct its path"
            findings.append(Finding(message, where_of(button, "icon")))
        try:
            bind_command(controller, button.command, button.kwargs)
        except ConfigurationError as error:
            where = where_of(button, "kwargs" if button.kwargs else "command")
            findings += [Finding(f"button {name!r}: {finding.message}", where) for finding in error.findings]
        findings += [
            Finding(
                f"button {name!r} is enabled while the rig is {condition!r}{did_you_mean(condition, CONDITIONS)}; "
                f"it can be: {', '.join(CONDITIONS)}",
                where_of(button, "enabled"),
            )
            for condition in button.enabled
            if condition not in CONDITIONS
        ]
        if button.shortcut:
            first = pressed_by.setdefault(button.shortcut.lower(), name)
            if first != name:
                findings.append(
                    Finding(
                        f"buttons {first!r} and {name!r} have the same shortcut {button.shortcut!r}; change one",
                        where_of(button, "shortcut"),
                    )
                )
    return findings
