"""NI's gRPC device server without NI's driver: the unmodified ``nidaqmx`` client drives cards that are not there.

:class:`~psi.testing.ni_server.server.SimulatedServer` runs in a test's own process, ``psi simulate-ni`` in one of its
own. Nothing is imported here, since the command line is read where nidaqmx's gRPC parts need not be.
"""
