"""The messages of the link: closed, versioned, JSON, each with the run's token.

Nothing is pickled: what arrives can be wrong, but it cannot run. NaN and the infinities travel as
Python's JSON writes them, since both ends are Python and results may be NaN.
"""

from __future__ import annotations

import hmac
import json
import secrets
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from psi.core.errors import ConfigurationError, Finding, PsiError
from psi.link.errors import LinkError

#: The version of what is said on the link. Both ends come from one installation, so it must be equal.
PROTOCOL: Final = 1

#: Bytes; a longer message is not read at all.
MAX_MESSAGE_BYTES = 16 * 2**20


class Rejected(Exception):
    """A message that is not ours: garbage, another version, or a wrong token."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    protocol: Literal[1] = PROTOCOL
    token: str


class Request(_Message):
    """A client asks for ``command`` with ``params``; answered by the :class:`Response` of the same ``number``."""

    type: Literal["request"] = "request"
    number: int
    command: str
    params: dict[str, Any] = {}


class Failure(BaseModel):
    """Why a request was not done."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: ``configuration``: wrong use, ``findings`` say what; ``fault``: psi refused or failed on purpose;
    #: ``bug``: the handler raised what it should not have.
    kind: Literal["configuration", "fault", "bug"]
    message: str
    findings: tuple[dict[str, str], ...] = ()

    @classmethod
    def of(cls, error: Exception) -> Failure:
        if isinstance(error, ConfigurationError):
            findings = tuple(finding.as_dict() for finding in error.findings)
            return cls(kind="configuration", message=str(error), findings=findings)
        if isinstance(error, PsiError):
            return cls(kind="fault", message=str(error))
        return cls(kind="bug", message=f"{type(error).__name__}: {error}")

    def error(self, command: str) -> PsiError:
        """The exception that the caller of ``command`` gets."""
        if self.kind == "configuration":
            return ConfigurationError(Finding(**finding) for finding in self.findings)  # type: ignore[arg-type]
        return LinkError(f"{command!r} was refused: {self.message}")


class Response(_Message):
    """The answer to the request of the same ``number``: a ``result``, or a ``failure``."""

    type: Literal["response"] = "response"
    number: int
    result: dict[str, Any] = {}
    failure: Failure | None = None


#: Told apart by ``type``; state snapshots and patches join this union.
Message = Annotated[Request | Response, Field(discriminator="type")]

_MESSAGE: TypeAdapter[Request | Response] = TypeAdapter(Message)


def new_token() -> str:
    """A token for one run: 128 random bits, as text."""
    return secrets.token_hex(16)


def encode(message: Request | Response) -> bytes:
    """The bytes of ``message``. Raises ``TypeError`` where it holds what JSON cannot."""
    return json.dumps(message.model_dump(), ensure_ascii=False, separators=(",", ":")).encode()


def decode(data: bytes, token: str) -> Request | Response:
    """The message in ``data``. Raises :class:`Rejected` when it is not one of ours."""
    try:
        message = _MESSAGE.validate_python(json.loads(data))
    except (ValueError, RecursionError, ValidationError) as error:
        raise Rejected(f"not a message: {error}") from None
    if not hmac.compare_digest(message.token.encode(), token.encode()):
        raise Rejected("wrong token")
    return message
