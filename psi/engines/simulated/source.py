"""What a simulated input channel measures: sources, which add up; a channel without one is silent."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from atom.api import Bool, Float, Int, List, Str
from enaml.core.api import Declarative, d_
from numpy.typing import NDArray

from psi.core.errors import ConfigurationError
from psi.core.names import did_you_mean
from psi.engines.signal_file import SignalFile, read_signal
from psi.engines.simulated.played import Played
from psi.hardware.channel import Channel

if TYPE_CHECKING:
    from psi.engines.simulated.driver import SimulatedDriver
    from psi.engines.simulated.engine import SimulatedEngine


class Signal:
    """A source during one run."""

    #: Index of the first sample that it no longer has; ``None`` for a source without an end.
    end: int | None = None

    def read(self, s0: int, n: int) -> NDArray[Any] | float:
        """Samples ``s0 .. s0 + n``: shape ``(n,)``, ``(n_channels, n)``, or one number for all."""
        raise NotImplementedError


class Source(Declarative):
    """Declares what arrives at the input channel ``to``."""

    #: Device name or reference of the input channel.
    to = d_(Str())

    def check(self, channel: Channel, engine: SimulatedEngine) -> None:
        """Raise ``ConfigurationError`` where ``channel`` of ``engine`` cannot measure this."""

    def signal(self, channel: Channel, driver: SimulatedDriver) -> Signal:
        """A fresh signal for one run, of a declaration that was checked."""
        raise NotImplementedError(f"{type(self).__name__} makes no signal")


class _Tone(Signal):
    def __init__(self, amplitude: float, frequency: float, phase: float, fs: float) -> None:
        self._amplitude, self._phase = amplitude, phase
        self._step = 2 * math.pi * frequency / fs

    def read(self, s0: int, n: int) -> NDArray[Any]:
        return self._amplitude * np.sin(self._step * np.arange(s0, s0 + n) + self._phase)


class ToneSource(Source):
    """A sine."""

    #: V.
    amplitude = d_(Float(1.0))
    #: Hz.
    frequency = d_(Float(1000.0))
    #: rad.
    phase = d_(Float(0.0))

    def signal(self, channel: Channel, driver: SimulatedDriver) -> Signal:
        return _Tone(self.amplitude, self.frequency, self.phase, channel.fs)


class _Noise(Signal):
    """Drawn once and repeated from random places, since drawing is slower than the chains that filter it."""

    #: Samples drawn ahead per channel, and samples in a row that are taken from one place.
    POOL = 1 << 17
    STRETCH = 1 << 12

    def __init__(self, rms: float, n_channels: int, generator: np.random.Generator) -> None:
        self._rms = rms
        self._pool = rms * generator.standard_normal((n_channels, self.POOL))
        self._key = int(generator.integers(1 << 30)) | 1

    def read(self, s0: int, n: int) -> NDArray[Any]:
        # The place in the pool depends on the sample index alone, whatever the blocks in which it is asked for.
        parts = []
        end = s0 + n
        while s0 < end:
            stretch, offset = divmod(s0, self.STRETCH)
            length = min(self.STRETCH - offset, end - s0)
            start = (stretch * self._key) % (self.POOL - self.STRETCH) + offset
            parts.append(self._pool[:, start : start + length])
            s0 += length
        return parts[0] if len(parts) == 1 else np.concatenate([self._pool[:, :0], *parts], axis=1)


class NoiseSource(Source):
    """Gaussian noise, independent from channel to channel."""

    #: V.
    rms = d_(Float(0.01))

    def signal(self, channel: Channel, driver: SimulatedDriver) -> Signal:
        generator = driver.ports.generator(f"simulated.noise.{channel.reference}")
        return _Noise(self.rms, len(channel.line_labels()), generator)


class _File(Signal):
    def __init__(self, samples: NDArray[Any], loop: bool) -> None:
        self._samples = samples
        self._loop = loop
        self.end = None if loop else samples.shape[1]

    def read(self, s0: int, n: int) -> NDArray[Any]:
        length = self._samples.shape[1]
        if self._loop:
            return self._samples[:, np.arange(s0, s0 + n) % length]
        part = self._samples[:, s0 : s0 + n]
        if part.shape[1] < n:
            part = np.pad(part, ((0, 0), (0, n - part.shape[1])))
        return part


class FileSource(Source):
    """A recorded signal: npy, npz, wav, or a stream of a psi recording."""

    file = d_(Str())
    #: Array of an npz, or stream of a recording; the only one where empty.
    key = d_(Str())
    #: The channel measures ``(stored - offset) * scale``.
    offset = d_(Float(0.0))
    scale = d_(Float(1.0))
    #: Whether ``offset`` and ``scale`` are those of a converter's codes: they hold for files of whole numbers,
    #: as stored, and a file of real numbers is in the channel's unit already.
    codes = d_(Bool(False))
    #: Start again at the end; otherwise the run ends with the file.
    loop = d_(Bool(False))

    def check(self, channel: Channel, engine: SimulatedEngine) -> None:
        self._read(channel)

    def signal(self, channel: Channel, driver: SimulatedDriver) -> Signal:
        stored = self._read(channel)
        if self.codes and stored.codes is None:
            return _File(stored.samples, self.loop)
        samples = stored.codes if self.codes and stored.codes is not None else stored.samples
        return _File((samples - self.offset) * self.scale, self.loop)

    def _read(self, channel: Channel) -> SignalFile:
        stored = read_signal(self.file, self.key)
        n_channels = len(channel.line_labels())
        if stored.samples.shape[0] != n_channels:
            raise ConfigurationError(
                f"{self.file} has {stored.samples.shape[0]} channels, {channel.reference!r} has {n_channels}; "
                "declare as many lines as the file has channels"
            )
        if not stored.samples.shape[1]:
            raise ConfigurationError(f"{self.file} holds no samples")
        if stored.fs is not None and stored.fs != channel.fs:
            raise ConfigurationError(
                f"{self.file} is sampled at {stored.fs:g} Hz, channel {channel.reference!r} at {channel.fs:g} Hz; "
                f"set the channel's fs to {stored.fs:g}"
            )
        return stored


class _LoopBack(Signal):
    def __init__(self, driver: SimulatedDriver, channel: str, gain: float, delay: int) -> None:
        self._driver, self._channel, self._gain, self._delay = driver, channel, gain, delay

    def read(self, s0: int, n: int) -> NDArray[Any] | float:
        played = self._driver.played(self._channel, s0 - self._delay, n)
        return 0.0 if played is None else self._gain * played


class LoopBack(Source):
    """What an output channel of the same rate plays, some samples later: a wire, or air."""

    #: Device name or reference of the output channel.
    output = d_(Str())
    gain = d_(Float(1.0))
    #: Samples.
    delay = d_(Int(0))

    def check(self, channel: Channel, engine: SimulatedEngine) -> None:
        source = engine.output_channel(self.output)
        if source.fs != channel.fs:
            raise ConfigurationError(
                f"LoopBack from {self.output!r} ({source.fs:g} Hz) to {channel.reference!r} ({channel.fs:g} Hz): "
                "both need the same fs"
            )
        longest = math.floor(Played.MEMORY * source.fs)
        if not 0 <= self.delay <= longest:
            raise ConfigurationError(
                f"LoopBack from {self.output!r} has a delay of {self.delay} samples; it allows 0 to {longest}"
            )

    def signal(self, channel: Channel, driver: SimulatedDriver) -> Signal:
        return _LoopBack(driver, driver.engine.output_channel(self.output).reference, self.gain, self.delay)


class _Port(Signal):
    def __init__(self, driver: SimulatedDriver, port: str, high: float, fs: float) -> None:
        self._levels = driver.subject.port(port)
        self._high, self._fs = high, fs

    def read(self, s0: int, n: int) -> NDArray[Any] | float:
        return self._levels.read(s0, n, self._fs) * self._high


class _Ports(Signal):
    def __init__(self, driver: SimulatedDriver, ports: list[str], high: float, fs: float) -> None:
        self._parts = [_Port(driver, port, high, fs) for port in ports]

    def read(self, s0: int, n: int) -> NDArray[Any]:
        samples = np.empty((len(self._parts), n))
        for row, part in zip(samples, self._parts, strict=True):
            row[:] = part.read(s0, n)
        return samples


class SubjectPort(Source):
    """A sensor at which the engine's virtual subject pokes or licks."""

    #: Name of the subject's port, for example ``'nose_poke'``.
    port = d_(Str())
    #: Level in V (1 for digital channels) while the subject is there.
    high = d_(Float(5.0))

    def check(self, channel: Channel, engine: SimulatedEngine) -> None:
        _find_port(engine, self.port)

    def signal(self, channel: Channel, driver: SimulatedDriver) -> Signal:
        return _Port(driver, self.port, self.high, channel.fs)


class SubjectPorts(Source):
    """Sensors side by side, one for each line of the channel, at which the engine's virtual subject pokes."""

    #: Name of the subject's port for each line.
    ports = d_(List(Str()))
    #: Level in V (1 for digital channels) while the subject is there.
    high = d_(Float(1.0))

    def check(self, channel: Channel, engine: SimulatedEngine) -> None:
        n = len(channel.line_labels())
        if len(self.ports) != n:
            raise ConfigurationError(f"{channel.reference!r} has {n} lines, but {len(self.ports)} ports; give one each")
        for port in self.ports:
            _find_port(engine, port)

    def signal(self, channel: Channel, driver: SimulatedDriver) -> Signal:
        return _Ports(driver, list(self.ports), self.high, channel.fs)


def _find_port(engine: SimulatedEngine, port: str) -> None:
    subject = engine.subject()
    if subject is None:
        raise ConfigurationError(f"engine {engine.name!r} has no virtual subject at port {port!r}; declare one")
    if port not in subject.ports():
        hint = did_you_mean(port, subject.ports())
        raise ConfigurationError(f"virtual subject {subject.name!r} has no port {port!r}{hint}")
