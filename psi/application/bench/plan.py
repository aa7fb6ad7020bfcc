"""What a measuring window is told, and where it leaves what it found: an environment variable and a file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

#: Seconds of a run that are not measured: what its beginning costs is not what it costs.
WARM_UP = 2.0

_VARIABLE = "PSI_BENCH_PLAN"


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """What one window does."""

    #: Seconds of the run that are measured, after :data:`WARM_UP`; 0 starts no run.
    seconds: float
    #: The file for its figures.
    figures: str

    def environment(self) -> dict[str, str]:
        """How the window's process gets it."""
        return {_VARIABLE: json.dumps(asdict(self))}

    @classmethod
    def given(cls) -> WindowPlan:
        """The one that this process was given."""
        return cls(**json.loads(os.environ[_VARIABLE]))

    def leave(self, figures: dict[str, Any]) -> None:
        """Write what was found."""
        Path(self.figures).write_text(json.dumps(figures), encoding="utf-8")

    def found(self) -> dict[str, Any] | None:
        """What was found; ``None`` where the window has not got that far."""
        try:
            figures: dict[str, Any] = json.loads(Path(self.figures).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return figures
