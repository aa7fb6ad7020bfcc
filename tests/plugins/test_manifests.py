"""Every shipped manifest: compiles, registers on a bare workbench, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from enaml.workbench.api import PluginManifest

from psi.assembly.loading import load, manifest_class
from psi.assembly.workbench import make_workbench

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(
    path
    for folder in ("manifests", "hardware_configs", "paradigms")
    for path in (ROOT / folder).rglob("*.enaml")
    if "__enamlcache__" not in path.parts
)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_manifest_registers_and_unregisters_without_a_trace(path: Path) -> None:
    workbench = make_workbench()
    before = set(workbench._manifests), set(workbench._extension_points)
    manifest = manifest_class(load(path), PluginManifest)()
    workbench.register(manifest)
    assert workbench.get_manifest(manifest.id) is manifest
    assert manifest.id, "a manifest has an id"
    workbench.unregister(manifest.id)
    assert (set(workbench._manifests), set(workbench._extension_points)) == before
    for point in workbench._extension_points.values():
        assert all(extension.parent is not manifest for extension in point.extensions)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_name_of_the_file_is_the_id(path: Path) -> None:
    manifest = manifest_class(load(path), PluginManifest)()
    assert manifest.id == (path.parent.name if path.name == "manifest.enaml" else path.stem)


def test_content_folders_name_only_what_is_theirs() -> None:
    """Manifests and paradigms never name a device; rigs never name an event or a paradigm."""
    for path in SHIPPED:
        text = path.read_text(encoding="utf-8")
        if path.is_relative_to(ROOT / "hardware_configs"):
            assert "ExperimentAction" not in text, path
            assert "Paradigm" not in text, path
        else:
            assert "Dev1" not in text, path
            assert "Engine" not in text, path
