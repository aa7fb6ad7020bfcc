"""``psi doctor``: which devices this machine can reach, what is missing for the others, and what lies about."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psi.application.leftovers import find_leftovers
from psi.core.errors import ConfigurationError, Finding
from psi.engines.nidaqmx.policies import NIError

if TYPE_CHECKING:
    from psi.engines.nidaqmx.driver.connection import Connection


@dataclass(frozen=True)
class Line:
    """One thing that was looked at."""

    #: 'NI-DAQmx', 'device', 'serial port', 'sound device' or 'leftover'.
    kind: str
    #: Its name, as a rig gives it.
    name: str
    #: One line about it: what it is, or why it is not there.
    text: str
    found: bool
    #: What else is known, fit for JSON.
    details: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "name": self.name, "text": self.text, "found": self.found, **self.details}


def show(*, servers: Sequence[str], reset: str, as_json: bool, clean: bool = False) -> int:
    """Print a line for each device and for each thing that a killed session has left; returns the exit status.

    ``servers`` are device servers (``'HOST:PORT'``) to be asked beside this machine's driver. ``reset`` names a device
    to be reset first; ``clean`` removes what was left. Raises ``ConfigurationError`` where that cannot be done.
    """
    _require_servers(servers)
    if reset:
        _reset(reset, servers)
    lines = [*_ni(""), *(line for server in servers for line in _ni(server)), *_serial_ports(), *_sound_devices()]
    lines += _left(clean)
    if as_json:
        print(json.dumps({"lines": [line.as_dict() for line in lines]}, indent=1))
        return 0
    width = max(len(line.kind) for line in lines)
    for line in lines:
        print(f"{line.kind:<{width}}  {'ok' if line.found else '--'}  {line.text}")
    return 0


def _require_servers(servers: Sequence[str]) -> None:
    findings = []
    for server in servers:
        host, _, port = server.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            findings.append(
                Finding(
                    f"{server!r} is no device server; give its host and its port (1 to 65535) as HOST:PORT, "
                    "for example localhost:31763",
                    "--server",
                )
            )
    if findings:
        raise ConfigurationError(findings)


def _left(clean: bool) -> list[Line]:
    """What killed sessions have left; with ``clean``, what was removed of it and what remains."""
    lines = []
    for left in find_leftovers():
        said, found = left.text, False
        if left.clean is not None and clean:
            try:
                left.clean()
                said, found = f"removed: {said}", True
            except OSError as error:
                said += f"; it cannot be removed ({error.strerror or error})"
        elif left.clean is not None:
            said += "; 'psi doctor --clean' removes it"
        lines.append(Line("leftover", left.name, f"{left.kind}: {said}", found, left.details))
    return lines or [Line("leftover", "", "none", True, {})]


def _asking_ni(server: str, ask: Callable[[Connection], Any]) -> Any:
    """What ``ask`` answers with a connection. Raises ``ConfigurationError`` for whatever NI refuses."""
    try:
        from psi.engines.nidaqmx.driver.connection import Connection
    except ImportError as error:
        raise ConfigurationError(f"the package nidaqmx is missing: {error}") from error
    connection = Connection(server)
    try:
        return ask(connection)
    except NIError as error:
        raise ConfigurationError(str(error)) from error
    finally:
        connection.close()


def _reset(device: str, servers: Sequence[str]) -> None:
    _asking_ni(servers[0] if servers else "", lambda connection: connection.reset(device))


def _ni(server: str) -> list[Line]:
    def ask(connection: Connection) -> list[Line]:
        lines = [Line("NI-DAQmx", server, f"{connection.driver_version()}{place}", True, {"server": server})]
        for name in connection.device_names():
            abilities = connection.abilities(name)
            lines.append(Line("device", name, abilities.summary() + place, True, abilities.as_dict()))
        if len(lines) == 1:
            lines.append(Line("device", "", f"none{place}; look at cable, power and NI MAX", False, {}))
        return lines

    place = f" at {server}" if server else ""
    try:
        found: list[Line] = _asking_ni(server, ask)
    except ConfigurationError as error:
        return [Line("NI-DAQmx", server, str(error), False, {"server": server})]
    return found


def _serial_ports() -> list[Line]:
    try:
        from serial.tools import list_ports
    except ImportError:
        return [Line("serial port", "", "pyserial is not installed: pip install 'psi[serial]'", False, {})]
    ports = [
        Line("serial port", port.device, f"{port.device}: {port.description}", True, {"hardware": port.hwid})
        for port in sorted(list_ports.comports())
    ]
    return ports or [Line("serial port", "", "none", False, {})]


def _sound_devices() -> list[Line]:
    try:
        import sounddevice
    except ImportError:
        return [Line("sound device", "", "sounddevice is not installed: pip install 'psi[soundcard]'", False, {})]
    except OSError as error:
        return [Line("sound device", "", f"{error}; install PortAudio (Debian: libportaudio2)", False, {})]
    devices = [
        Line(
            "sound device",
            str(device["name"]),
            f"{device['name']}: {device['max_input_channels']} in, {device['max_output_channels']} out, "
            f"{device['default_samplerate']:g} Hz",
            True,
            {"inputs": device["max_input_channels"], "outputs": device["max_output_channels"]},
        )
        for device in sounddevice.query_devices()
    ]
    return devices or [Line("sound device", "", "none", False, {})]
