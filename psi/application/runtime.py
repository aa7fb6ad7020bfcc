"""The runtime process: ``python -m psi.application.runtime``. Loads, checks and runs; no Qt.

Takes one :class:`~psi.assembly.request.RunRequest` as a line of JSON on its standard input.
Says ``refused`` with findings (and ends with status 2), or ``plan`` with the recording's plan and the
port of its link; then, when the store has closed the recording, ``finished``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from psi.assembly.request import RunRequest
from psi.core.errors import ConfigurationError

EXIT_REFUSED = 2
EXIT_FAULT = 3


class _Voice:
    """The pipe to the warden. What manifests and libraries print goes to the log instead."""

    def __init__(self) -> None:
        self._pipe = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)

    def __call__(self, message: dict[str, Any]) -> None:
        try:
            self._pipe.write(json.dumps(message).encode() + b"\n")
            self._pipe.flush()
        except OSError:
            # The warden is gone; the run goes on to its end all the same.
            return


def _refuse(say: _Voice, error: ConfigurationError, made: list[Path]) -> int:
    from psi.assembly.folders import unmake_folders

    unmake_folders(made)
    say({"refused": [finding.as_dict() for finding in error.findings]})
    return EXIT_REFUSED


def main() -> int:
    """Entry of the runtime process; returns its exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    say = _Voice()
    text = sys.stdin.readline()
    if not text:
        return 0
    return _serve(RunRequest.model_validate_json(text), say)


def _serve(request: RunRequest, say: _Voice) -> int:
    from psi.assembly.folders import make_folder
    from psi.assembly.preparation import prepare_run
    from psi.controller.run import fault_text
    from psi.link.server import LinkServer

    made: list[Path] = []
    try:
        prepared = prepare_run(request)
        made = make_folder(Path(prepared.settings.folder))
        run = prepared.make_run()
    except ConfigurationError as error:
        return _refuse(say, error, made)

    # Who ends this process politely gets a clean Stop.
    signal.signal(signal.SIGTERM, lambda number, frame: run.stop_request("stopped"))

    def stop(parameters: dict[str, Any]) -> dict[str, Any]:
        run.stop_request("stopped")
        return {"stopping": True}

    server = LinkServer(request.token, {"status": lambda parameters: run.status(), "stop": stop})
    port = server.start()
    prepared.loaded.data.hand_over = lambda plan: say({"plan": plan.model_dump(mode="json"), "port": port})
    say({"port": port, "folder": prepared.settings.folder, "subject": prepared.subject})
    try:
        reason = run.execute()
        counts = run.trials.counts
        say(
            {
                "finished": {
                    "finish_reason": reason,
                    "trials": counts.completed,
                    "rows": counts.committed,
                    "scores": counts.by_score,
                    "time": run.clock.now(),
                    "fault": fault_text(run.fault) if run.fault is not None else None,
                }
            }
        )
    finally:
        run.close()
        server.stop()
    return EXIT_FAULT if run.fault is not None else 0


if __name__ == "__main__":
    sys.exit(main())
