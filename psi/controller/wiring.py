"""Who is on which channel: engines, inputs and outputs put together from the rig and from manifests."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from enaml.workbench.api import Workbench

from psi.controller.dispatch.event import (
    BUILT_IN_EVENTS,
    BUILT_IN_STATES,
    ENGINE_EVENTS,
    STORE_EVENTS,
    EventNames,
    ExperimentEvent,
    ExperimentState,
)
from psi.controller.trials.state_machine import Region
from psi.core.contributions import gather, where_of
from psi.core.errors import Finding
from psi.core.names import did_you_mean
from psi.hardware.channel import Channel, DigitalOutput
from psi.hardware.engine import Engine
from psi.hardware.engine_tree import EngineTree
from psi.inputs.chain import Chain, build_chain
from psi.inputs.edges import Edges
from psi.inputs.input import Input
from psi.inputs.spike_detect import SpikeDetect
from psi.inputs.stage import title_of
from psi.outputs.output import Output, Trigger
from psi.outputs.stimulus import Stimulus


@dataclass
class Wiring:
    """The rig's tree as declared, with what manifests add to it, and everything wrong with it."""

    tree: EngineTree
    #: Output name -> (declaration, its channel).
    outputs: dict[str, tuple[Output, Channel]] = field(default_factory=dict)
    #: Channel reference -> the inputs on it.
    inputs: dict[str, list[Input]] = field(default_factory=dict)
    #: Input name -> the inputs that manifests add below it.
    added: dict[str, list[Input]] = field(default_factory=dict)
    #: Output name -> what it plays.
    stimuli: dict[str, Stimulus] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def deliveries(self) -> dict[str, str]:
        """Channel -> the event by which its device says how much it has given, of those that measure it."""
        return {channel: event for engine in self.tree.engines for channel, event in engine.deliveries().items()}

    def chain(self, reference: str) -> Chain:
        """A new chain for the channel ``reference``. Raises ``ConfigurationError`` with every finding of it."""
        inputs = self.inputs.get(reference, [])
        return build_chain(self.tree.channels[reference].stream_info(), inputs, added=self.added)

    def below(self, item: Input) -> list[Input]:
        """The inputs that read what ``item`` makes."""
        return [child for child in (*item.children, *self.added.get(item.name, ())) if isinstance(child, Input)]

    def all_inputs(self) -> Iterator[tuple[Input, Channel]]:
        """Every input with its channel, depth first."""
        for reference, inputs in self.inputs.items():
            for item in self._depth_first(inputs):
                yield item, self.tree.channels[reference]

    def _depth_first(self, inputs: Sequence[Input]) -> Iterator[Input]:
        for item in inputs:
            yield item
            yield from self._depth_first(self.below(item))

    def named_inputs(self) -> Iterator[tuple[Input, Channel]]:
        """Every input with a name, with its channel."""
        return ((item, channel) for item, channel in self.all_inputs() if item.name)

    def input_names(self) -> set[str]:
        return {item.name for item, _ in self.named_inputs()}

    def edge_names(self) -> set[str]:
        return {item.name for item, _ in self.named_inputs() if isinstance(item, Edges)}


def make_wiring(workbench: Workbench) -> Wiring:
    """Put the tree together. Faults are kept as findings, so that all can be shown at once."""
    engines = [engine for _, engine in gather(workbench, "psi.controller.hardware", Engine)]
    findings: list[Finding] = []
    for number, engine in enumerate(engines):
        if not engine.name and len(engines) > 1:
            findings.append(
                Finding(f"engine number {number + 1} has no name; a rig with several needs them", where_of(engine))
            )
        elif any(engine.name == other.name for other in engines[:number]):
            findings.append(Finding(f"engine {engine.name!r} is declared twice; rename one", where_of(engine, "name")))
    wiring = Wiring(EngineTree(engines), findings=findings)
    findings += wiring.tree.missing() + wiring.tree.clock_findings()
    declared: list[tuple[Output, str]] = []
    seen: set[str] = set()
    for engine in engines:
        for channel in engine.channels():
            if channel.reference in seen:
                findings.append(
                    Finding(f"channel {channel.reference!r} is declared twice; rename one", where_of(channel))
                )
            seen.add(channel.reference)
            declared += [(child, channel.reference) for child in channel.children if isinstance(child, Output)]
            inputs = [child for child in channel.children if isinstance(child, Input)]
            if channel.direction == "input":
                wiring.inputs[channel.reference] = inputs
            elif inputs:
                findings.append(
                    Finding(f"{channel.reference!r} is an output channel and takes no inputs", where_of(inputs[0]))
                )
    declared += [(output, output.channel) for _, output in gather(workbench, "psi.controller.io", Output)]
    for output, reference in declared:
        findings += _place(wiring, output, reference)
    findings += _add_inputs(wiring, [item for _, item in gather(workbench, "psi.controller.io", Input)])
    for _, stimulus in gather(workbench, "psi.controller.io", Stimulus):
        if stimulus.output not in wiring.outputs:
            hint = did_you_mean(stimulus.output, wiring.outputs)
            findings.append(
                Finding(f"stimulus for the unknown output {stimulus.output!r}{hint}", where_of(stimulus, "output"))
            )
        elif stimulus.output in wiring.stimuli:
            findings.append(
                Finding(f"output {stimulus.output!r} has two stimuli; remove one", where_of(stimulus, "output"))
            )
        else:
            wiring.stimuli[stimulus.output] = stimulus
    return wiring


def _add_inputs(wiring: Wiring, added: Sequence[Input]) -> list[Finding]:
    """Put the inputs that manifests contribute below those that they read."""
    for item in added:
        if item.source:
            wiring.added.setdefault(item.source, []).append(item)
    there = [item for item, _ in wiring.all_inputs()]
    findings: list[Finding] = []
    for item in added:
        if not item.source:
            message = (
                f"input {item.name!r} stands alone; nest it in a channel, or name the input that it reads as source"
            )
            findings.append(Finding(message, where_of(item)))
        elif item not in there:
            hint = did_you_mean(item.source, wiring.input_names())
            message = f"{title_of(type(item).__name__, item.name)} reads the unknown input {item.source!r}{hint}"
            findings.append(Finding(message, where_of(item, "source")))
    for item in there:
        if item.source and item not in added:
            message = f"{title_of(type(item).__name__, item.name)} is nested and has a source, {item.source!r}"
            findings.append(Finding(f"{message}; leave it out", where_of(item, "source")))
    return findings


def _place(wiring: Wiring, output: Output, reference: str) -> list[Finding]:
    where = where_of(output, "channel" if output.channel else "name")
    if not output.name:
        return [Finding(f"a {type(output).__name__} on {reference!r} has no name; give it one", where)]
    if output.name in wiring.outputs:
        return [Finding(f"output {output.name!r} is declared twice; rename one", where)]
    channel = wiring.tree.channels.get(reference)
    if channel is None:
        known = [item.reference for item in wiring.tree.channels.values() if item.direction == "output"]
        return [
            Finding(f"output {output.name!r} needs the channel {reference!r}{did_you_mean(reference, known)}", where)
        ]
    kind = type(output).__name__
    if channel.direction != "output":
        return [Finding(f"{kind} {output.name!r} is on {reference!r}, which is an input channel", where)]
    if channel.fs == 0 and not output.on_demand:
        return [Finding(f"{kind} {output.name!r} needs a channel with a sample rate; {reference!r} has fs = 0", where)]
    if channel.digital != output.digital:
        line = "digital" if channel.digital else "analog"
        return [Finding(f"{kind} {output.name!r} does not fit {reference!r}, which is {line}", where)]
    wiring.outputs[output.name] = (output, channel)
    limit = channel.on_time_limit() if isinstance(channel, DigitalOutput) and not channel.findings() else math.inf
    if isinstance(output, Trigger) and output.duration > limit:
        message = (
            f"output {output.name!r} has a duration of {output.duration:g} s, but its channel {reference!r} a "
            f"max_on_time of {limit:g} s; make one fit the other"
        )
        return [*output.findings(), Finding(message, where_of(output, "duration"))]
    return output.findings()


def event_names(workbench: Workbench, wiring: Wiring) -> EventNames:
    """Every event and flag that this rig and these manifests have."""
    names = EventNames()
    for event in (*BUILT_IN_EVENTS, *ENGINE_EVENTS, *STORE_EVENTS):
        names.add_event(event, "psi")
    for state in BUILT_IN_STATES:
        names.add_state(state, "psi")
    for name in sorted(wiring.edge_names()):
        names.add_state(name, "rig", "rising", "falling")
    for item, _ in wiring.named_inputs():
        if isinstance(item, SpikeDetect) and item.events:
            names.add_event(f"{item.name}_spike", "rig")
    for name in wiring.outputs:
        names.add_state(name, "rig")
    for engine in wiring.tree.engines:
        for name in engine.events():
            names.add_event(name, "rig")
    for extension, event in gather(workbench, "psi.controller.events", ExperimentEvent):
        names.add_event(event.name, extension.plugin_id)
    for extension, state in gather(workbench, "psi.controller.events", ExperimentState):
        names.add_state(state.name, extension.plugin_id)
    for _, region in gather(workbench, "psi.controller.logic", Region):
        for name in region.states():
            names.add_state(name, "logic")
            # A state's timer ending is told apart from other ways out of it.
            names.add_event(f"{name}_timeout", "logic")
        if not region.owns_trial:
            names.add_state(region.name, "logic")
    return names


def rig_description(engines: Sequence[Engine]) -> list[tuple[Engine, list[Channel]]]:
    """The engines with their channels, for documents and graphs."""
    return [(engine, engine.channels()) for engine in engines]
