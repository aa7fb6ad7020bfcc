"""Rig: a faithful description of the hardware that a run used."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue

from psi.models.base import Document, Model
from psi.models.units import Hertz, Seconds
from psi.models.values import RigValue


class StageSpec(Model):
    """A stage of a channel's input chain, with the stages under it."""

    #: Name of the declaration, ``'IIRFilter'``.
    kind: str
    name: str = ""
    settings: dict[str, JsonValue] = {}
    children: tuple[StageSpec, ...] = ()


class OutputSpec(Model):
    """An output on a channel."""

    #: Name of the declaration, ``'EpochOutput'``.
    kind: str
    name: str
    settings: dict[str, JsonValue] = {}


class ChannelSpec(Model):
    """A line of a device."""

    #: Name of the declaration, ``'AIChannel'``.
    kind: str
    #: The device's own name, ``'Dev1/ai0'``.
    channel: str
    name: str = ""
    fs: Annotated[Hertz, Field(ge=0)] = 0.0
    settings: dict[str, JsonValue] = {}
    inputs: tuple[StageSpec, ...] = ()
    outputs: tuple[OutputSpec, ...] = ()


class EngineSpec(Model):
    """A device."""

    #: Name of the declaration, ``'SimulatedEngine'``.
    kind: str
    name: str = ""
    settings: dict[str, JsonValue] = {}
    channels: tuple[ChannelSpec, ...] = ()


class Rig(Document):
    """The hardware of one room as it was when a run started."""

    current_version: ClassVar[str] = "1.0"

    kind: Literal["rig"] = "rig"
    format_version: Literal["1.0"] = "1.0"
    name: str = Field(min_length=1)
    #: Declared values as they held.
    values: dict[str, RigValue] = {}
    block_duration: Annotated[Seconds, Field(gt=0)] = 0.01
    engines: tuple[EngineSpec, ...] = ()
