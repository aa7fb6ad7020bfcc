"""Rigs: engines, channels, inputs, calibrations. Nothing here names an event or a paradigm."""
