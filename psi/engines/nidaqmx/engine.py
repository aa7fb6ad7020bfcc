"""The NI-DAQmx engine as declared. Nothing here needs the driver; what does is imported when it is asked for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from atom.api import Bool, Float, Str, Tuple
from enaml.core.api import d_

from psi.core.errors import ConfigurationError, Finding
from psi.core.source_lines import where_of
from psi.engines.nidaqmx.abilities import device_findings, missing_devices
from psi.engines.nidaqmx.plan import Plan, Timing, drifting
from psi.engines.nidaqmx.planning import draft_plan, make_plan
from psi.engines.nidaqmx.policies import NIError, explain
from psi.engines.nidaqmx.rates import rate_findings
from psi.engines.nidaqmx.terminals import device_of
from psi.hardware.channel import channel_labels
from psi.hardware.engine import Engine, EngineDriver

if TYPE_CHECKING:
    from psi.engines.nidaqmx.driver.connection import Connection


class NIDAQEngine(Engine):
    """NI cards: analog, digital and counter lines, timed by the cards' clocks or set on demand (``fs = 0``).

    The channels of one kind on one device are one task, and start together; devices may be several. Where a task
    plays (``ao``), the others on its device begin with its first sample, unless their channels name another
    ``start_trigger``.
    """

    look_ahead = d_(Float(0.05))

    #: ``'HOST:PORT'`` of the NI gRPC device server of the machine that has the cards; empty for this machine.
    server = d_(Str())

    #: Options of a simulated device server, as ``psi simulate-ni`` takes them: where ``server`` is empty, one of its
    #: own is started with them, and ended with psi. Empty for real cards.
    simulate = d_(Tuple(Str()))

    #: Seconds of samples that a device's buffer holds: for so long may this machine be late in fetching them.
    buffer_duration = d_(Float(4.0))

    #: Terminal of a sample clock that every timed channel takes, for example ``'/Dev1/PFI7'``; empty for the
    #: devices' own.
    sample_clock = d_(Str())

    #: Terminal of a clock that every device locks its own to, for example ``'PXIe_Clk100'``; empty for none.
    reference_clock = d_(Str())

    #: Hz.
    reference_clock_rate = d_(Float(100e6))

    #: Device and part whose first sample starts the others, for example ``'Dev1/ao'``; empty to choose one:
    #: whom start triggers name, else what plays, else what measures.
    master = d_(Str())

    #: Whether the parts of the master's device begin with it. Cards without inner routes (USB-6001 and its like)
    #: cannot: there each is started by the program.
    synchronized = d_(Bool(True))

    #: Whether an ai or di channel with a lower rate than its device's others is made by keeping every so many
    #: samples, as the card would have taken them. As with the card, no filter stands before it.
    decimate = d_(Bool(False))

    #: Whether to reset a device that somebody else holds when a run begins. It ends whatever they do with it.
    reset_if_reserved = d_(Bool(False))

    # -- what it means -----------------------------------------------------------------------

    def timing(self, block_duration: float) -> Timing:
        """What is said of timing, for blocks of ``block_duration`` s."""
        return Timing(
            block_duration=block_duration,
            look_ahead=self.look_ahead,
            buffer_duration=self.buffer_duration,
            sample_clock=self.sample_clock,
            shared_clock=bool(self.reference_clock),
            master=self.master,
            synchronized=self.synchronized,
            decimate=self.decimate,
        )

    def plan(self, block_duration: float) -> Plan:
        """The tasks of a run. Raises ``ConfigurationError`` with every fault at once."""
        return make_plan(self.channels(), self.timing(block_duration))

    def minimum_block_latency(self, block_duration: float) -> float:
        # Written ahead by look_ahead and topped up twice a block.
        return 1.5 * block_duration + self.look_ahead

    def connect(self) -> Connection:
        """The way to the driver; a simulated server is started where one is asked for.

        Raises ``ConfigurationError`` in one line where driver, server or a package is missing.
        """
        from psi.engines.nidaqmx.own_server import address_of

        try:
            from psi.engines.nidaqmx.driver.connection import Connection
        except ImportError as error:
            raise ConfigurationError(f"engine {self.name!r} needs the package nidaqmx: {error}") from error
        server = self.server or (address_of(self.simulate) if self.simulate else "")
        try:
            return Connection(server)
        except ConfigurationError as error:
            raise ConfigurationError(f"engine {self.name!r}: {error}") from error

    def explain(self, doing: str, error: NIError, device: str = "", what: str = "") -> str:
        """One line about what the driver refused: ``what`` on ``device``, while ``doing`` something."""
        return explain(self.name, doing, error, device, what, self.server)

    # -- what is asked of it -----------------------------------------------------------------

    def devices(self) -> tuple[str, ...]:
        if self.simulate and not self.server:
            # A device server of its own.
            return ()
        lines = [label for channel in self.channels() for label in channel_labels(channel.channel)]
        place = f" at {self.server}" if self.server else ""
        return tuple(f"NI device {name}{place}" for name in dict.fromkeys(device_of(line) for line in lines) if name)

    def check(self) -> list[Finding]:
        # What is refused does not depend on the block.
        plan, faults = draft_plan(self.channels(), self.timing(0.01))
        findings = faults + [
            Finding(
                f"{task.name} has a clock of its own beside {plan.master.name} and drifts from it by up to 50 ppm "
                "(3 ms in a minute); give both a sample_clock or a reference_clock, or accept it",
                where_of(task.channels[0]),
                "warning",
            )
            for task in drifting(plan, self.timing(0.01))
            if plan.master is not None
        ]
        where = where_of(self)
        try:
            connection = self.connect()
            try:
                return findings + self._ask(connection, plan, faultless=not faults)
            finally:
                connection.close()
        except ConfigurationError as error:
            return findings + [Finding(finding.message, where) for finding in error.findings]
        except NIError as error:
            return [*findings, Finding(self.explain("asking the device", error), where)]

    def _ask(self, connection: Connection, plan: Plan, faultless: bool) -> list[Finding]:
        channels = self.channels()
        known = connection.device_names()
        findings = missing_devices(channels, known)
        for device in plan.devices:
            if device.lower() in {name.lower() for name in known}:
                lines = tuple(
                    line
                    for channel in channels
                    for line in channel_labels(channel.channel)
                    if device_of(line) == device
                )
                findings += device_findings(plan, connection.abilities(device, lines))
        # What cannot be done at all cannot be asked the rate of.
        return findings if findings or not faultless else list(rate_findings(connection, plan))

    def make_safe(self) -> None:
        from psi.engines.nidaqmx.safety import put_safe, reset

        if self.simulate and not self.server:
            return  # the simulated cards ended with the process that ran them
        connection = self.connect()
        try:
            if self.server:
                # It keeps the tasks of a client that died: they go on playing, and hold every line. Where a device
                # cannot be reset, its lines say below whether they can be set.
                with contextlib.suppress(NIError):
                    reset(connection, self.plan(0.01).devices)
            failed = put_safe(connection, self.channels())
        finally:
            connection.close()
        if failed:
            raise ConfigurationError(
                Finding(
                    self.explain(f"setting {channel.reference!r} to its safe value", failed[channel.reference], device),
                    where_of(channel),
                )
                for channel in self.channels()
                if channel.reference in failed
                for device in [device_of(channel_labels(channel.channel)[0])]
            )

    def driver_type(self) -> type[EngineDriver]:
        from psi.engines.nidaqmx.run_driver import NIDAQDriver

        return NIDAQDriver
