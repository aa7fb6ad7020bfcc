"""A workbench with psi's plugins, a rig, a paradigm and the manifests that it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import enaml
from enaml.workbench.api import PluginManifest, Workbench

from psi.assembly.discovery import Kind, find
from psi.assembly.loading import load, manifest_class
from psi.controller.paradigm import Paradigm
from psi.core.errors import ConfigurationError, Finding
from psi.hardware.rig import Rig

with enaml.imports():
    from enaml.workbench.core.core_manifest import CoreManifest

    from psi.context.manifest import ContextManifest
    from psi.controller.manifest import ControllerManifest
    from psi.data.manifest import DataManifest
    from psi.experiment.manifest import ExperimentManifest


@dataclass
class LoadedWorkbench:
    """What was loaded."""

    workbench: Workbench
    rig: Rig
    paradigm: Paradigm
    #: Names of the further manifests, in order.
    manifests: tuple[str, ...] = field(default=())

    @property
    def controller(self) -> Any:
        return self.workbench.get_plugin("psi.controller")

    @property
    def context(self) -> Any:
        return self.workbench.get_plugin("psi.context")

    @property
    def data(self) -> Any:
        return self.workbench.get_plugin("psi.data")


def make_workbench() -> Workbench:
    """A workbench with psi's own plugins and nothing else. Needs no Qt."""
    workbench = Workbench()
    for manifest in (CoreManifest, ContextManifest, ControllerManifest, DataManifest, ExperimentManifest):
        workbench.register(manifest())
    return workbench


def _manifest(kind: Kind, name: str, base: type[PluginManifest]) -> PluginManifest:
    made = manifest_class(load(find(kind, name)), base)()
    assert isinstance(made, base)
    return made


def load_workbench(
    paradigm: str,
    rig: str,
    manifests: Sequence[str] = (),
    rig_sets: Sequence[str] = (),
) -> LoadedWorkbench:
    """Load everything that a run of ``paradigm`` on ``rig`` needs.

    Parameters
    ----------
    paradigm, rig, manifests
        Names, or paths of ``.enaml`` files.
    rig_sets
        ``NAME=VALUE`` texts for the rig's declared values.

    Raises
    ------
    ConfigurationError
        With all names that were not found and all rig values that are not allowed, at once.
    """
    findings: list[Finding] = []
    found: dict[str, PluginManifest] = {}
    wanted: tuple[tuple[Kind, str, type[PluginManifest]], ...] = (("rig", rig, Rig), ("paradigm", paradigm, Paradigm))
    for kind, name, base in wanted:
        try:
            found[kind] = made = _manifest(kind, name, base)
            if isinstance(made, Rig):
                made.set_values(list(rig_sets))
        except ConfigurationError as error:
            findings += error.findings
    names = tuple(dict.fromkeys([*getattr(found.get("paradigm"), "manifests", ()), *manifests]))
    more: list[PluginManifest] = []
    for name in names:
        try:
            more.append(_manifest("manifest", name, PluginManifest))
        except ConfigurationError as error:
            findings += error.findings
    if findings:
        raise ConfigurationError(findings)
    loaded_rig, loaded_paradigm = found["rig"], found["paradigm"]
    assert isinstance(loaded_rig, Rig)
    assert isinstance(loaded_paradigm, Paradigm)
    workbench = make_workbench()
    for manifest in (loaded_rig, loaded_paradigm, *more):
        if workbench.get_manifest(manifest.id) is not None:
            raise ConfigurationError(
                f"two manifests have the id {manifest.id!r}; rename one", type(manifest).__module__
            )
        workbench.register(manifest)
    return LoadedWorkbench(workbench, loaded_rig, loaded_paradigm, names)
