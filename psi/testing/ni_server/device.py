"""One simulated card: its terminals, who holds which of its parts, and what is broken about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from nidaqmx.error_codes import DAQmxErrors

from psi.core.errors import ConfigurationError
from psi.testing.ni_server.errors import DaqFault
from psi.testing.ni_server.lines import Line
from psi.testing.ni_server.names import terminal
from psi.testing.ni_server.products import Product, product
from psi.testing.ni_server.wiring import THRESHOLD

#: PFI terminals of the counters of an X series card, by counter: source (also encoder's A), B, Z.
_COUNTER_INPUTS = ((8, 10, 9), (3, 11, 4), (0, 2, 1), (5, 7, 6))


@dataclass
class Device:
    """A card as NI MAX would list it."""

    name: str
    product: Product
    serial: int
    #: How far its crystal is off, parts per million.
    clock_error_ppm: float = 0.0
    #: No longer there: every call about it fails.
    gone: bool = False
    #: The next write into a buffer takes this many samples less than it is given.
    short_write: int | None = None
    #: The next stop of a task meets calls that are still on their way: they are told that there is no such task.
    race_next_stop: bool = False
    #: Part of the card ('ai timing engine', a line) -> who has it.
    owners: dict[str, str] = field(default_factory=dict)
    #: Output terminals by their name in lower case.
    lines: dict[str, Line] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.outputs():
            analog = "/ao" in name
            self.lines[terminal(name)] = Line(name, analog, THRESHOLD if analog else 0.5)

    @classmethod
    def parse(cls, text: str, serial: int) -> Device:
        """'Dev1=USB-6343', 'Dev2=PXI-4461,ppm=20' -> a device. Raises ``ConfigurationError``."""
        match = re.fullmatch(r"([A-Za-z]\w*)=([\w-]+)(?:,ppm=(-?[\d.]+))?", text.strip())
        if not match:
            raise ConfigurationError(
                f"{text!r} is no device; write NAME=PRODUCT[,ppm=ERROR], as Dev1=USB-6343", "--device"
            )
        return cls(match[1], product(match[2]), serial, float(match[3] or 0.0))

    def rate(self, asked: float) -> Fraction:
        """Samples/s that the card says it makes."""
        return self.product.coerced(asked)

    def analog_inputs(self) -> list[str]:
        return [f"{self.name}/ai{i}" for i in range(self.product.n_ai)]

    def analog_outputs(self) -> list[str]:
        return [f"{self.name}/ao{i}" for i in range(self.product.n_ao)]

    def ports(self) -> list[str]:
        return [f"{self.name}/port{i}" for i in range(len(self.product.ports))]

    def digital_lines(self) -> list[str]:
        return [f"{self.name}/port{i}/line{j}" for i, n in enumerate(self.product.ports) for j in range(n)]

    def counters(self) -> list[str]:
        return [f"{self.name}/ctr{i}" for i in range(self.product.n_counters)]

    def terminals(self) -> list[str]:
        n_pfi = sum(self.product.ports[1:])
        names = [f"/{self.name}/PFI{i}" for i in range(n_pfi)]
        for part, there in (("ai", self.product.n_ai), ("ao", self.product.n_ao)):
            if there:
                names += [f"/{self.name}/{part}/{what}" for what in ("SampleClock", "StartTrigger")]
        if self.product.ports:
            names += [
                f"/{self.name}/{part}/{what}" for part in ("di", "do") for what in ("SampleClock", "StartTrigger")
            ]
        return names + [f"/{self.name}/Ctr{i}InternalOutput" for i in range(self.product.n_counters)]

    def outputs(self) -> list[str]:
        return self.analog_outputs() + self.digital_lines() + self.counters()

    def inputs(self) -> list[str]:
        return self.analog_inputs() + self.digital_lines() + self.counters()

    def pin(self, name: str) -> str:
        """The pin of a terminal: PFIs are lines of the later ports, a counter counts at its source terminal."""
        key = terminal(name)
        stem, _, last = key.rpartition("/")
        if match := re.fullmatch(r"ctr(\d)(_[bz])?", last):
            role = {None: 0, "_b": 1, "_z": 2}[match[2]]
            last = f"pfi{_COUNTER_INPUTS[int(match[1])][role]}"
        if match := re.fullmatch(r"ctr(\d)internaloutput", last):
            return f"{stem}/ctr{match[1]}"
        if match := re.fullmatch(r"pfi(\d+)", last):
            port, line = divmod(int(match[1]), 8)
            return f"{stem}/port{port + 1}/line{line}"
        return f"{stem}/{last}"

    def reserve(self, parts: list[str], owner: str) -> None:
        """Give all of ``parts`` to ``owner``, or none: raises ``DaqFault`` -50103 naming part and holder."""
        for part in parts:
            holder = self.owners.get(part)
            if holder not in (None, owner):
                raise DaqFault(
                    DAQmxErrors.PAL_RESOURCE_RESERVED, f"Device: {self.name}\nResource: {part}\nReserved by: {holder}"
                )
        self.owners.update(dict.fromkeys(parts, owner))

    def release(self, owner: str) -> None:
        self.owners = {part: holder for part, holder in self.owners.items() if holder != owner}

    def require_present(self) -> None:
        if self.gone:
            raise DaqFault(DAQmxErrors.DEV_CANNOT_BE_ACCESSED, f"Device: {self.name}")
