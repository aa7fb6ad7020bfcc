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

from psi.core.errors import ConfigurationError

EXIT_REFUSED = 2
EXIT_FAULT = 3


def _say(message: dict[str, Any]) -> None:
    line = json.dumps(message) + "\n"
    try:
        os.write(sys.stdout.fileno(), line.encode())
    except OSError:
        # The warden is gone; the run goes on to its end all the same.
        return


def _refuse(error: ConfigurationError, made: list[Path]) -> int:
    from psi.assembly.folders import unmake_folders

    unmake_folders(made)
    _say({"refused": [finding.as_dict() for finding in error.findings]})
    return EXIT_REFUSED


def main() -> int:
    """Entry of the runtime process; returns its exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Manifests may print; the pipe to the warden speaks JSON.
    text = sys.stdin.readline()
    if not text:
        return 0
    from psi.assembly.request import RunRequest

    return _serve(RunRequest.model_validate_json(text))


def _serve(request: Any) -> int:
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
        return _refuse(error, made)

    # Who ends this process politely gets a clean Stop.
    signal.signal(signal.SIGTERM, lambda number, frame: run.stop_request("stopped"))

    def stop(parameters: dict[str, Any]) -> dict[str, Any]:
        run.stop_request("stopped")
        return {"stopping": True}

    server = LinkServer(request.token, {"status": lambda parameters: run.status(), "stop": stop})
    port = server.start()
    prepared.loaded.data.hand_over = lambda plan: _say({"plan": plan.model_dump(mode="json"), "port": port})
    _say({"port": port, "folder": prepared.settings.folder, "subject": prepared.subject})
    try:
        reason = run.execute()
        counts = run.trials.counts
        _say(
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
