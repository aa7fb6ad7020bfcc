"""The rig as a document: a faithful description of every engine, channel, input and output."""

from __future__ import annotations

from typing import Any

from atom.api import Atom
from enaml.core.declarative import Declarative
from pydantic import BaseModel, JsonValue

from psi.controller.wiring import Wiring
from psi.hardware.channel import Channel
from psi.hardware.engine import Engine
from psi.hardware.rig import Rig
from psi.inputs.input import Input
from psi.models.rig import ChannelSpec, EngineSpec, OutputSpec, StageSpec
from psi.models.rig import Rig as RigDocument
from psi.outputs.output import Output
from psi.signal.transform import name_of

#: Members that a spec holds by itself, or that every declaration has.
_OWN = {"name", "channel", "fs", "label"}


def _plain(value: Any) -> JsonValue:
    if isinstance(value, BaseModel):
        return {"type": type(value).__name__, **value.model_dump(mode="json")}
    if isinstance(value, (bool, int, float, str)) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    # A function by its name: its address is not the same in the next run.
    return name_of(value) if callable(value) else repr(value)


def settings_of(declaration: Atom) -> dict[str, JsonValue]:
    """What was declared of ``declaration``: every member that a manifest may set, as plain values."""
    settings: dict[str, JsonValue] = {}
    base = set(Declarative.members())
    # The rate of an input is the one that it is to make, and stands nowhere else.
    own = _OWN - {"fs"} if isinstance(declaration, Input) else _OWN
    for name, member in declaration.members().items():
        declarable = (member.metadata or {}).get("d_member", False)
        if declarable and name not in own and name not in base and not name.startswith("_"):
            settings[name] = _plain(getattr(declaration, name))
    return settings


def _stage(item: Input, wiring: Wiring) -> StageSpec:
    children = tuple(_stage(child, wiring) for child in wiring.below(item))
    return StageSpec(kind=type(item).__name__, name=item.name, settings=settings_of(item), children=children)


def _output(item: Output) -> OutputSpec:
    return OutputSpec(kind=type(item).__name__, name=item.name, settings=settings_of(item))


def _channel(channel: Channel, wiring: Wiring) -> ChannelSpec:
    return ChannelSpec(
        kind=type(channel).__name__,
        channel=channel.channel,
        name=channel.name,
        fs=channel.fs,
        settings=settings_of(channel),
        inputs=tuple(_stage(item, wiring) for item in wiring.inputs.get(channel.reference, ())),
        outputs=tuple(_output(output) for output, where in wiring.outputs.values() if where is channel),
    )


def _engine(engine: Engine, wiring: Wiring) -> EngineSpec:
    beside = [
        {"kind": type(child).__name__, **settings_of(child), **_named(child)}
        for child in engine.children
        if not isinstance(child, Channel)
    ]
    settings = settings_of(engine)
    if beside:
        # Sources and virtual subjects: what a simulated rig's answers depend on.
        settings["beside"] = [_plain(item) for item in beside]
    return EngineSpec(
        kind=type(engine).__name__,
        name=engine.name,
        settings=settings,
        channels=tuple(_channel(channel, wiring) for channel in engine.channels()),
    )


def _named(child: Any) -> dict[str, JsonValue]:
    name = getattr(child, "name", "")
    return {"name": name} if name else {}


def describe_rig(rig: Rig, name: str, wiring: Wiring) -> RigDocument:
    """The document of ``rig``, which was chosen as ``name``, with the inputs and outputs that manifests put on it."""
    return RigDocument(
        name=name,
        values=rig.values(),
        block_duration=rig.block_duration,
        engines=tuple(_engine(engine, wiring) for engine in wiring.tree.engines),
    )
