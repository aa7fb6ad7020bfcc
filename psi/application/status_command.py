"""``psi status``: the runs that live on this machine."""

from __future__ import annotations

import json
from typing import Any

from psi.application.registry import LiveRun, as_dict, live_runs
from psi.link.client import LinkClient
from psi.link.errors import LinkError

#: Seconds that a run gets to say how it is.
_PATIENCE = 1.0

#: What is shown of a run that does not.
SILENT = "no answer"


def show(*, as_json: bool) -> int:
    """Print the live runs; returns the exit status."""
    runs = [as_dict(run, _condition(run)) for run in live_runs()]
    if as_json:
        print(json.dumps({"runs": runs}))
        return 0
    if not runs:
        print("no run")
    for run in runs:
        print(
            f"{run['run_id']}  {run['paradigm']} on {run['rig']}, subject {run['subject'] or '-'}: {run['condition']}"
        )
        print(f"  started    {run['started']}")
        print(f"  recording  {run['recording'] or '-'}")
        print(f"  processes  {_processes(run['processes'])}")
        if run["ended"]:
            print(f"  gone       {_processes(run['ended'])}")
    return 0


def _condition(run: LiveRun) -> str:
    try:
        with LinkClient(run.entry.port, run.entry.token) as client:
            return str(client.request("status", timeout=_PATIENCE).get("condition", SILENT))
    except LinkError:
        return SILENT


def _processes(processes: list[dict[str, Any]]) -> str:
    return ", ".join(
        f"{process['role']} {process.get('name', '')}".rstrip() + f" {process['pid']}" for process in processes
    )
