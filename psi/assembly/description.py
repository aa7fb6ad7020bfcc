"""What a console is told once: the paradigm, the rig, items, outputs and trial logic, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psi.assembly.last_session import version_text
from psi.assembly.preparation import PreparedRun
from psi.controller.dispatch.action import ExperimentAction
from psi.controller.trials.durations import drawn_words
from psi.controller.trials.state_machine import Entry, Exit, Region, State
from psi.controller.trials.trials import STANDARD_RESULTS
from psi.controller.wiring import event_names
from psi.experiment.strips.toolbar import describe_buttons
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
    wiring = controller.wiring()
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
        "buttons": describe_buttons(loaded.workbench),
        "outputs": [_output(output) for output, _ in wiring.outputs.values()],
        "machine": describe_logic(controller.regions()),
        "events": sorted(event_names(loaded.workbench, wiring).events),
        "scoring": context.scoring(prepared.task).model_dump(mode="json"),
        "standard_results": [name for name, *_ in STANDARD_RESULTS],
    }


def describe_logic(regions: Sequence[Region]) -> list[dict[str, Any]]:
    """The states of all regions in the order of their declaration; each says which region it is of."""
    return [_state(state, region) for region in regions for state in region.states().values()]


def _state(state: State, region: Region) -> dict[str, Any]:
    return {
        "name": state.name,
        "region": region.name,
        # What begins and ends the region; empty for the one that owns the trial, from Start to Stop.
        "begins": region.begins,
        "ends": region.ends,
        "owns_trial": region.owns_trial,
        "color": state.color,
        "duration": state.duration,
        # In words; empty where it is not drawn.
        "drawn": drawn_words(state.duration),
        "posts": list(state.posts),
        "exit_posts": list(state.exit_posts),
        "entry": _calls(state, Entry),
        "exit": _calls(state, Exit),
        "transitions": [
            {"event": transition.event, "condition": transition.condition, "target": transition.target}
            for transition in state.transitions()
        ],
        "target": state.target,
    }


def _calls(state: State, kind: type[ExperimentAction]) -> list[str]:
    return [action.command for action in state.actions() if isinstance(action, kind)]


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
