"""What NI's driver raises, in our words."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

import nidaqmx
from nidaqmx.errors import DaqError, DaqNotFoundError, DaqNotSupportedError, RpcError

from psi.core.errors import ConfigurationError
from psi.engines.nidaqmx.policies import NIError

try:
    import grpc
except ImportError:  # wanted for device servers only
    grpc = None

_NO_DRIVER = (
    "NI-DAQmx is not installed on this machine; install it from ni.com, or name the machine that has the card: "
    "server = 'HOST:PORT'"
)
#: What a lost connection raises: in calls, and from the streams of events when they are closed.
_CONNECTION_ERRORS = (RpcError,) if grpc is None else (RpcError, grpc.RpcError)


@contextlib.contextmanager
def asking() -> Iterator[None]:
    """Around a call of the driver: raises ``NIError``, or ``ConfigurationError`` where there is no driver."""
    try:
        with warnings.catch_warnings():
            # NI warns of coerced settings; what matters of them is read back.
            warnings.simplefilter("ignore", nidaqmx.DaqWarning)
            yield
    except DaqError as error:
        raise NIError(error.error_code, str(error)) from error
    except _CONNECTION_ERRORS as error:
        reason = getattr(error, "description", "") or "it was cut"
        raise NIError(None, f"the connection to the device server failed: {reason}") from error
    except (DaqNotFoundError, DaqNotSupportedError) as error:
        raise ConfigurationError(_NO_DRIVER) from error
