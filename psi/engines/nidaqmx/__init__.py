"""NI-DAQmx cards, in this machine or behind NI's gRPC device server on another."""

from psi.engines.nidaqmx.engine import NIDAQEngine

__all__ = ["NIDAQEngine"]
