"""The door to NI-DAQmx, the one package that imports it. Plain values go in and out; errors are ``NIError``."""
