"""What goes wrong, on purpose: at once, at the next call of a name, or at a time of a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nidaqmx.error_codes import DAQmxErrors

from psi.testing.ni_server.device import Device
from psi.testing.ni_server.errors import DaqFault
from psi.testing.ni_server.task import Task, TaskState

if TYPE_CHECKING:
    from psi.testing.ni_server.server import SimulatedServer


@dataclass
class _Refusal:
    call: str
    device: str
    code: DAQmxErrors
    times: int


class FaultPlan:
    """The faults of one server; devices by their names, as 'Dev1'."""

    def __init__(self, server: SimulatedServer) -> None:
        self._server = server
        self._refusals: list[_Refusal] = []

    def overrun(self, device: str) -> None:
        """The reader was too slow: -200279 in every input task of the device that runs."""
        self._fail_running(device, ("ai", "di", "ci"), DAQmxErrors.SAMPLES_NO_LONGER_AVAILABLE)

    def underrun(self, device: str) -> None:
        """The writer was too slow: -200290; the outputs hold their level."""
        self._fail_running(device, ("ao", "do"), DAQmxErrors.GEN_STOPPED_TO_PREVENT_REGEN_OF_OLD_SAMPLES)

    def reserve(self, device: str, part: str = "ai timing engine", owner: str = "another program") -> None:
        """Somebody else has a part of the device: -50103 until the device is reset or :meth:`free` is called."""
        with self._server.changed:
            self._device(device).owners[part] = owner

    def free(self, device: str, part: str = "ai timing engine") -> None:
        with self._server.changed:
            self._device(device).owners.pop(part, None)

    def race_next_stop(self, device: str) -> None:
        """Who reads while the next task of the device is stopped is told -200088."""
        with self._server.changed:
            self._device(device).race_next_stop = True

    def shorten_next_write(self, device: str, n: int = 1) -> None:
        """The next write into a buffer takes ``n`` samples per channel less, and says nothing but that."""
        with self._server.changed:
            self._device(device).short_write = n

    def unplug(self, device: str) -> None:
        """Every call about the device fails with -201003; its outputs are dead."""
        server = self._server
        with server.changed:
            gone = self._device(device)
            server.reset(gone)
            gone.gone = True
            server.changed.notify_all()

    def plug_in(self, device: str) -> None:
        with self._server.changed:
            self._device(device).gone = False

    def refuse(self, call: str, code: int, device: str = "", times: int = 1) -> None:
        """The next ``times`` calls of that name ('ReadAnalogF64') fail with ``code``."""
        with self._server.changed:
            self._refusals.append(_Refusal(call, device.lower(), DAQmxErrors(code), times))

    def meet(self, call: str, request: Any) -> None:
        """Raise ``DaqFault`` where a call of that name is to fail. With the lock held, for each call."""
        if self._refusals:
            for refusal in self._refusals:
                if refusal.call == call and self._is_about(refusal.device, request):
                    refusal.times -= 1
                    if not refusal.times:
                        self._refusals.remove(refusal)
                    raise DaqFault(refusal.code)
        task = self._task(request)
        if task is not None and task.channels and task.device.gone and call not in ("ClearTask", "GetErrorString"):
            task.device.require_present()

    def _task(self, request: Any) -> Task | None:
        session = getattr(request, "task", None)
        return self._server.tasks.get(session.name) if session is not None else None

    def _is_about(self, device: str, request: Any) -> bool:
        if not device:
            return True
        task = self._task(request)
        named = task.device.name if task is not None and task.channels else getattr(request, "device_name", "")
        return str(named).lower() == device

    def _device(self, name: str) -> Device:
        return self._server.net.device(name)

    def _fail_running(self, device: str, kinds: tuple[str, ...], code: DAQmxErrors) -> None:
        with self._server.changed:
            for task in self._server.tasks.values():
                if task.kind in kinds and task.state is TaskState.RUNNING and task.device is self._device(device):
                    task.fail(code)
