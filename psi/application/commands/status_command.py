"""``psi status``: the runs that live on this machine."""

from __future__ import annotations

import json
from typing import Any

from psi.application.device_locks import holders
from psi.application.registry import LiveRun, as_dict, live_runs
from psi.controller.dispatch.watchdog import hang_text
from psi.controller.run_status import course_text
from psi.link.client import LinkClient
from psi.link.errors import LinkError

#: Seconds that a run gets to say how it is.
_PATIENCE = 1.0

#: What is shown of a run that does not.
SILENT = "no answer"


def show(*, as_json: bool) -> int:
    """Print the live runs; returns the exit status."""
    runs: list[dict[str, Any]] = []
    devices: dict[str, list[str]] = {}
    for holder in holders():
        devices.setdefault(holder.run_id, []).append(holder.device)
    for live in live_runs():
        status = _status(live)
        hanging = status.get("hanging") or {}
        said = {
            "course": course_text(status),
            "hanging": hanging,
            "delay": status.get("delay", 0.0),
            "devices": devices.get(live.entry.run_id, []),
        }
        runs.append({**as_dict(live, str(status.get("condition", SILENT))), **said})
    if as_json:
        print(json.dumps({"runs": runs}))
        return 0
    if not runs:
        print("no run")
    for run in runs:
        print(
            f"{run['run_id']}  {run['paradigm']} on {run['rig']}, subject {run['subject'] or '-'}: {run['condition']}"
            + (f", {run['course']}" if run["course"] else "")
        )
        print(f"  started    {run['started']}")
        print(f"  recording  {run['recording'] or '-'}")
        print(f"  processes  {_processes(run['processes'])}")
        if run["devices"]:
            print(f"  holds      {', '.join(run['devices'])}")
        if run["hanging"]:
            print(f"  hangs      {hang_text(run['hanging'])}; events wait for {run['delay']:.1f} s")
        if run["ended"]:
            print(f"  gone       {_processes(run['ended'])}")
    return 0


def _status(run: LiveRun) -> dict[str, Any]:
    try:
        with LinkClient(run.entry.port, run.entry.token) as client:
            return client.request("status", timeout=_PATIENCE)
    except LinkError:
        return {}


def _processes(processes: list[dict[str, Any]]) -> str:
    return ", ".join(
        f"{process['role']} {process['pid']}" + (f" ({process['name']})" if "name" in process else "")
        for process in processes
    )
