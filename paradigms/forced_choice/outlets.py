"""The commands and functions of the forced-choice task."""

from __future__ import annotations


def side_of(trial_type):
    """The side of a trial, from 1; its type is ``side_1``, ``side_2``, ..."""
    return int(trial_type.rpartition("_")[2]) if trial_type else 1


def open_outlet(event):
    """Open the outlet of a side for some seconds."""
    controller = event.workbench.get_plugin("psi.controller")
    controller.get_output(f"outlet_{event.parameters['side']}").fire(duration=event.parameters["duration"])
