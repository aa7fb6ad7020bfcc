"""What is installed is what is here."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTENT = ("manifests", "hardware_configs", "paradigms")


def test_every_source_is_in_the_wheel_and_nothing_else(tmp_path):
    pytest.importorskip("setuptools", reason="builds as pip does; the extra 'test' brings setuptools")
    command = [sys.executable, "setup.py", "-q", "egg_info", "--egg-base", str(tmp_path)]
    command += ["build_py", "--build-lib", str(tmp_path / "lib")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    expected = {
        Path("psi", *inside) / path.relative_to(ROOT / folder)
        for folder, inside in (("psi", ()), *((folder, (folder,)) for folder in CONTENT))
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".enaml", ".typed") and "__pycache__" not in path.parts
    }
    built = {path.relative_to(tmp_path / "lib") for path in (tmp_path / "lib").rglob("*") if path.is_file()}
    assert built == expected


def test_the_three_content_folders_are_importable_packages():
    for folder in CONTENT:
        assert (ROOT / folder / "__init__.py").is_file()


def test_all_brings_every_extra():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    (everything,) = extras.pop("all")
    assert everything == f"psi[{','.join(extras)}]"
