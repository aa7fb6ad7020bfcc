"""Samples on their way: what a stream is, the push and pull protocols, and rings in shared memory."""
