"""The calls of NI's service that the simulated driver answers; to it all others are unknown, as to an old server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from nidaqmx.constants import Signal, TaskMode
from nidaqmx.error_codes import DAQmxErrors

from psi.testing.ni_server import channel_calls, events, sample_calls
from psi.testing.ni_server.attribute_calls import get_attribute, set_attribute
from psi.testing.ni_server.attributes import SCOPES
from psi.testing.ni_server.errors import DaqFault, ServerStopped, error_text
from psi.testing.ni_server.grid import seconds_from_now
from psi.testing.ni_server.names import expand, terminal
from psi.testing.ni_server.stubs import SERVICE, NiDAQmxServicer, Session, grpc, messages
from psi.testing.ni_server.task import Task

if TYPE_CHECKING:
    from psi.testing.ni_server.server import SimulatedServer

Call = Callable[["SimulatedServer", Any], Any]

_ATTRIBUTE = re.compile(r"(Get|Set|Reset)(\w+?)Attribute(Ex)?([A-Z]\w*)?$")

#: Of the service's enumeration of how to make a task.
_INITIALIZE_NEW = 1


def _create_task(server: SimulatedServer, request: Any) -> Any:
    name = request.session_name
    if not name:
        number = 0
        while (name := f"_unnamedTask<{number:X}>") in server.tasks:
            number += 1
    there = name in server.tasks
    if there and request.initialization_behavior == _INITIALIZE_NEW:
        raise DaqFault(DAQmxErrors.DUPLICATE_TASK, f"Task Name: {name}")
    if not there:
        server.tasks[name] = Task(server, name)
    return messages.CreateTaskResponse(task=Session(name=name), new_session_initialized=not there)


def _stop_task(server: SimulatedServer, request: Any) -> None:
    task = server.task(request.task.name)
    if task.channels and task.device.race_next_stop:
        # Whoever still reads, or reads once more, is told that there is no such task.
        task.device.race_next_stop = False
        task.raced = True
    task.stop()
    server.changed.notify_all()


def _control_task(server: SimulatedServer, request: Any) -> None:
    task = server.task(request.task.name)
    match TaskMode(request.action_raw):
        case TaskMode.TASK_START:
            task.start()
        case TaskMode.TASK_STOP:
            task.stop()
        case TaskMode.TASK_VERIFY:
            task.verify()
        case TaskMode.TASK_RESERVE:
            task.reserve(keep=True)
        case TaskMode.TASK_COMMIT:
            task.commit(keep=True)
        case TaskMode.TASK_UNRESERVE | TaskMode.TASK_ABORT:
            task.release()
    server.changed.notify_all()


def _is_task_done(server: SimulatedServer, request: Any) -> Any:
    done = server.task(request.task.name).is_done(server.clock.now())
    return messages.IsTaskDoneResponse(is_task_done=done)


def _wait_until_done(server: SimulatedServer, request: Any) -> None:
    task = server.task(request.task.name)
    until = seconds_from_now(server.clock, request.time_to_wait)
    while not task.is_done(now := server.clock.now()):
        if until is not None and now >= until:
            raise DaqFault(DAQmxErrors.WAIT_UNTIL_DONE_DOES_NOT_INDICATE_DONE, f"Task Name: {task.name}")
        server.require_connected()
        due = [time for time in (task.done_at(), task.fails_at(), until) if time is not None and time > now]
        server.clock.wait(server.changed, min(due, default=None))


def _reset_device(server: SimulatedServer, request: Any) -> None:
    device = server.net.device(request.device_name)
    device.require_present()
    server.reset(device)


def _self_test(server: SimulatedServer, request: Any) -> None:
    server.net.device(request.device_name).require_present()


def _route(server: SimulatedServer, source: str, target: str) -> None:
    server.net.routes[terminal(target)] = terminal(source)


def _export_signal(server: SimulatedServer, request: Any) -> None:
    task = server.task(request.task.name)
    what = {Signal.START_TRIGGER.value: "StartTrigger", Signal.SAMPLE_CLOCK.value: "SampleClock"}
    if request.signal_id_raw == Signal.COUNTER_OUTPUT_EVENT.value:
        source = task.channels[0].physical
    elif request.signal_id_raw in what:
        source = f"{task.device.name}/{task.kind}/{what[request.signal_id_raw]}"
    else:
        raise DaqFault(DAQmxErrors.INVALID_ATTRIBUTE_VALUE, "Signals: StartTrigger, SampleClock, CounterOutputEvent")
    for target in expand(request.output_terminal):
        _route(server, source, target)


def _every_n(server: SimulatedServer, request: Any, context: Any) -> Iterator[Any]:
    task = server.task(request.task.name)
    if request.n_samples < 1:
        raise DaqFault(DAQmxErrors.EVERY_N_SAMPS_EVENT_INTERVAL_ZERO_NOT_SUPPORTED, f"Task Name: {task.name}")
    key = f"every n samples {request.every_n_samples_event_type_raw}"
    stream = events.EventStream(server, task, key, context)
    return events.every_n_samples(stream, server, task, request.every_n_samples_event_type_raw, request.n_samples)


def _done(server: SimulatedServer, request: Any, context: Any) -> Iterator[Any]:
    task = server.task(request.task.name)
    return events.done(events.EventStream(server, task, "done", context), server, task)


def _unregister_every_n(server: SimulatedServer, request: Any) -> None:
    server.task(request.task.name).listeners.pop(f"every n samples {request.every_n_samples_event_type_raw}", None)
    server.changed.notify_all()


def _unregister_done(server: SimulatedServer, request: Any) -> None:
    server.task(request.task.name).listeners.pop("done", None)
    server.changed.notify_all()


_CALLS: dict[str, Call] = {
    "CreateTask": _create_task,
    "ClearTask": lambda server, request: server.clear(server.task(request.task.name)),
    "StartTask": lambda server, request: server.task(request.task.name).start(),
    "StopTask": _stop_task,
    "TaskControl": _control_task,
    "IsTaskDone": _is_task_done,
    "WaitUntilTaskDone": _wait_until_done,
    "ResetDevice": _reset_device,
    "SelfTestDevice": _self_test,
    "ExportSignal": _export_signal,
    "ConnectTerms": lambda server, request: _route(server, request.source_terminal, request.destination_terminal),
    "DisconnectTerms": lambda server, request: server.net.routes.pop(terminal(request.destination_terminal), None),
    "GetErrorString": lambda server, request: messages.GetErrorStringResponse(
        error_string=error_text(request.error_code)
    ),
    "UnregisterEveryNSamplesEvent": _unregister_every_n,
    "UnregisterDoneEvent": _unregister_done,
    **channel_calls.CALLS,
    **sample_calls.CALLS,
}

_STREAMS: dict[str, Callable[[Any, Any, Any], Iterator[Any]]] = {
    "RegisterEveryNSamplesEvent": _every_n,
    "RegisterDoneEvent": _done,
}


class Service(NiDAQmxServicer):
    """Answers each call with the server's lock held; who waits for time or samples lets go of it."""

    def __init__(self, server: SimulatedServer) -> None:
        self.server = server
        for name, call in _all_calls().items():
            setattr(self, name, self._answer(name, call))
        for name, stream in _STREAMS.items():
            setattr(self, name, self._stream(name, stream))

    def _answer(self, name: str, call: Call) -> Callable[[Any, Any], Any]:
        response = getattr(messages, f"{name}Response")

        def answer(request: Any, context: Any) -> Any:
            try:
                with self.server.changed:
                    self.server.faults.meet(name, request)
                    answered = call(self.server, request)
                    return response() if answered is None or not isinstance(answered, response) else answered
            except DaqFault as fault:
                _refuse(context, fault)
            except ServerStopped:
                _cut(context)

        return answer

    def _stream(self, name: str, call: Callable[[Any, Any, Any], Iterator[Any]]) -> Callable[[Any, Any], Any]:
        def answer(request: Any, context: Any) -> Iterator[Any]:
            try:
                with self.server.changed:
                    self.server.faults.meet(name, request)
                    responses = call(self.server, request, context)
            except DaqFault as fault:
                _refuse(context, fault)
            # The client waits for this before it goes on: from here on no event is missed.
            context.send_initial_metadata(())
            try:
                yield from responses
            except ServerStopped:
                _cut(context)

        return answer


def _cut(context: Any) -> None:
    """What the client sees of a server that is gone, whether or not the connection was faster."""
    context.abort(grpc.StatusCode.UNAVAILABLE, "The connection is cut.")


def _refuse(context: Any, fault: DaqFault) -> None:
    metadata = [("ni-error", str(fault.code))]
    if fault.n_read is not None:
        metadata.append(("ni-samps-per-chan-read", str(fault.n_read)))
    if fault.n_written is not None:
        metadata.append(("ni-samps-per-chan-written", str(fault.n_written)))
    context.set_trailing_metadata(tuple(metadata))
    context.abort(grpc.StatusCode.UNKNOWN, str(fault))


def _all_calls() -> dict[str, Call]:
    calls = dict(_CALLS)
    for method in SERVICE.methods:
        match = _ATTRIBUTE.match(method.name)
        if match and match[2] in SCOPES and method.name not in calls:
            calls[method.name] = _attribute_call(match[1], match[2], method.name)
    return calls


def _attribute_call(verb: str, scope: str, method: str) -> Call:
    response = getattr(messages, f"{method}Response")
    field = "value_raw" if "value_raw" in response.DESCRIPTOR.fields_by_name else "value"

    def get(server: SimulatedServer, request: Any) -> Any:
        return response(**{field: get_attribute(server, scope, request)})

    def put(server: SimulatedServer, request: Any) -> None:
        raw = "value_raw" in request.DESCRIPTOR.fields_by_name
        value = request.value_raw if raw else request.value
        set_attribute(server, scope, request, list(value) if method.endswith("Array") else value)

    def reset(server: SimulatedServer, request: Any) -> None:
        set_attribute(server, scope, request, None)

    return {"Get": get, "Set": put, "Reset": reset}[verb]
