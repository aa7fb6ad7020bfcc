"""The one module that knows NI's private names: messages and servicer of its gRPC device server."""

from __future__ import annotations

from psi.core.errors import ConfigurationError

try:
    import grpc
    from nidaqmx._stubs import nidaqmx_pb2 as messages
    from nidaqmx._stubs.nidaqmx_pb2_grpc import NiDAQmxServicer, add_NiDAQmxServicer_to_server
    from session_pb2 import Session
except ImportError as error:
    raise ConfigurationError(
        f"the simulated NI server needs nidaqmx 1.6 or later with its gRPC parts ({error}); pip install 'psi[ni]'"
    ) from error

#: All the calls of the service, by name.
SERVICE = messages.DESCRIPTOR.services_by_name["NiDAQmx"]

__all__ = ["SERVICE", "NiDAQmxServicer", "Session", "add_NiDAQmxServicer_to_server", "grpc", "messages"]
