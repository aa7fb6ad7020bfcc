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
from psi.core.member_faults import member_findings
from psi.core.source_lines import where_of
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
) -> tuple[LoadedWorkbench | None, list[Finding]]:
    """Load everything that a run of ``paradigm`` on ``rig`` needs.

    Parameters
    ----------
    paradigm, rig, manifests
        Names, or paths of ``.enaml`` files.
    rig_sets
        ``NAME=VALUE`` texts for the rig's declared values.

    Returns
    -------
    LoadedWorkbench or None
        ``None`` where something was not found. A rig value that is not allowed leaves its default.
    list of Finding
        Names that were not found, rig values that are not allowed, and members with values of the wrong kind.
    """
    findings: list[Finding] = []
    found: dict[str, PluginManifest] = {}
    wanted: tuple[tuple[Kind, str, type[PluginManifest]], ...] = (("rig", rig, Rig), ("paradigm", paradigm, Paradigm))
    for kind, name, base in wanted:
        try:
            found[kind] = _manifest(kind, name, base)
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
        return None, findings
    loaded_rig, loaded_paradigm = found["rig"], found["paradigm"]
    assert isinstance(loaded_rig, Rig)
    assert isinstance(loaded_paradigm, Paradigm)
    # Before anything reads the rig: what was declared with a value keeps it.
    try:
        loaded_rig.set_values(list(rig_sets))
    except ConfigurationError as error:
        findings += error.findings
    wrong = [fault for manifest in (loaded_rig, loaded_paradigm, *more) for fault in member_findings(manifest)]
    if wrong:
        return None, findings + wrong
    workbench = make_workbench()
    for manifest in (loaded_rig, loaded_paradigm, *more):
        if workbench.get_manifest(manifest.id) is not None:
            findings.append(
                Finding(f"id {manifest.id!r} is another manifest's already; rename one", where_of(manifest))
            )
            return None, findings
        workbench.register(manifest)
    return LoadedWorkbench(workbench, loaded_rig, loaded_paradigm, names), findings


def load_rig(rig: str, rig_sets: Sequence[str] = ()) -> Workbench:
    """A workbench with ``rig`` alone.

    Raises ``ConfigurationError`` where it is not found, or a value or a member's is not allowed.
    """
    loaded = _manifest("rig", rig, Rig)
    assert isinstance(loaded, Rig)
    loaded.set_values(list(rig_sets))
    wrong = member_findings(loaded)
    if wrong:
        raise ConfigurationError(wrong)
    workbench = make_workbench()
    workbench.register(loaded)
    return workbench
