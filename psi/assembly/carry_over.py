"""A run that goes on from an earlier recording: where selectors were, how the two are linked, what the day has seen."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from psi.assembly.session_end import link, write_end
from psi.controller.participant import Bystander, PreparedRun
from psi.controller.run import Run
from psi.controller.run_parts import CarriedStates
from psi.core.errors import ConfigurationError, RecordingError
from psi.data.recording import open_recording
from psi.data.selector_states import selector_states
from psi.models.provenance import Continued

log = logging.getLogger(__name__)


def carried_states(path: str, where: str = "", subject: str | None = None) -> CarriedStates:
    """What the selectors of the recording at ``path`` knew.

    Raises ``ConfigurationError`` where they knew nothing, or where it is of another subject than ``subject``.
    """
    where = where or f"--carry-over {path}"
    try:
        with open_recording(path) as recording:
            states = selector_states(recording)
            run_id = str(recording.attributes.get("run_id", ""))
            former = str(recording.documents.get("session", {}).get("subject", ""))
    except RecordingError as error:
        raise ConfigurationError(str(error), where) from None
    if subject is not None and former and former != subject:
        message = f"is of subject {former!r}, and this run of {subject!r}; name a recording of {subject!r}"
        raise ConfigurationError(f"{message}, or let the subject be {former!r}", where)
    if not states:
        raise ConfigurationError("has no state of selectors; give a recording of a run that had selectors", where)
    return CarriedStates(path, states, run_id)


def continuing(provenance: dict[str, Any], carried: CarriedStates | None) -> dict[str, Any]:
    """The provenance of a run that goes on from what was ``carried`` over, or from nothing."""
    said = None
    if carried is not None:
        said = Continued(run_id=carried.run_id, recording=str(Path(carried.source).resolve())).model_dump(mode="json")
    return {**provenance, "continues": said}


class Linker(Bystander):
    """Takes part in a run that is recorded: links it with the one it continues, and says beside it how it ended."""

    def __init__(self) -> None:
        self._run: Run | None = None
        self._started = False

    def prepare(self, run: PreparedRun) -> None:
        assert isinstance(run, Run)
        self._run = run if run.settings.mode == "running" and run.settings.folder else None

    def start(self) -> None:
        run = self._run
        if run is None:
            return
        self._started = True
        carried = run.parts.carried
        if carried is None:
            return
        try:
            link(Path(carried.source).resolve(), run)
        except OSError as error:
            # The former may lie on a disk that is read only now; the new one names it all the same.
            run.audit("fault", "link", {"message": f"{carried.source} does not say by what it is continued: {error}"})

    def ensure_stopped(self) -> None:
        run, self._run = self._run, None
        if run is None or not self._started:
            return
        try:
            write_end(run)
        except OSError as error:
            log.warning("%s does not say how it ended: %s", run.settings.folder, error)
