"""The runtime process: ``python -m psi.application.runtime``. Loads, checks and runs; no Qt.

Takes one :class:`~psi.assembly.request.RunRequest` as a line of JSON on its standard input.
Says ``refused`` with findings (and ends with status 2), or ``port``, where its link listens. Then, for
each recording, ``plan`` (what a store needs) and at last ``finished``. As a host it also says ``run`` when a
run of any mode has its shared memory, ``ended`` when that is given back, and ``quit`` when it was told to end.
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
    request = RunRequest.model_validate_json(text)
    return _host(request, say) if request.host else _serve(request, say)


def _serve(request: RunRequest, say: _Voice) -> int:
    """One run, as ``psi run`` asks for it."""
    from psi.application.device_locks import take_devices
    from psi.application.host_service import HostService, SingleRun
    from psi.application.host_voice import result_of, watch_parent
    from psi.assembly.description import describe
    from psi.assembly.folders import make_folder
    from psi.assembly.next_run import NextRun
    from psi.assembly.preparation import prepare_run
    from psi.controller.publisher import Publisher
    from psi.link.server import LinkServer
    from psi.link.state import StateSource

    made: list[Path] = []
    try:
        prepared = prepare_run(request)
        locks = take_devices(prepared.loaded.controller.wiring().tree.engines, request)
        made = make_folder(Path(prepared.settings.folder))
        state = StateSource()
        next_run = NextRun(prepared, state, [Publisher(state)])
        run = next_run.make_single()
        state.update(describe(prepared))
    except ConfigurationError as error:
        return _refuse(say, error, made)

    # Who ends this process politely gets a clean Stop.
    signal.signal(signal.SIGTERM, lambda number, frame: run.stop_request("stopped"))
    host = SingleRun(run, state)
    server = LinkServer(request.token, HostService(next_run, state, host).handlers)
    port = server.start()
    prepared.loaded.data.hand_over = lambda plan: say({"plan": plan.model_dump(mode="json"), "port": port})
    watch_parent(state)
    say({"port": port, "folder": prepared.settings.folder, "subject": prepared.subject})
    try:
        reason = run.execute()
        say({"finished": result_of(run, reason)})
    finally:
        run.close()
        host.ended(run.fault_line)
        server.stop()
        locks.release()
    return EXIT_FAULT if run.fault is not None else 0


def _host(request: RunRequest, say: _Voice) -> int:
    """A rig kept for one run after another, as ``psi launch`` asks for it."""
    from psi.application.device_locks import take_devices
    from psi.application.host_service import HostService
    from psi.application.host_voice import Announcer, quit_after_run, watch_parent
    from psi.assembly.description import describe
    from psi.assembly.next_run import NextRun
    from psi.assembly.preparation import prepare_run
    from psi.controller.host import RigHost
    from psi.controller.publisher import Publisher
    from psi.link.server import LinkServer
    from psi.link.state import StateSource

    try:
        prepared = prepare_run(request)
        locks = take_devices(prepared.loaded.controller.wiring().tree.engines, request)
        state = StateSource()
        next_run = NextRun(prepared, state, [Publisher(state), Announcer(say)])
        state.update(describe(prepared))
    except ConfigurationError as error:
        return _refuse(say, error, [])
    host = RigHost(next_run.make, state)
    signal.signal(signal.SIGTERM, lambda number, frame: host.quit())
    prepared.loaded.data.hand_over = lambda plan: say({"plan": plan.model_dump(mode="json")})
    server = LinkServer(request.token, HostService(next_run, state, host).handlers)
    try:
        manifests = list(prepared.task.manifests)
        say({"port": server.start(), "subject": prepared.subject, "manifests": manifests})
        watch_parent(state, lambda: quit_after_run(host))
        next_run.look_back()
        host.serve()
        say({"quit": True})
    finally:
        server.stop()
        locks.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
