"""The boxes of an experiment: engines with their channels, chains and outputs; events with what is done on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from psi.controller.dispatch.action import BoundAction
from psi.controller.dispatch.event_expression import EventExpression
from psi.controller.plugin import ControllerPlugin
from psi.controller.wiring import Wiring, event_names
from psi.hardware.channel import Channel
from psi.hardware.engine import Engine
from psi.inputs.node import Node, info_text
from psi.inputs.stage import settings_of
from psi.outputs.output import Output
from psi.plots.flow import Box


class FlowBoxes:
    """Makes the boxes of what is loaded.

    Parameters
    ----------
    controller
        Whose declarations have been found to be in order.
    machine
        The states of the trial logic, each with ``name`` and ``transitions``, which have an ``event``.
    """

    def __init__(self, controller: ControllerPlugin, machine: Sequence[Mapping[str, Any]]) -> None:
        self._wiring: Wiring = controller.wiring()
        names = event_names(controller.workbench, self._wiring)
        self._origin = names.origin
        self._actions = controller.action_index(names).by_event
        self._waiting: dict[str, list[str]] = {}
        for state in machine:
            for transition in state.get("transitions") or ():
                for name in EventExpression(transition["event"]).names:
                    states = self._waiting.setdefault(name, [])
                    if state["name"] not in states:
                        states.append(state["name"])
        self._shown: set[str] = set()

    def signals(self) -> list[Box]:
        """A tree for each engine."""
        return [self._engine(engine) for engine in self._wiring.tree.engines]

    def actions(self) -> list[Box]:
        """A tree for each event that something is done on and that :meth:`signals` has not shown."""
        return [self._event(name) for name in sorted(set(self._actions) - self._shown)]

    def _engine(self, engine: Engine) -> Box:
        children = [self._channel(channel) for channel in engine.channels()]
        kind = type(engine).__name__
        return Box(engine.name or kind, "engine", kind if engine.name else "", children=children)

    def _channel(self, channel: Channel) -> Box:
        device = f"at {channel.channel}" if channel.name else ""
        if channel.direction == "input":
            chain = self._wiring.chain(channel.reference)
            children = [self._node(node) for node in chain.roots]
            lines = device, info_text(chain.source)
            return Box(channel.reference, "channel", type(channel).__name__, lines, children)
        rate = f"{channel.fs:g} /s, {channel.stream_info().unit or 'levels'}" if channel.fs else "on demand"
        children = [self._output(output) for output, where in self._wiring.outputs.values() if where is channel]
        return Box(channel.reference, "channel", type(channel).__name__, (device, rate), children, gives_back=True)

    def _output(self, output: Output) -> Box:
        stimulus = self._wiring.stimuli.get(output.name)
        plays = f"plays {type(stimulus).__name__}" if stimulus is not None else ""
        return Box(output.name, "output", type(output).__name__, (plays,), gives_back=True)

    def _node(self, node: Node) -> Box:
        children = [self._node(child) for child in node.children]
        if node.name:
            found = (f"{node.name}_{end}" for end in ("rising", "falling", "spike"))
            children += [self._event(name) for name in found if self._origin.get(name) == "rig"]
        fate = "" if node.fused else node.fate or "not saved"
        return Box(
            node.name or node.kind,
            "stage",
            node.kind if node.name else "",
            (_settings(node.stage), info_text(node.info), fate),
            children,
            joined=node.parent is not None and node.parent.fused is node,
            unread=not node.is_live,
        )

    def _event(self, name: str) -> Box:
        self._shown.add(name)
        states = self._waiting.get(name, ())
        waiting = f"trial logic waits for it in {', '.join(states)}" if states else ""
        children = [self._action(name, bound) for bound in self._actions.get(name, ())]
        nobody = "" if states or children else "nobody waits for it"
        return Box(name, "event", "event", (waiting, nobody), children, unread=bool(nobody))

    def _action(self, event: str, bound: BoundAction) -> Box:
        action = bound.action
        kwargs = ", ".join(f"{name} = {value}" for name, value in action.kwargs.items())
        delay = f"after {action.delay:g} s" if action.delay else ""
        condition = f"if {action.event}" if action.event.strip() != event else ""
        lines = (kwargs, delay, condition, f"in {bound.manifest}")
        output = self._wiring.outputs.get(str(action.kwargs.get("output", "")))
        children = [_worked(*output)] if output is not None else []
        return Box(bound.command.id, "action", "", lines, children)


def _worked(output: Output, channel: Channel) -> Box:
    """The output that a command works; its own box, with what it plays, stands at its channel."""
    return Box(output.name, "output", type(output).__name__, (f"on {channel.reference}",))


def _settings(stage: object) -> str:
    values = settings_of(stage)
    for part in _defaults(stage):
        # What is switched off is not worth its room.
        if not values.get(part):
            values.pop(part, None)
    return " ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in values.items()
        if value is not None
    )


def _defaults(stage: Any) -> Iterable[str]:
    """Settings that are off unless somebody says otherwise."""
    parts = fields(stage) if is_dataclass(stage) else ()
    return [part.name for part in parts if part.default is not MISSING and not part.default]
