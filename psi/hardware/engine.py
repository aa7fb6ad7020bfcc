"""The contract between an engine and a run.

An :class:`Engine` is a declaration; :meth:`Engine.driver` makes the :class:`EngineDriver` that
talks to the device for one run. A declaration is never changed by a run, so a run can be
followed by another.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from atom.api import Bool, Enum, Float, Str
from enaml.core.api import Declarative, d_

from psi.core.clock import Clock
from psi.core.errors import ConfigurationError, Finding, RunFault
from psi.hardware.channel import Channel
from psi.stream.info import Chunk
from psi.stream.stage import Supply

#: Share of a device's buffer that must be free, lest samples are soon lost.
FEW_FREE = 0.25


def _nothing(*told: object) -> None:
    """Who is not there hears nothing."""


class OutputsNotSafe(RunFault):
    """Outputs may not be at their safe values. A driver gives it to ``ports.fault`` when it could not set them.

    It is said beside whatever else ended the run.
    """


@dataclass(frozen=True)
class Ports:
    """All that a driver gets from the run, keyed by the channels' references."""

    #: Seconds of samples per block.
    block_duration: Fraction
    clock: Clock
    #: Where the samples of an input channel go; called from the driver's thread. In the order in which the channels'
    #: samples of a block should go there: those whose events something may wait for come first.
    inputs: Mapping[str, Callable[[Chunk], None]]
    #: Where the samples of a hardware-timed output channel come from.
    outputs: Mapping[str, Supply]
    #: A random generator by name, from the task's root seed.
    generator: Callable[[str], np.random.Generator]
    #: Says that the device has given all that it has (a file's end); the run then ends well.
    ended: Callable[[str], None]
    #: Says that the device failed; the run then ends cleanly with a fault.
    fault: Callable[[BaseException], None]
    #: Tells what happens to the device: an event ('engine_waiting', 'engine_started', 'engine_error', 'overrun',
    #: 'underrun', 'engine_headroom' [a buffer fills up, nothing is lost yet], 'engine_lines' [at the end: how long
    #: setting each on-demand line took]) and what is known of it, fit for JSON; the run adds the engine's name.
    report: Callable[[str, Mapping[str, Any]], None] = _nothing
    #: Tells how the device's samples and time go together: samples/s, index of a sample, and the monotonic time in s
    #: at which it was seen. For every block.
    clock_pair: Callable[[float, int, float], None] = _nothing
    #: Tells that an input channel has lost samples: its reference, the index of the first, how many.
    lost: Callable[[str, int, int], None] = _nothing


#: What a driver can do, by the hook that it writes for it.
CAPABILITIES = {
    "committed": "outputs with a sample clock",
    "write_line": "outputs set on demand",
    "write_pulse": "pulses that the device times",
    "advance": "lockstep",
}


class EngineDriver(ABC):
    """Talks to one device for one run.

    =================== ================== ======================= ===========================================
    hook                caller             thread                  state on return
    =================== ================== ======================= ===========================================
    ``prepare()``       run, once          run's                   device reserved, outputs primed up to
                                                                   the look-ahead, nothing moves
    ``start()``         run, once          run's                   sample 0 is now, or the device is armed and
                                                                   has reported 'engine_waiting'; blocks
                                                                   arrive at the ports
    ``advance(block)``  lockstep loop      run's                   block ``block`` (from 1) was handed over
    ``write_line(...)`` outputs            dispatcher's, watch's   the on-demand line has the level
    ``write_pulse(..)`` outputs            dispatcher's            a pulse that the device times has begun,
                                                                   or False: it times none on this line
    ``committed(...)``  outputs            dispatcher's            (asks only)
    ``headroom()``      run, often         any                     (asks only)
    ``busy()``          run, at its end    run's                   (asks only)
    ``stop()``          run, any number    run's                   no more blocks arrive
    ``ensure_stopped``  run, any number    any                     device released, outputs at safe values
    =================== ================== ======================= ===========================================

    Where ``ensure_stopped`` cannot reach its outputs it gives :class:`OutputsNotSafe` to ``ports.fault``.

    ``prepare``, ``start``, ``stop`` and ``ensure_stopped`` are always written; of the others those that the device
    can do, from which its capabilities follow. A line whose ``max_on_time`` has passed is set by a watch of its own
    thread. Samples of an output are asked from ``ports.outputs[reference].read(s0, n)``: those before ``committed``
    are never asked again, those from it on may be, and may then be others.

    A driver that defines ``advance`` can run in lockstep; ``start`` then starts nothing by itself
    unless the clock is the wall's.
    """

    def __init__(self, engine: Engine, ports: Ports) -> None:
        self.engine = engine
        self.ports = ports

    @classmethod
    def can_lockstep(cls) -> bool:
        """Whether the driver advances block by block when asked."""
        return cls.advance is not EngineDriver.advance

    @classmethod
    def capabilities(cls) -> tuple[str, ...]:
        """What it can do beside handing over inputs, from the hooks that it writes."""
        return tuple(
            words for hook, words in CAPABILITIES.items() if getattr(cls, hook) is not getattr(EngineDriver, hook)
        )

    @abstractmethod
    def prepare(self) -> None: ...

    @abstractmethod
    def start(self) -> None: ...

    def advance(self, block: int) -> None:
        """Hand over block number ``block``, which ends at ``block * block_duration``."""
        raise self._cannot("run in lockstep")

    def committed(self, channel: str) -> int:
        """First sample of the output ``channel`` that can still be changed."""
        raise self._cannot(f"play samples on {channel!r}")

    def headroom(self) -> float | None:
        """Share of the device's fullest buffer that was free at the last look, 0 to 1; ``None`` if unknown."""
        return None

    def write_line(self, channel: str, level: float) -> None:
        """Set the on-demand output ``channel`` to ``level`` (0 or 1, or volts) now."""
        raise self._cannot(f"set {channel!r} on demand")

    def write_pulse(self, channel: str, duration: float) -> bool:
        """Begin a pulse of ``duration`` s on the on-demand output ``channel``, which the device ends by itself.

        A pulse that goes on begins anew. False where the device times no pulses on this line, which is then set and
        set back with :meth:`write_line`.
        """
        return False

    def busy(self) -> bool:
        """Whether the device is still at what a pulse has begun, such as a dose: the end of a run waits for it."""
        return False

    @abstractmethod
    def stop(self) -> None: ...

    @abstractmethod
    def ensure_stopped(self) -> None: ...

    def _cannot(self, what: str) -> ConfigurationError:
        can = supported(self.capabilities())
        return ConfigurationError(f"engine {self.engine.name!r} ({type(self.engine).__name__}) cannot {what}; {can}")


def supported(capabilities: Sequence[str]) -> str:
    """What an engine can do, for the end of a message."""
    return f"supported: {', '.join(capabilities) or 'inputs only'}"


class Engine(Declarative):
    """Talks to one device; its children are the device's channels."""

    name = d_(Str())

    #: Seconds of output that the device holds in advance; nothing in them can be changed any more.
    look_ahead = d_(Float(0.0))

    #: Seconds that the device may wait for its start trigger before the run ends with a fault.
    trigger_timeout = d_(Float(30.0))

    #: What follows on lost samples: 'stop' ends the run with a fault, 'restart' ends it and begins the next.
    on_overrun = d_(Enum("stop", "restart"))

    #: Whether its sample clock is the run's time. Where no engine says so, it is that of the first with a timed input.
    master_clock = d_(Bool(False))

    #: Name of the engine whose sample clock this one shares, by a wire; its times then need no correction.
    clock = d_(Str())

    def channels(self) -> list[Channel]:
        return [child for child in self.children if isinstance(child, Channel)]

    def events(self) -> tuple[str, ...]:
        """Names of the events that only this engine reports, beside those that every engine may."""
        return ()

    def deliveries(self) -> Mapping[str, str]:
        """Channel -> the event by which the device says how much it has given: ``volume`` in mL, as it measured.

        Where ``info`` has ``pulse``, that is which pulse of the run's on the channel it answers, from 1.
        """
        return {}

    def devices(self) -> tuple[str, ...]:
        """What it uses that one process alone can have, by names that are the same for whoever asks for it.

        For example ``'serial port COM3'``. A simulated engine has none, so that several runs can have its rig.
        """
        return ()

    def check(self) -> list[Finding]:
        """What is wrong with the declaration, or cannot be had from the device, before a run."""
        return []

    def make_safe(self) -> None:
        """Put every output to its channel's ``safe_value`` without a run, and let go of the device.

        Called in a process of its own when the one that ran the device is dead. Raises ``ConfigurationError`` where
        the device cannot be reached. Every engine with outputs writes it; one whose device falls back to safe values
        by itself does nothing in it.
        """

    def driver_type(self) -> type[EngineDriver] | None:
        """The class of its drivers; ``None`` where it cannot say so before a run."""
        return None

    def capabilities(self) -> tuple[str, ...] | None:
        """What it can do beside handing over inputs; ``None`` where it does not say."""
        kind = self.driver_type()
        return None if kind is None else kind.capabilities()

    def minimum_block_latency(self, block_duration: float) -> float:
        """Seconds from an input sample to the first output sample it can change, at worst."""
        return block_duration + self.look_ahead

    def driver(self, ports: Ports) -> EngineDriver:
        """A fresh driver for one run."""
        kind = self.driver_type()
        if kind is None:
            raise ConfigurationError(
                f"{type(self).__name__} names no driver_type(), nor makes a driver() itself; an engine needs one"
            )
        return kind(self, ports)
