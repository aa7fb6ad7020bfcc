"""Calls that read and write samples, between the messages' fields and arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from nidaqmx.error_codes import DAQmxErrors
from numpy.typing import NDArray

from psi.testing.ni_server.errors import DaqFault
from psi.testing.ni_server.inputs import AnalogInput, CounterInput
from psi.testing.ni_server.reading import by_layout, lines_of, read, words
from psi.testing.ni_server.stubs import messages
from psi.testing.ni_server.task import Task
from psi.testing.ni_server.writing import levels_of_lines, levels_of_words, write

if TYPE_CHECKING:
    from psi.testing.ni_server.server import SimulatedServer

Call = Callable[[Any, Any], Any]


def _require(task: Task, kinds: str) -> None:
    if task.kind not in kinds.split():
        raise DaqFault(DAQmxErrors.READ_CHAN_TYPE_MISMATCH, f"Task Name: {task.name}")


def _with_doubles(response: Any, samples: NDArray[np.float64]) -> Any:
    """The response with its packed array of doubles, which are put there as they lie in memory.

    Number by number, 16 channels of 25 kHz would keep a core busy for a tenth of its time.
    """
    body = samples.astype("<f8", copy=False).tobytes()
    field = response.DESCRIPTOR.fields_by_name["read_array"].number
    response.MergeFromString(_varint(field << 3 | 2) + _varint(len(body)) + body)
    return response


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _volts(task: Task, codes: NDArray[Any]) -> NDArray[np.float64]:
    assert isinstance(task.measurement, AnalogInput) or task.measurement is None
    steps = np.array([[channel.step] for channel in task.channels])
    return codes * steps


def _read_analog(server: SimulatedServer, request: Any) -> Any:
    task = server.task(request.task.name)
    _require(task, "ai")
    codes, status = read(task, request.num_samps_per_chan, request.timeout)
    response = messages.ReadAnalogF64Response(status=status, samps_per_chan_read=codes.shape[1])
    return _with_doubles(response, by_layout(_volts(task, codes), request.fill_mode_raw))


def _read_analog_scalar(server: SimulatedServer, request: Any) -> Any:
    task = server.task(request.task.name)
    _require(task, "ai")
    codes, status = read(task, 1, request.timeout)
    _require_all(task, status)
    return messages.ReadAnalogScalarF64Response(value=float(_volts(task, codes)[0, 0]))


def _require_all(task: Task, status: int) -> None:
    if status:
        raise DaqFault(DAQmxErrors(status), f"Task Name: {task.name}", n_read=0)


def _read_codes(name: str, dtype: Any) -> Call:
    response = getattr(messages, f"{name}Response")

    def answer(server: SimulatedServer, request: Any) -> Any:
        task = server.task(request.task.name)
        _require(task, "ai")
        codes, status = read(task, request.num_samps_per_chan, request.timeout)
        if task.device.product.bits > 8 * np.dtype(dtype).itemsize:
            # What does not fit loses its lowest bits, as the driver does it.
            codes = codes >> (task.device.product.bits - 8 * np.dtype(dtype).itemsize)
        found = by_layout(codes, request.fill_mode_raw).astype(dtype)
        return response(status=status, samps_per_chan_read=codes.shape[1], read_array=found.ravel().tolist())

    return answer


def _read_raw(server: SimulatedServer, request: Any) -> Any:
    task = server.task(request.task.name)
    samples, status = read(task, request.num_samps_per_chan, request.timeout)
    if task.kind == "di":
        samples = words(task, samples)
    elif task.kind == "ci":
        samples = samples.astype(np.uint32)
    # Raw samples lie as the card gives them: all channels of one instant together.
    found = by_layout(samples, 1)
    return messages.ReadRawResponse(
        status=status,
        samps_read=samples.shape[1],
        num_bytes_per_samp=samples.dtype.itemsize,
        read_array=found.tobytes(),
    )


def _read_words(name: str, dtype: Any) -> Call:
    response = getattr(messages, f"{name}Response")

    def answer(server: SimulatedServer, request: Any) -> Any:
        task = server.task(request.task.name)
        _require(task, "di")
        levels, status = read(task, request.num_samps_per_chan, request.timeout)
        found = by_layout(words(task, levels), request.fill_mode_raw).astype(dtype)
        data = found.tobytes() if dtype is np.uint8 else found.ravel().tolist()
        return response(status=status, samps_per_chan_read=levels.shape[1], read_array=data)

    return answer


def _read_word_scalar(server: SimulatedServer, request: Any) -> Any:
    task = server.task(request.task.name)
    _require(task, "di")
    levels, status = read(task, 1, request.timeout)
    _require_all(task, status)
    return messages.ReadDigitalScalarU32Response(value=int(words(task, levels)[0, 0]))


def _read_lines(server: SimulatedServer, request: Any) -> Any:
    task = server.task(request.task.name)
    _require(task, "di")
    levels, status = read(task, request.num_samps_per_chan, request.timeout)
    found = lines_of(task, levels)
    found = found if request.fill_mode_raw == 0 else found.transpose(1, 0, 2)
    return messages.ReadDigitalLinesResponse(
        status=status,
        samps_per_chan_read=levels.shape[1],
        num_bytes_per_samp=found.shape[2],
        read_array=np.ascontiguousarray(found).tobytes(),
    )


def _counts(server: SimulatedServer, request: Any, n: int) -> tuple[Task, NDArray[Any], int]:
    task = server.task(request.task.name)
    _require(task, "ci")
    counts, status = read(task, n, request.timeout)
    return task, counts, status


def _read_counter_f64(name: str) -> Call:
    response = getattr(messages, f"{name}Response")

    def answer(server: SimulatedServer, request: Any) -> Any:
        task, counts, status = _counts(server, request, request.num_samps_per_chan)
        assert isinstance(task.measurement, CounterInput)
        filled = response(status=status, samps_per_chan_read=counts.shape[1])
        return _with_doubles(filled, task.measurement.scaled(counts))

    return answer


def _read_counter_u32(name: str) -> Call:
    response = getattr(messages, f"{name}Response")

    def answer(server: SimulatedServer, request: Any) -> Any:
        _, counts, status = _counts(server, request, request.num_samps_per_chan)
        found = counts.ravel().astype(np.uint32).tolist()
        return response(status=status, samps_per_chan_read=counts.shape[1], read_array=found)

    return answer


def _read_counter_scalar_u32(server: SimulatedServer, request: Any) -> Any:
    task, counts, status = _counts(server, request, 1)
    _require_all(task, status)
    return messages.ReadCounterScalarU32Response(value=int(counts[0, 0]) & 0xFFFFFFFF)


def _read_counter_scalar_f64(server: SimulatedServer, request: Any) -> Any:
    task, counts, status = _counts(server, request, 1)
    _require_all(task, status)
    assert isinstance(task.measurement, CounterInput)
    return messages.ReadCounterScalarF64Response(value=float(task.measurement.scaled(counts)[0, 0]))


def _shaped(task: Task, flat: NDArray[Any], request: Any) -> NDArray[Any]:
    """Samples as ``(n_channels, n)``. Raises ``DaqFault`` -200524 for another number of channels."""
    n = request.num_samps_per_chan
    if flat.size != n * len(task.channels):
        told = f"Samples given: {flat.size}\nSamples per channel: {n}\nChannels: {len(task.channels)}"
        raise DaqFault(DAQmxErrors.WRITE_NUM_CHANS_MISMATCH, f"{told}\nTask Name: {task.name}", n_written=0)
    return flat.reshape(len(task.channels), n) if request.data_layout_raw == 0 else flat.reshape(n, -1).T


def _write_analog(server: SimulatedServer, request: Any) -> Any:
    task = server.task(request.task.name)
    flat = np.fromiter(request.write_array, np.float64, len(request.write_array))
    n = write(task, _shaped(task, flat, request), request.auto_start, request.timeout)
    return messages.WriteAnalogF64Response(samps_per_chan_written=n)


def _write_analog_scalar(server: SimulatedServer, request: Any) -> None:
    write(server.task(request.task.name), np.array([[request.value]]), request.auto_start, request.timeout)


def _write_words(name: str, dtype: Any) -> Call:
    response = getattr(messages, f"{name}Response")

    def answer(server: SimulatedServer, request: Any) -> Any:
        task = server.task(request.task.name)
        flat = np.frombuffer(request.write_array, dtype) if dtype is np.uint8 else np.array(request.write_array, dtype)
        levels = levels_of_words(task, _shaped(task, flat, request).astype(np.uint32))
        return response(samps_per_chan_written=write(task, levels, request.auto_start, request.timeout))

    return answer


def _write_word_scalar(server: SimulatedServer, request: Any) -> None:
    task = server.task(request.task.name)
    write(task, levels_of_words(task, np.array([[request.value]], np.uint32)), request.auto_start, request.timeout)


def _write_lines(server: SimulatedServer, request: Any) -> Any:
    task = server.task(request.task.name)
    n = request.num_samps_per_chan
    widest = max((len(channel.terminals) for channel in task.channels), default=1)
    flat = np.frombuffer(request.write_array, np.uint8)
    if flat.size != n * len(task.channels) * widest:
        told = f"Levels given: {flat.size}\nSamples per channel: {n}\nLines per channel: {widest}"
        raise DaqFault(DAQmxErrors.NUM_LINES_MISMATCH_IN_READ_OR_WRITE, f"{told}\nTask Name: {task.name}", n_written=0)
    by_channel = request.data_layout_raw == 0
    shaped = (
        flat.reshape(len(task.channels), n, widest) if by_channel else flat.reshape(n, -1, widest).transpose(1, 0, 2)
    )
    written = write(task, levels_of_lines(task, shaped), request.auto_start, request.timeout)
    return messages.WriteDigitalLinesResponse(samps_per_chan_written=written)


CALLS: dict[str, Call] = {
    "ReadAnalogF64": _read_analog,
    "ReadAnalogScalarF64": _read_analog_scalar,
    "ReadBinaryI16": _read_codes("ReadBinaryI16", np.int16),
    "ReadBinaryI32": _read_codes("ReadBinaryI32", np.int32),
    "ReadRaw": _read_raw,
    "ReadDigitalU8": _read_words("ReadDigitalU8", np.uint8),
    "ReadDigitalU16": _read_words("ReadDigitalU16", np.uint16),
    "ReadDigitalU32": _read_words("ReadDigitalU32", np.uint32),
    "ReadDigitalScalarU32": _read_word_scalar,
    "ReadDigitalLines": _read_lines,
    "ReadCounterF64": _read_counter_f64("ReadCounterF64"),
    "ReadCounterF64Ex": _read_counter_f64("ReadCounterF64Ex"),
    "ReadCounterU32": _read_counter_u32("ReadCounterU32"),
    "ReadCounterU32Ex": _read_counter_u32("ReadCounterU32Ex"),
    "ReadCounterScalarU32": _read_counter_scalar_u32,
    "ReadCounterScalarF64": _read_counter_scalar_f64,
    "WriteAnalogF64": _write_analog,
    "WriteAnalogScalarF64": _write_analog_scalar,
    "WriteDigitalU8": _write_words("WriteDigitalU8", np.uint8),
    "WriteDigitalU16": _write_words("WriteDigitalU16", np.uint16),
    "WriteDigitalU32": _write_words("WriteDigitalU32", np.uint32),
    "WriteDigitalScalarU32": _write_word_scalar,
    "WriteDigitalLines": _write_lines,
}
