"""The one door to sounddevice: which devices there are, and a stream of one, in plain values."""

from __future__ import annotations

import atexit
import importlib.util
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psi.core.errors import PsiError

#: What is said where sounddevice, or the library that it needs, is missing.
MISSING = "a sound card needs sounddevice, which is not installed; run: pip install 'psi[soundcard]'"
NO_PORTAUDIO = "sounddevice finds no PortAudio library; install libportaudio2 with the system's package manager"

#: Seconds that closing a device may take.
CLOSE_PATIENCE = 3.0

#: Samples in (or ``None``), samples out (or ``None``), both ``(n_frames, n_channels)`` float32; seconds between the
#: first sample in being measured and now, seconds until the first sample out sounds; whether samples in were lost;
#: whether samples out came too late. Called on the device's own thread, which must not wait for anything.
Callback = Callable[[Any, Any, float, float, bool, bool], None]


class SoundError(PsiError):
    """The sound card cannot be had."""


@dataclass(frozen=True)
class StreamSettings:
    """How a stream is opened."""

    #: Samples/s.
    fs: float
    #: Frames for each call.
    blocksize: int
    #: Part of a device's name, or its number as text; empty for the system's own choice.
    input_device: str
    output_device: str
    #: Channels to open, counted from the first; 0 for none.
    n_inputs: int
    n_outputs: int
    #: Seconds, or 'low' or 'high'.
    latency: float | str


def _sounddevice() -> Any:
    if importlib.util.find_spec("sounddevice") is None:
        raise SoundError(MISSING)
    try:
        import sounddevice
    except OSError as error:
        raise SoundError(NO_PORTAUDIO) from error
    return sounddevice


def _choice(device: str) -> str | int | None:
    return int(device) if device.isdecimal() else device or None


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())


def stream_faults(settings: StreamSettings) -> list[str]:
    """Why such a stream cannot be had; one line for each of input and output. Nothing is opened."""
    try:
        sounddevice = _sounddevice()
    except SoundError as error:
        return [str(error)]
    faults: list[str] = []
    sides = (
        ("input", settings.input_device, settings.n_inputs, sounddevice.check_input_settings),
        ("output", settings.output_device, settings.n_outputs, sounddevice.check_output_settings),
    )
    for kind, name, n, check in sides:
        if n == 0:
            continue
        try:
            device = sounddevice.query_devices(_choice(name), kind)
            has = int(device[f"max_{kind}_channels"])
            if n > has:
                faults.append(f"sound device {device['name']!r} has {has} {kind} channels; {n} are asked for")
                continue
            check(_choice(name), channels=n, samplerate=settings.fs, dtype="float32")
        except (ValueError, sounddevice.PortAudioError) as error:
            shown = repr(name) if name else "the system's own"
            there = ", ".join(repr(found["name"]) for found in sounddevice.query_devices()) or "none"
            faults.append(
                f"{kind} device {shown} cannot be had at {settings.fs:g} Hz: {_line(error)}; devices: {there}"
            )
    return faults


class SoundStream:
    """An open stream of a sound device."""

    def __init__(self, settings: StreamSettings, callback: Callback) -> None:
        """Open the device; nothing moves yet. Raises ``SoundError`` with one line where that cannot be done."""
        sounddevice = _sounddevice()
        self._error = sounddevice.PortAudioError
        common = {
            "samplerate": settings.fs,
            "blocksize": settings.blocksize,
            "dtype": "float32",
            "latency": settings.latency,
        }
        devices = _choice(settings.input_device), _choice(settings.output_device)

        def both(indata: Any, outdata: Any, frames: int, at: Any, status: Any) -> None:
            age = at.currentTime - at.inputBufferAdcTime if indata is not None else 0.0
            lead = at.outputBufferDacTime - at.currentTime if outdata is not None else 0.0
            callback(indata, outdata, age, lead, status.input_overflow, status.output_underflow)

        n_in, n_out = settings.n_inputs, settings.n_outputs
        try:
            if n_in and n_out:
                self._stream = sounddevice.Stream(device=devices, channels=(n_in, n_out), callback=both, **common)
            elif n_in:
                self._stream = sounddevice.InputStream(
                    device=devices[0],
                    channels=n_in,
                    callback=lambda indata, frames, at, status: both(indata, None, frames, at, status),
                    **common,
                )
            else:
                self._stream = sounddevice.OutputStream(
                    device=devices[1],
                    channels=n_out,
                    callback=lambda outdata, frames, at, status: both(None, outdata, frames, at, status),
                    **common,
                )
        except (ValueError, self._error) as error:
            raise SoundError(f"the sound card cannot be opened at {settings.fs:g} Hz: {_line(error)}") from error

    def start(self) -> None:
        """Let it call. Raises ``SoundError`` where the device refuses."""
        try:
            self._stream.start()
        except self._error as error:
            raise SoundError(f"the sound card cannot be started: {_line(error)}") from error

    @property
    def active(self) -> bool:
        """Whether it goes on calling."""
        return bool(self._stream.active)

    def close(self) -> bool:
        """Stop at once and let go of the device; whether that was done within :data:`CLOSE_PATIENCE` s.

        PortAudio never comes back from closing some devices that are gone: a thread is then left behind with it.
        """
        closer = threading.Thread(target=self._stream.close, kwargs={"ignore_errors": True}, daemon=True)
        closer.start()
        closer.join(CLOSE_PATIENCE)
        if closer.is_alive():
            # Nor does it come back from ending, which sounddevice asks of it when the process ends.
            atexit.unregister(_sounddevice()._exit_handler)
        return not closer.is_alive()
