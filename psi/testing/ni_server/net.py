"""The terminals of all devices and what leads from one to another: wires, sources, routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nidaqmx.error_codes import DAQmxErrors

from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.testing.ni_server.device import Device
from psi.testing.ni_server.errors import DaqFault
from psi.testing.ni_server.lines import Line, Signal
from psi.testing.ni_server.names import device_of, terminal
from psi.testing.ni_server.wiring import Joined, Wire, Wired, is_analog


class Net:
    """Made once, for all devices of a server. Raises ``ConfigurationError`` for ends that do not exist, all at once."""

    def __init__(self, devices: Mapping[str, Device], wires: Iterable[Wire], sources: Mapping[str, Signal]) -> None:
        self._devices = devices
        self._wires: dict[str, list[Wire]] = {}
        self._sources: dict[str, Signal] = {}
        #: Terminals that a signal was exported or connected to -> where it comes from.
        self.routes: dict[str, str] = {}
        findings: list[Finding] = []
        outputs = [name for device in devices.values() for name in device.outputs()]
        inputs = [name for device in devices.values() for name in (*device.inputs(), *device.terminals())]
        for wire in wires:
            findings += _unknown(wire.source, outputs, "output", "--wire") + _unknown(
                wire.target, inputs, "input", "--wire"
            )
            if not findings:
                self._wires.setdefault(self.pin(wire.target), []).append(wire)
        for name, signal in sources.items():
            findings += _unknown(name, inputs, "input", "--source")
            if not findings:
                self._sources[self.pin(name)] = signal
        if findings:
            raise ConfigurationError(findings)

    def device(self, name: str) -> Device:
        """The device that a terminal belongs to. Raises ``DaqFault`` -200220."""
        device = self._devices.get(device_of(name).lower())
        if device is None:
            raise DaqFault(DAQmxErrors.INVALID_DEVICE_ID, f"Device Specified: {device_of(name)}")
        return device

    def pin(self, name: str) -> str:
        return self.device(name).pin(name)

    def line(self, name: str) -> Line:
        """The output terminal ``name``."""
        return self.device(name).lines[terminal(name)]

    def heard_at(self, name: str) -> Signal | None:
        """What arrives at an input; None for silence."""
        pin = self.pin(name)
        analog = is_analog(pin)
        signals: list[Signal] = [
            Wired(self.line(wire.source), wire, to_analog=analog) for wire in self._wires.get(pin, ())
        ]
        if pin in self._sources:
            signals.append(self._sources[pin])
        if not analog and pin in self.device(name).lines:
            # The pin of a digital line shows what a task drives it to.
            signals.append(self.device(name).lines[pin])
        return signals[0] if len(signals) == 1 else Joined(tuple(signals), analog) if signals else None

    def trigger(self, source: str) -> str:
        """What a trigger or clock at terminal ``source`` waits for: 'dev1/ai', or a pin."""
        key = terminal(source)
        seen = {key}
        while key in self.routes and self.routes[key] not in seen:
            key = self.routes[key]
            seen.add(key)
        parts = key.split("/")
        if len(parts) == 3 and parts[2] in ("starttrigger", "sampleclock"):
            self.device(key)
            return f"{parts[0]}/{parts[1]}"
        return self.pin(key) if parts[0] in self._devices else key

    def reached_from(self, line: Line) -> set[str]:
        """Pins that an edge of ``line`` arrives at, and its own."""
        own = terminal(line.name)
        return {own} | {pin for pin, wires in self._wires.items() if any(terminal(w.source) == own for w in wires)}


def _unknown(name: str, known: list[str], what: str, where: str) -> list[Finding]:
    if terminal(name) in {terminal(each) for each in known}:
        return []
    return [Finding(f"no {what} {name!r}{did_you_mean(name, known)}", where)]
