"""What every stage of psi has in common: a name, readable settings, and one way to refuse them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, ClassVar

import numpy as np

from psi.core.errors import ConfigurationError, Finding
from psi.signal.settings import Fault
from psi.signal.transform import name_of
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
    #: Whether what the stage gives stays within the range of what it reads, whatever that is.
    keeps_range: ClassVar[bool] = False
    #: Whether no frequencies come out that have not gone in.
    keeps_band: ClassVar[bool] = True
    #: Name of the stream that the stage makes; empty for a stage that only hands on.
    name: str
    #: Seconds until a transient of this stage has fallen by 60 dB; known once bound.
    settle_time: float = field(default=0.0, init=False, repr=False)
    #: The stream that the stage makes; known once bound.
    info: StreamInfo = field(init=False, repr=False)
    #: Called with what the stage finds out about the signal, fit for JSON, on the thread that the samples come on.
    on_found: Callable[[Mapping[str, Any]], None] | None = field(default=None, init=False, repr=False)

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
        """Remember and return the stream made from ``info`` with ``changes``, named as the stage is.

        Its range is that of ``info`` only where the stage keeps it, since most stages can leave it.
        """
        if not self.keeps_range:
            changes.setdefault("range", None)
        self.info = replace(info, name=self.name or info.name, **changes)
        return self.info


def title_of(kind: str, name: str) -> str:
    return f"{kind} {name!r}" if name else kind


def settings_of(stage: object) -> dict[str, Any]:
    """The settings of ``stage`` by name, as plain values fit for JSON; a stage that is no dataclass shows none."""
    if not is_dataclass(stage):
        return {}
    values = {part.name: getattr(stage, part.name) for part in fields(stage) if part.init and part.name != "name"}
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple | range):
        return [_plain(item) for item in value]
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    # A function by its name: what else there is of it, such as its address, is not the same in the next run.
    return name_of(value) if callable(value) else repr(value)
