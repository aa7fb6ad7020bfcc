"""What a console is told once: the paradigm, the rig, items, outputs and trial logic, as plain values."""

from __future__ import annotations

from typing import Any

from psi.assembly.last_session import version_text
from psi.assembly.preparation import PreparedRun
from psi.controller.state_machine import StateMachine
from psi.controller.trials import STANDARD_RESULTS
from psi.controller.wiring import event_names
from psi.models.provenance import Provenance
from psi.outputs.output import EpochOutput, Output, Toggle, Trigger

#: What a person may do with each kind of output by hand.
_BY_HAND: tuple[tuple[type[Output], tuple[str, ...]], ...] = (
    (Trigger, ("fire", "prime", "stop")),
    (Toggle, ("high", "low")),
    (EpochOutput, ("start",)),
)


def describe(prepared: PreparedRun) -> dict[str, Any]:
    """The part of the mirrored state that holds as long as the manifests are loaded."""
    loaded, request = prepared.loaded, prepared.request
    controller, context = loaded.controller, loaded.context
    wiring, machine = controller.wiring(), controller.machine()
    rig = loaded.rig
    return {
        "paradigm": {"name": prepared.task.paradigm, "title": loaded.paradigm.title or prepared.task.paradigm},
        "rig": {
            "name": request.rig,
            "title": rig.title or request.rig,
            "values": prepared.documents["rig"]["values"],
            "units": {name: value.unit for name, value in rig.declared().items()},
        },
        "psi": version_text(Provenance.model_validate(prepared.documents["provenance"])),
        "specs": [spec.model_dump(mode="json") for spec in context.specs().values()],
        "selectors": list(context.selectors()),
        "outputs": [_output(output) for output, _ in wiring.outputs.values()],
        "machine": [] if machine is None else describe_machine(machine),
        "events": sorted(event_names(loaded.workbench, wiring, machine).events),
        "standard_results": [name for name, *_ in STANDARD_RESULTS],
    }


def describe_machine(machine: StateMachine) -> list[dict[str, Any]]:
    """The states in the order of their declaration."""
    return [
        {
            "name": state.name,
            "color": state.color,
            "duration": state.duration,
            "posts": list(state.posts),
            "transitions": [
                {"event": transition.event, "condition": transition.condition, "target": transition.target}
                for transition in state.transitions()
            ],
            "target": state.target,
        }
        for state in machine.states().values()
    ]


def _output(output: Output) -> dict[str, Any]:
    actions = next((actions for kind, actions in _BY_HAND if isinstance(output, kind)), ())
    return {
        "name": output.name,
        "label": output.label,
        "kind": type(output).__name__,
        "actions": list(actions),
        "duration": output.duration if isinstance(output, Trigger) else None,
        "max_duration": output.max_duration if isinstance(output, Trigger) else None,
    }
