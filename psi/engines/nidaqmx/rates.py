"""Whether a device's clock gives the rates that are asked for: it divides its own by whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from psi.core.errors import Finding
from psi.core.source_lines import where_of
from psi.engines.nidaqmx.plan import Plan, TaskPlan

if TYPE_CHECKING:
    from psi.engines.nidaqmx.driver.connection import Connection


def other_rate(plan: TaskPlan, given: float) -> str:
    """That a task gets another rate than it asks for, and what to do."""
    channels = ", ".join(repr(channel.reference) for channel in plan.channels)
    return f"{plan.name} cannot have {plan.fs:g} samples/s, its clock gives {given!r}; set fs to that for {channels}"


def rate_findings(connection: Connection, plan: Plan) -> Iterator[Finding]:
    """Every rate that a device coerces to another. Nothing is reserved. Raises ``NIError``."""
    for task_plan in plan.timed:
        if task_plan.clock:
            continue  # from outside, or another part's
        task = connection.task()
        try:
            for channel in task_plan.channels:
                task.add_channel(task_plan.kind, channel)
            given = task.set_clock(task_plan.fs, "", task_plan.buffer)
        finally:
            task.close()
        if given != task_plan.fs:
            fastest = next(channel for channel in task_plan.channels if channel.fs == task_plan.fs)
            yield Finding(other_rate(task_plan, given), where_of(fastest, "fs"))
