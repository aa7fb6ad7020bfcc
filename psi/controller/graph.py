"""What flows where, and what follows what, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from psi.controller.trials.durations import drawn_words
from psi.controller.trials.state_machine import Entry, Exit, Region, State
from psi.controller.wiring import Wiring, event_names

if TYPE_CHECKING:
    from psi.controller.plugin import ControllerPlugin


def graph_lines(controller: ControllerPlugin) -> list[str]:
    """Engines with their chains and outputs, the trial logic, and what events do."""
    wiring = controller.wiring()
    lines = ["signals", *_signal_lines(wiring)]
    for region in controller.regions():
        lines += ["", _heading(region), *_region_lines(region)]
    index = controller.action_index(event_names(controller.workbench, wiring))
    if index.by_event:
        lines += ["", "actions"]
        for event, actions in sorted(index.by_event.items()):
            for bound in actions:
                delay = f" after {bound.action.delay:g} s" if bound.action.delay else ""
                kwargs = ", ".join(f"{name}={value}" for name, value in bound.action.kwargs.items())
                called = f"{bound.command.id}({kwargs})" if kwargs else bound.command.id
                lines.append(f"  {event}{delay} -> {called}  [{bound.manifest}]")
    return lines


def _signal_lines(wiring: Wiring) -> Iterator[str]:
    for engine in wiring.tree.engines:
        yield f"  {type(engine).__name__} {engine.name}"
        for channel in engine.channels():
            if channel.direction == "input":
                chain = wiring.chain(channel.reference)
                yield from (f"    {line}" for line in chain.lines())
                continue
            rate = f"{channel.fs:g} Hz" if channel.fs else "on demand"
            device = f" ({channel.channel})" if channel.name else ""
            yield f"    {channel.reference}{device} | {type(channel).__name__} {rate}"
            for output, where in wiring.outputs.values():
                if where is channel:
                    stimulus = wiring.stimuli.get(output.name)
                    plays = f" plays {type(stimulus).__name__}" if stimulus is not None else ""
                    yield f"      {type(output).__name__} {output.name}{plays}"


def _heading(region: Region) -> str:
    if region.owns_trial:
        return "trial logic"
    begins = f", begins on {region.begins}" if region.begins else ""
    ends = f", ends on {region.ends}" if region.ends else ""
    keeps = f", keeps {', '.join(region.keeps)}" if region.keeps else ""
    return f"region {region.name}{begins}{ends}{keeps}"


def _region_lines(region: Region) -> Iterator[str]:
    for name, state in region.states().items():
        posts = f"  posts {', '.join(state.posts)}" if state.posts else ""
        sets = f"  sets {', '.join(state.sets)}" if state.sets else ""
        yield f"  {name}{posts}{sets}"
        yield from _state_lines(state)


def _state_lines(state: State) -> Iterator[str]:
    for kind, when in ((Entry, "on entry"), (Exit, "on exit")):
        for action in state.actions():
            if isinstance(action, kind):
                yield f"    {when} calls {action.command}"
    for transition in state.transitions():
        condition = f" if {transition.condition}" if transition.condition else ""
        sets = f"  sets {', '.join(transition.sets)}" if transition.sets else ""
        yield f"    {transition.event}{condition} -> {transition.target or '(stays)'}{sets}"
    if state.duration:
        drawn = drawn_words(state.duration)
        yield f"    after {state.duration} s{f' ({drawn})' if drawn else ''} -> {state.target or '(ends)'}"
    if state.exit_posts:
        yield f"    on exit posts {', '.join(state.exit_posts)}"
    if state.exit_sets:
        yield f"    on exit sets {', '.join(state.exit_sets)}"
