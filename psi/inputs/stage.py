"""What every stage of psi has in common: a name, readable settings, and one way to refuse them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, ClassVar

import numpy as np

from psi.core.errors import ConfigurationError, Finding
from psi.signal.settings import Fault
from psi.stream.info import StreamInfo


class StageError(ConfigurationError):
    """Settings of one stage that cannot work on the stream it was bound to; one finding for each."""

    def __init__(self, title: str, faults: Iterable[Fault], info: StreamInfo) -> None:
        faults = tuple(faults)
        #: For each finding the setting that it is about, as written in a manifest.
        self.settings = tuple(fault.setting for fault in faults)
        super().__init__(Finding(f"{title} on {info.name!r}: {fault.message}") for fault in faults)


@dataclass(eq=False)
class StageBase:
    """Mix-in of psi's stages: dataclasses whose fields, but for ``name``, are their settings.

    Making one checks nothing; :meth:`check` says what can work nowhere, and ``bind`` refuses that
    and whatever does not fit the stream.
    """

    #: Name of the kind of stage, as written in a manifest.
    kind: ClassVar[str] = ""
    #: Name of the stream that the stage makes; empty for a stage that only hands on.
    name: str
    #: Seconds until a transient of this stage has fallen by 60 dB; known once bound.
    settle_time: float = field(default=0.0, init=False, repr=False)
    #: The stream that the stage makes; known once bound.
    info: StreamInfo = field(init=False, repr=False)

    @property
    def title(self) -> str:
        """How messages call the stage: ``"IIRFilter 'lfp'"``."""
        return title_of(self.kind, self.name)

    def check(self) -> list[Fault]:
        """The settings that cannot work on any stream."""
        return []

    def refuse(self, faults: Iterable[Fault], info: StreamInfo) -> None:
        """Raise :class:`StageError` where there are ``faults``."""
        faults = list(faults)
        if faults:
            raise StageError(self.title, faults, info)

    def makes(self, info: StreamInfo, **changes: Any) -> StreamInfo:
        """Remember and return the stream made from ``info`` with ``changes``, named as the stage is."""
        self.info = replace(info, name=self.name or info.name, **changes)
        return self.info


def title_of(kind: str, name: str) -> str:
    return f"{kind} {name!r}" if name else kind


def settings_of(stage: object) -> dict[str, Any]:
    """The settings of ``stage`` by name, as plain values; a stage that is no dataclass shows none."""
    if not is_dataclass(stage):
        return {}
    values = {part.name: getattr(stage, part.name) for part in fields(stage) if part.init and part.name != "name"}
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}
