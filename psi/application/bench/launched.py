"""One ``psi launch`` with a measuring window, from its start to its end, in a folder that is thrown away."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from psi.application.bench.plan import WARM_UP, WindowPlan
from psi.application.display import require_display
from psi.core.errors import ConfigurationError, RunFault

#: Seconds beyond its plan that a launch may take to come up and to end, and to end when it is told to.
_PATIENCE, _LAST_PATIENCE = 90.0, 20.0


@dataclass(frozen=True, slots=True)
class Launched:
    """What a launch left."""

    #: When its command was started, in s since the epoch.
    begin: float
    #: What its window found.
    figures: Mapping[str, Any]
    #: The folder of its recording; ``None`` where no run was asked for. It is gone when the ``with`` statement ends.
    recording: Path | None


@contextmanager
def launched(window: str, paradigm: str, rig: str, seconds: float) -> Iterator[Launched]:
    """Do ``psi launch PARADIGM`` with the module ``window`` as its window, and wait for its end.

    Parameters
    ----------
    window
        Module of the window's process; it ends the launch.
    paradigm, rig
        Names, or paths of ``.enaml`` files.
    seconds
        Of a run that are measured; 0 for no run.

    Raises ``RunFault`` with the launch's last words where it failed.
    """
    # Not the user's: their layout is left as it is, and theirs would be another window than the next person's.
    with TemporaryDirectory(prefix="psi-bench-") as folder:
        plan = WindowPlan(seconds, str(Path(folder) / "figures.json"))
        out = Path(folder) / "recordings"
        command = [sys.executable, "-P", "-m", "psi.application.bench.launch", window]
        command += ["launch", paradigm, "--rig", rig]
        begin = time.time()
        process = subprocess.Popen(
            [*command, "--subject", "bench", "--seed", "1", "--out", str(out)],
            env={**os.environ, **plan.environment(), **drawn_somewhere(), "PSI_CONFIG_DIR": folder},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = _wait(process, _PATIENCE + (WARM_UP + seconds if seconds else 0.0))
        figures = plan.found()
        recording = next(out.iterdir(), None) if out.is_dir() else None
        if process.returncode or figures is None or (seconds and recording is None):
            last = said.strip().splitlines()[-1:] or ["no reason given"]
            raise RunFault(f"the launch of {paradigm!r} ended with status {process.returncode}: {last[0]}")
        yield Launched(begin, figures, recording)


def drawn_somewhere() -> dict[str, str]:
    """What Qt must be told so that a window can be drawn: in memory, where there is no display."""
    try:
        require_display()
    except ConfigurationError:
        return {"QT_QPA_PLATFORM": "offscreen"}
    return {}


def _wait(process: subprocess.Popen[str], patience: float) -> str:
    """What the launch said, when it has ended; one that does not, or is interrupted, is told to end cleanly."""
    try:
        return process.communicate(timeout=patience)[1]
    except subprocess.TimeoutExpired:
        process.terminate()
        _end(process)
        raise RunFault(f"a launch has not ended within {patience:g} s") from None
    except KeyboardInterrupt:
        # The terminal has told it too.
        _end(process)
        raise


def _end(process: subprocess.Popen[str]) -> None:
    try:
        process.communicate(timeout=_LAST_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
