"""What is at a serial port during one run: a thread talks to it, so that nobody waits for the line."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from psi.core.clock import WallClock
from psi.core.errors import ConfigurationError, PsiError, RunFault
from psi.engines.serial.conversation import Conversation
from psi.engines.serial.port import PortError, SerialPort
from psi.hardware.channel import Channel
from psi.hardware.engine import EngineDriver, OutputsNotSafe, Ports

if TYPE_CHECKING:
    from psi.engines.serial.engine import SerialEngine

#: Something to be done on the driver's thread.
Work = Callable[[Conversation], None]


class SerialDriver(EngineDriver):
    """Sets on-demand lines with messages. A subclass may greet the device, look after it, and set lines its own way.

    The port is opened by ``prepare``, so that lights can be worked while the rig is only open. From then on only the
    driver's thread uses it; what is asked for waits in a queue, in its order.
    """

    engine: SerialEngine

    #: Seconds between two looks whether the device is still there.
    LOOK = 0.1

    def __init__(self, engine: SerialEngine, ports: Ports) -> None:
        super().__init__(engine, ports)
        self.channels: dict[str, Channel] = {channel.reference: channel for channel in engine.channels()}
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._port: SerialPort | None = None
        self._ending = threading.Lock()

    # -- what a device may do its own way ------------------------------------------------------

    def greet(self, talk: Conversation) -> None:
        """The port was opened: find out whether the device is there, and set it up. Raises ``PsiError`` if not."""

    def set(self, talk: Conversation, channel: Channel, level: float) -> None:
        """Put ``channel`` to ``level``. Raises ``PsiError`` where the device does not do it."""
        talk.ask(self.engine.message(channel, level))

    def look_after(self, talk: Conversation) -> None:
        """Called when nothing was asked for a while. Raises ``PsiError`` where the device is gone or in trouble."""
        talk.listen()

    def rest(self, talk: Conversation) -> None:
        """Put every line to its safe value."""
        for channel in self.channels.values():
            self.set(talk, channel, float(getattr(channel, "safe_value", 0.0)))

    # -- hooks ---------------------------------------------------------------------------------

    def prepare(self) -> None:
        talk = self._connect()
        name = f"engine {self.engine.name}"
        self._thread = threading.Thread(target=self._serve, args=(talk,), name=name, daemon=True)
        self._thread.start()

    def _connect(self) -> Conversation:
        try:
            self._port = SerialPort(self.engine.port_settings())
            talk = Conversation(self._port, self.engine.protocol())
            self.greet(talk)
        except PsiError as error:
            self._close()
            raise ConfigurationError(f"engine {self.engine.name!r}: {error}") from error
        return talk

    def start(self) -> None:
        self.ports.report("engine_started", {"port": self.engine.connection_url})

    def write_line(self, channel: str, level: float) -> None:
        self.later(lambda talk: self.set(talk, self.channels[channel], level))

    def later(self, work: Work) -> None:
        """Let the driver's thread do ``work`` after all that was asked for before."""
        self._queue.put(work)

    def stop(self) -> None:
        """Nothing flows here; lines keep their levels until :meth:`ensure_stopped`."""

    def ensure_stopped(self) -> None:
        """Do what is still waiting, leave every line at its safe value, and close the port."""
        with self._ending:
            if self._thread is not None:
                self._queue.put(None)
                self._thread.join()
                self._thread = None
            self._close()

    # -- the thread ------------------------------------------------------------------------------

    def _serve(self, talk: Conversation) -> None:
        try:
            while self._next(talk):
                pass
        except Exception as error:  # whatever fails here must end the run, not this thread alone
            self._fail(error)
            if isinstance(error, PortError):
                self._not_safe("nothing can be said to the device any more")
                return
        try:
            self.rest(talk)
        except PsiError as error:
            self._fail(error)
            self._not_safe(str(error))

    def _next(self, talk: Conversation) -> bool:
        """Do what is asked for next, or look after the device; False at the end."""
        try:
            work = self._queue.get(timeout=self.LOOK)
        except queue.Empty:
            self.look_after(talk)
            return True
        if work is not None:
            work(talk)
        return work is not None

    def _not_safe(self, why: str) -> None:
        lines = ", ".join(self.channels)
        message = f"outputs of engine {self.engine.name!r} may not be at their safe values: {lines} ({why})"
        self.ports.fault(OutputsNotSafe(f"{message}; look at the rig"))

    def _fail(self, error: BaseException) -> None:
        message = f"engine {self.engine.name!r}: {error}"
        self.ports.report("engine_error", {"message": message, "port": self.engine.connection_url})
        self.ports.fault(RunFault(message) if isinstance(error, PsiError) else error)

    def _close(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            port.close()


def _generator(name: str) -> np.random.Generator:
    raise RunFault(f"nothing is drawn outside of a run; {name!r} was asked for")


def put_to_rest(engine: SerialEngine) -> None:
    """Open the port without a run, put every line to its safe value, and close the port.

    Raises ``ConfigurationError`` with one line where that cannot be done.
    """
    failed: list[BaseException] = []
    ports = Ports(Fraction(1), WallClock(), {}, {}, _generator, lambda name: None, failed.append)
    driver = engine.driver(ports)
    driver.prepare()
    driver.ensure_stopped()
    if failed:
        raise ConfigurationError(str(failed[0])) from failed[0]
