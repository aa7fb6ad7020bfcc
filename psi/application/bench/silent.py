"""A window that draws nothing and asks for nothing: starts the run, waits, and ends it."""

from __future__ import annotations

import json
import signal
import sys
import time

from psi.application.bench.plan import WARM_UP, WindowPlan
from psi.application.console import read_greeting
from psi.link.client import LinkClient

#: Seconds between looks whether the run has begun.
_LOOK = 0.1


def main() -> int:
    """Entry point of ``python -m psi.application.bench.silent``."""
    # The keyboard's interrupt is for who started us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    greeting = read_greeting(sys.stdin.readline())
    plan = WindowPlan.given()
    with LinkClient(int(greeting["port"]), str(greeting["token"])) as link:
        print(json.dumps({"console": "ready"}), flush=True)
        link.request("want", condition="running")
        while link.request("status").get("condition") != "running":
            time.sleep(_LOOK)
        time.sleep(WARM_UP + plan.seconds)
        link.request("quit")
    plan.leave({})
    return 0


if __name__ == "__main__":
    sys.exit(main())
