"""The other side of the link: asks a run and waits for its answer."""

from __future__ import annotations

import threading
import time
from typing import Any

import zmq

from psi.link.errors import LinkError
from psi.link.messages import MAX_MESSAGE_BYTES, Rejected, Request, Response, decode, encode

#: Milliseconds after which a request looks whether its connection was closed meanwhile.
_LOOK = 50


class LinkClient:
    """A connection to the :class:`~psi.link.server.LinkServer` at ``port`` of this machine.

    Usable from several threads; requests go one after another. The connection is made on the first
    request and survives a server that is not there yet.
    """

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self._number = 0
        self._lock = threading.Lock()
        self._closing = False
        self._context: zmq.Context[zmq.Socket[bytes]] | None = zmq.Context()
        self._socket: zmq.Socket[bytes] | None = None

    def request(self, command: str, /, timeout: float = 5.0, **params: Any) -> dict[str, Any]:
        """What the server answers to ``command`` within ``timeout`` seconds.

        Raises
        ------
        ConfigurationError
            The server refused with findings.
        LinkError
            The server did not answer in time, or failed.
        """
        with self._lock:
            socket = self._connected()
            self._number += 1
            socket.send(encode(Request(token=self._token, number=self._number, command=command, params=params)))
            response = self._wait(socket, time.monotonic() + timeout)
            if response is None:
                # A request that is still queued must not reach a server that comes up later.
                self._disconnect()
                raise LinkError(
                    f"no answer to {command!r} from port {self._port} within {timeout:g} s: "
                    "the run has ended, or is too busy; 'psi status' lists the live ones"
                )
        if response.failure is not None:
            raise response.failure.error(command)
        return response.result

    def close(self) -> None:
        """Give the connection back; again is fine. A request that waits for its answer gives up at once."""
        self._closing = True
        with self._lock:
            self._disconnect()
            if self._context is not None:
                self._context.term()
                self._context = None

    def __enter__(self) -> LinkClient:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _connected(self) -> zmq.Socket[bytes]:
        if self._closing or self._context is None:
            raise LinkError("this connection was closed; make a new one")
        if self._socket is None:
            self._socket = self._context.socket(zmq.DEALER)
            self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES)
            self._socket.setsockopt(zmq.LINGER, 0)
            self._socket.connect(f"tcp://127.0.0.1:{self._port}")
        return self._socket

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _wait(self, socket: zmq.Socket[bytes], deadline: float) -> Response | None:
        while (left := deadline - time.monotonic()) > 0 and not self._closing:
            if not socket.poll(min(max(1, int(left * 1000)), _LOOK), zmq.POLLIN):
                continue
            frames = socket.recv_multipart()
            try:
                message = decode(frames[0], self._token)
            except Rejected:
                continue  # a stranger took the port over; as good as silence
            if isinstance(message, Response) and message.number == self._number:
                return message
        return None
