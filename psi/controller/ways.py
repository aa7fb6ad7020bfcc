"""The whole way from a sensor to an output, in seconds, of every event that a paradigm answers with an output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from psi.controller.dispatch.action import ActionIndex
from psi.controller.dispatch.event_expression import EventExpression
from psi.controller.trials.state_machine import StateMachine
from psi.controller.wiring import Wiring
from psi.inputs.node import Node


@dataclass(frozen=True, slots=True)
class Way:
    """From a sensor to an output, all times in s.

    What software takes is no part of it: it is measured, not declared.
    """

    event: str
    sensor: str
    output: str
    #: Nominal delay of the filters above the edge.
    filtering: float
    #: How long the level must last before it counts.
    debouncing: float
    #: Longest wait for the end of the block.
    block: float
    #: What the device holds of the output and cannot change any more.
    look_ahead: float

    @property
    def total(self) -> float:
        """The longest declared way; software comes on top."""
        return self.filtering + self.debouncing + self.block + self.look_ahead


def ways(wiring: Wiring, index: ActionIndex, machine: StateMachine | None, block_duration: float) -> list[Way]:
    """Every way from an edge to an output that a command works, directly or through a state that the edge enters.

    Parameters
    ----------
    wiring, index, machine
        Of declarations in order; ``machine`` is the trial logic, if there is any.
    block_duration
        Seconds that engines hand over at a time.
    """
    found = []
    for reference in wiring.inputs:
        for node in wiring.chain(reference).events:
            for event in (f"{node.name}_rising", f"{node.name}_falling"):
                outputs = dict.fromkeys(_outputs(_consequences(event, machine), index, wiring))
                found += [_way(event, reference, output, node, wiring, block_duration) for output in outputs]
    return found


def _way(event: str, sensor: str, output: str, node: Node, wiring: Wiring, block_duration: float) -> Way:
    _, channel = wiring.outputs[output]
    engine = wiring.tree.engine_of[channel.reference]
    ahead = engine.minimum_block_latency(block_duration) - block_duration if channel.fs > 0 else 0.0
    filtering = node.source.delay
    return Way(event, sensor, output, filtering, node.info.delay - filtering, block_duration, ahead)


def _consequences(event: str, machine: StateMachine | None) -> list[str]:
    """``event`` and what trial logic posts because of it without any time passing."""
    names = [event]
    for state in machine.states().values() if machine is not None else ():
        for transition in state.transitions():
            if transition.target and event in EventExpression(transition.event).names:
                target = machine.states()[transition.target]  # type: ignore[union-attr]
                names += [f"{state.name}_end", f"{target.name}_start", *target.posts]
    return names


def _outputs(events: list[str], index: ActionIndex, wiring: Wiring) -> Iterator[str]:
    for event in events:
        for bound in index.by_event.get(event, ()):
            output = bound.action.kwargs.get("output")
            if isinstance(output, str) and output in wiring.outputs:
                yield output
