"""Provenance: with which software, on which machine, by which command line."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar, Literal

import psi
from psi.models.base import Document, Model
from psi.models.migrations import register_migration


class GitState(Model):
    """The checkout that psi ran from."""

    commit: str
    #: True where files differed from the commit.
    dirty: bool


class Continued(Model):
    """The recording that a run goes on from."""

    run_id: str = ""
    #: Its path, as it was when the run started.
    recording: str


@register_migration("provenance", "1.0", "1.1")
def _continued(data: dict[str, Any]) -> dict[str, Any]:
    # 1.1 may name the recording that a run goes on from; what 1.0 had means the same.
    return data


class Provenance(Document):
    """What a run was done with. Holds no time, so that equal circumstances make equal documents."""

    current_version: ClassVar[str] = "1.1"

    kind: Literal["provenance"] = "provenance"
    format_version: Literal["1.1"] = "1.1"
    psi_version: str
    #: ``None`` where psi is installed and no checkout.
    git: GitState | None = None
    python: str
    #: Distribution -> version.
    packages: dict[str, str] = {}
    platform: str
    host: str
    #: As it was given.
    command_line: tuple[str, ...] = ()
    #: What was drawn or given -> seed: 'root' is the one that everything else is spawned from.
    seeds: dict[str, int] = {}
    #: The recording whose selectors this run went on with.
    continues: Continued | None = None

    @classmethod
    def collect(cls, command_line: Sequence[str] | None = None, seeds: Mapping[str, int] | None = None) -> Provenance:
        """The circumstances of this process; ``command_line`` is its own where none is given."""
        return cls(
            psi_version=psi.__version__,
            git=git_state(Path(__file__).resolve().parents[2]),
            python=sys.version.split()[0],
            packages=installed_packages(),
            platform=platform.platform(),
            host=platform.node(),
            command_line=tuple(sys.argv if command_line is None else command_line),
            seeds=dict(seeds or {}),
        )


def git_state(folder: Path) -> GitState | None:
    """The commit that ``folder`` is a checkout of; ``None`` where it is none or git is not installed."""
    if not (folder / ".git").exists():
        return None
    commit = _git(folder, "rev-parse", "HEAD")
    status = _git(folder, "status", "--porcelain")
    if commit is None or status is None:
        return None
    return GitState(commit=commit, dirty=bool(status))


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        # Without locks, so that another git in the same checkout is not in the way.
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=10,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def installed_packages() -> dict[str, str]:
    """Every installed distribution and its version, by name."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        # A folder that was half removed has metadata without a name.
        name = distribution.metadata["Name"]
        if name:
            found[name] = distribution.version
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))
