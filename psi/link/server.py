"""The run's side of the link: answers requests on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import zmq

from psi.core.errors import ConfigurationError, PsiError
from psi.core.names import did_you_mean
from psi.link.messages import MAX_MESSAGE_BYTES, Failure, Rejected, Request, Response, decode, encode

log = logging.getLogger(__name__)

Handler = Callable[[dict[str, Any]], dict[str, Any]]

#: Milliseconds that an answer already given has to leave the process when the server stops.
_LINGER = 500


class LinkServer:
    """Answers requests on ``tcp://127.0.0.1`` at a port that the system chooses.

    Parameters
    ----------
    token
        The run's secret; a message without it is counted in :attr:`rejected` and not answered.
    handlers
        What each command does: called with the request's ``params``, gives the result (JSON values).

    Notes
    -----
    Handlers are called one after another on the server's thread, so they must be quick and hand
    anything long to somebody else. What they raise goes back to the caller: a ``ConfigurationError``
    with its findings, any other ``PsiError`` as its line.
    """

    def __init__(self, token: str, handlers: Mapping[str, Handler]) -> None:
        self._token = token
        self._handlers = dict(handlers)
        self._thread: threading.Thread | None = None
        self._bell: zmq.Socket[bytes] | None = None
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        #: Messages that were not ours, since the start.
        self.rejected = 0

    def start(self) -> int:
        """Listen; the port."""
        if self._thread is not None:
            raise RuntimeError("the link's server is already running")
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._context = context
        socket = context.socket(zmq.ROUTER)
        socket.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES)
        socket.setsockopt(zmq.LINGER, _LINGER)
        port = socket.bind_to_random_port("tcp://127.0.0.1")
        # A socket belongs to one thread; another thread's word to stop comes through a pair of its own.
        ear = context.socket(zmq.PAIR)
        ear.bind("inproc://stop")
        self._bell = context.socket(zmq.PAIR)
        self._bell.connect("inproc://stop")
        self._thread = threading.Thread(target=self._serve, args=(socket, ear), name="psi-link", daemon=True)
        self._thread.start()
        return port

    def stop(self) -> None:
        """Answer nobody any more and give everything back; again is fine. Not to be called from a handler."""
        if self._thread is None or self._bell is None or self._context is None:
            return
        self._bell.send(b"")
        self._thread.join()
        self._bell.close()
        self._context.term()
        self._thread = self._bell = self._context = None

    def __enter__(self) -> LinkServer:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _serve(self, socket: zmq.Socket[bytes], ear: zmq.Socket[bytes]) -> None:
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        poller.register(ear, zmq.POLLIN)
        try:
            while True:
                ready = dict(poller.poll())
                if ear in ready:
                    return
                sender, *frames = socket.recv_multipart()
                answer = self._answer(frames)
                if answer is not None:
                    socket.send_multipart([sender, answer])
        finally:
            ear.close(linger=0)
            socket.close()

    def _answer(self, frames: list[bytes]) -> bytes | None:
        try:
            if len(frames) != 1:
                raise Rejected(f"{len(frames)} frames where one is sent")
            request = decode(frames[0], self._token)
            if not isinstance(request, Request):
                raise Rejected(f"a {request.type} where a request is expected")
        except Rejected as reason:
            self.rejected += 1
            if self.rejected == 1:
                log.warning("link: ignored a message (further ones are only counted): %s", reason)
            return None
        try:
            return encode(Response(token=self._token, number=request.number, result=self._call(request)))
        except Exception as error:  # the last frame of this thread: a handler's bug must reach its caller, not end us
            if not isinstance(error, PsiError):
                log.exception("link: the handler of %r failed", request.command)
            return encode(Response(token=self._token, number=request.number, failure=Failure.of(error)))

    def _call(self, request: Request) -> dict[str, Any]:
        handler = self._handlers.get(request.command)
        if handler is None:
            hint = did_you_mean(request.command, self._handlers)
            raise ConfigurationError(f"{request.command!r} is nothing that this process answers{hint}")
        return handler(request.params)
