"""A sound card that is not there: PulseAudio whose microphone hears what its loudspeaker plays."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from psi.core.errors import RunFault

#: The two loop-backs keep the sinks at a small latency; one that is left alone falls back to two seconds.
_SCRIPT = """\
load-module module-null-sink sink_name=other rate={fs}
load-module module-null-sink sink_name=booth rate={fs}
load-module module-native-protocol-unix auth-anonymous=1
set-default-sink booth
set-default-source booth.monitor
load-module module-loopback source=booth.monitor sink=other latency_msec=20
"""


def missing() -> str:
    """What is missing for a sound server here; empty where nothing is."""
    if shutil.which("pulseaudio") is None:
        return "pulseaudio is not installed (Debian: pulseaudio, libasound2-plugins, libportaudio2)"
    return ""


class SoundServer:
    """A PulseAudio server of one's own, from ``with`` to its end.

    Programs that are started with :attr:`environment` find it as the devices 'pulse' and 'default'.

    Parameters
    ----------
    fs
        Samples/s.
    """

    #: Seconds that the server may take to start and to end.
    PATIENCE = 20.0

    def __init__(self, fs: int = 44100) -> None:
        self._fs = fs
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which programs find the server."""
        assert self._folder is not None
        folder = str(self._folder)
        return {"XDG_RUNTIME_DIR": folder, "PULSE_COOKIE": f"{folder}/cookie", "PULSE_RUNTIME_PATH": f"{folder}/pulse"}

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="psi-sound-"))
        script = self._folder / "booth.pa"
        script.write_text(_SCRIPT.format(fs=self._fs), encoding="utf-8")
        log = self._folder / "log"
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                ["pulseaudio", "--daemonize=no", "-n", "-F", str(script), "--exit-idle-time=-1", "--use-pid-file=no"],
                env={**os.environ, **self.environment},
                stdout=out,
                stderr=out,
            )
        deadline = time.monotonic() + self.PATIENCE
        while not (self._folder / "pulse" / "native").exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                words = log.read_text(errors="replace").strip().splitlines()
                self.end()
                raise RunFault(f"the sound server did not start: {words[-1] if words else 'no reason given'}")
            time.sleep(0.02)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Take the sound card away; again is fine."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(self.PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
