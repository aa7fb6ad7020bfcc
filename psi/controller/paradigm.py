"""A paradigm: the manifest of a task."""

from __future__ import annotations

from atom.api import List, Str
from enaml.core.api import d_
from enaml.workbench.api import PluginManifest


class Paradigm(PluginManifest):
    """What an experimenter chooses: which items, trial logic and actions, and which other manifests."""

    title = d_(Str())

    #: Inputs and outputs that the rig must have.
    requires = d_(List(Str()))

    #: Other manifests to load with it.
    manifests = d_(List(Str()))
