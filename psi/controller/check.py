"""Whether what is asked for can be had from this rig, and in time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from enaml.workbench.api import Workbench

from psi.context.context import Context
from psi.controller.dispatch.action import ActionIndex, BoundAction
from psi.controller.paradigm import Paradigm
from psi.controller.stimulus_loader import render
from psi.controller.wiring import Wiring
from psi.core.contributions import manifests_of
from psi.core.errors import ConfigurationError, Finding, RunFault
from psi.core.expressions import parse
from psi.core.names import did_you_mean
from psi.core.source_lines import where_of
from psi.hardware.channel import AOChannel
from psi.hardware.rig import Rig
from psi.models.items import ItemSpec

#: Rows of one selector whose stimuli are made to see whether they can be.
MOST_ROWS = 500


def shortest_reaction(wiring: Wiring, rig: Rig, event: str, output: str) -> float | None:
    """Seconds from an edge's sample to the first output sample that can follow it, at worst.

    The edge is known ``debounce`` samples after its own, is handed over at the end of that block,
    and the output begins behind what its engine already holds, on its own sample grid. ``None``
    where ``event`` is no edge of an input or the output has no sample clock.
    """
    _, out_channel = wiring.outputs[output]
    if out_channel.fs == 0:
        return None
    for reference in wiring.inputs:
        chain = wiring.chain(reference)
        for node in chain.events:
            if event not in (f"{node.name}_rising", f"{node.name}_falling"):
                continue
            known_after = node.hold_back + 1 / chain.source.fs
            engine = wiring.tree.engine_of[out_channel.reference]
            return known_after + engine.minimum_block_latency(rig.block_duration) + 1 / out_channel.fs
    return None


def missing_findings(workbench: Workbench, rig: Rig, wiring: Wiring) -> list[Finding]:
    """Inputs and outputs that a paradigm requires and the rig lacks."""
    has = wiring.input_names() | set(wiring.outputs)
    return [
        Finding(f"needs {name!r}, which rig {rig.id!r} lacks{did_you_mean(name, has)}", where_of(manifest, "requires"))
        for manifest in manifests_of(workbench)
        if isinstance(manifest, Paradigm)
        for name in manifest.requires
        if name not in has
    ]


def chain_findings(wiring: Wiring) -> list[Finding]:
    """What is wrong with the chain of each input."""
    findings: list[Finding] = []
    for reference in wiring.inputs:
        try:
            findings += wiring.chain(reference).warnings
        except ConfigurationError as error:
            findings += error.findings
    return findings


def output_findings(wiring: Wiring, index: ActionIndex) -> list[Finding]:
    """Actions that work an output which is not there, or none."""
    findings: list[Finding] = []
    for bound in index.bound:
        output = bound.action.kwargs.get("output")
        where = where_of(bound.action, "kwargs")
        if output is not None and output not in wiring.outputs:
            findings.append(Finding(f"unknown output {output!r}{did_you_mean(output, wiring.outputs)}", where))
        elif output is not None and bound.command.id == "psi.controller.fire":
            findings += _pulse_findings(wiring, bound, str(output), bound.call.arguments.constants.get("duration"))
    return findings


def _pulse_findings(wiring: Wiring, bound: BoundAction, output: str, duration: Any) -> list[Finding]:
    declared, channel = wiring.outputs[output]
    limits = [getattr(declared, "max_duration", None), getattr(channel, "max_on_time", None)]
    longest = min((float(limit) for limit in limits if limit is not None), default=math.inf)
    if duration is None or duration <= longest:
        return []
    computed = bound.call.arguments.computed.get("duration")
    text = f" ({computed[0].text})" if computed is not None else ""
    return [
        Finding(
            f"a pulse of {duration:g} s{text} is longer than output {output!r} allows: {longest:g} s at most",
            where_of(bound.action, "kwargs"),
        )
    ]


def timing_findings(rig: Rig, wiring: Wiring, index: ActionIndex, context: Context) -> list[Finding]:
    """Actions whose ``after`` is shorter than chain and hardware allow, and pulses that items make too long."""
    findings: list[Finding] = []
    for bound in index.bound:
        output, after = bound.action.kwargs.get("output"), bound.action.kwargs.get("after")
        if output not in wiring.outputs:
            continue
        if after is not None:
            findings += _after_findings(rig, wiring, bound, str(output), str(after), context)
        if bound.command.id == "psi.controller.fire" and "duration" in bound.call.arguments.computed:
            try:
                duration = bound.call.arguments.values(context.evaluate)["duration"]
            except RunFault:
                # It needs a result, which has no value before a trial: looked at when it is fired.
                continue
            else:
                findings += _pulse_findings(wiring, bound, str(output), duration)
    return findings


def level_findings(wiring: Wiring, specs: Mapping[str, ItemSpec]) -> list[Finding]:
    """Stimuli whose level is an item in another reference than the channel's: dB SPL without a calibration."""
    findings: list[Finding] = []
    for name, stimulus in wiring.stimuli.items():
        channel = wiring.outputs[name][1]
        if not isinstance(channel, AOChannel):
            continue
        unit = channel.level_reference().unit
        try:
            items = [specs[item] for item in sorted(parse(stimulus.level).names) if item in specs]
        except ConfigurationError as error:
            findings += [Finding(finding.message, where_of(stimulus, "level")) for finding in error.findings]
            continue
        for item in items:
            if item.unit.startswith("dB") and item.unit != unit:
                mend = "give the channel a calibration" if unit == "dB FS" else f"declare the item in {unit}"
                findings.append(
                    Finding(
                        f"item {item.name!r} is in {item.unit}, but levels on {channel.reference!r} "
                        f"are in {unit}: {mend}",
                        where_of(stimulus, "level"),
                    )
                )
    return findings


def stimulus_findings(
    wiring: Wiring, context: Context, generator: Callable[[str], np.random.Generator]
) -> list[Finding]:
    """Stimuli that cannot be made, or exceed their channel, at a setting that the task gives.

    ``context`` is used up: it is put into settings that selectors may give, the extremes of adaptive ones included.
    """
    findings: dict[Finding, None] = {}
    seen: set[str] = set()

    def look() -> None:
        for name, stimulus in wiring.stimuli.items():
            try:
                values = {setting: context.evaluate(text) for setting, text in stimulus.settings().items()}
                if f"{name} {values}" not in seen:
                    seen.add(f"{name} {values}")
                    render(stimulus, wiring.outputs[name][1], values, generator(f"stimulus.{name}"))
            except (RunFault, ConfigurationError) as error:
                findings[Finding(str(error), where_of(stimulus, "level"))] = None

    look()
    for selector, settings in context.selector_settings.items():
        # Of a very long table every k-th row, and the last.
        rows = settings.rows
        for row in [*rows[:: 1 + len(rows) // MOST_ROWS], *rows[-1:]]:
            context.take_setting(dict(zip(settings.items, row, strict=True)))
            look()
        if not rows:
            for _ in range(context.selectors[selector].n_rows):
                context.next_trial(selector)
                look()
    return list(findings)


def _after_findings(
    rig: Rig, wiring: Wiring, bound: BoundAction, output: str, after: str, context: Context
) -> list[Finding]:
    where = where_of(bound.action, "kwargs")
    try:
        unknown = sorted(parse(after).names - set(context.specs) - set(context.symbols))
        if unknown:
            hint = did_you_mean(unknown[0], [*context.specs, *context.symbols])
            return [Finding(f"after = {after!r} uses the unknown name {unknown[0]!r}{hint}", where)]
        wanted = float(context.evaluate(after))
    except (ConfigurationError, RunFault) as error:
        return [Finding(str(error), where)]
    findings = []
    for event in bound.expression.names:
        shortest = shortest_reaction(wiring, rig, event, output)
        if shortest is not None and wanted < shortest:
            # Rounded up to a tenth of a millisecond, so that what the message names is accepted.
            allowed = math.ceil(shortest * 1e4) / 1e4
            findings.append(
                Finding(
                    f"output {output!r} cannot follow event {event!r} after {wanted:g} s ({after}): "
                    f"detection, block and look-ahead take {shortest:.6g} s; set {after} to {allowed:g} s or more",
                    where,
                )
            )
    return findings
