"""Documents of earlier versions, brought up to date by registered functions; newer ones are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Migration = Callable[[dict[str, Any]], dict[str, Any]]

#: (kind, from version) -> (to version, function).
_MIGRATIONS: dict[tuple[str, str], tuple[str, Migration]] = {}


def register_migration(kind: str, from_version: str, to_version: str) -> Callable[[Migration], Migration]:
    """Registers a function that makes a ``to_version`` document of a ``from_version`` one.

    The function gets a copy of the parsed JSON and returns the new one; its version is written for it.
    """
    if not _number(from_version) < _number(to_version):
        raise ValueError(f"a migration goes up; {from_version} to {to_version} does not")

    def register(function: Migration) -> Migration:
        if (kind, from_version) in _MIGRATIONS:
            raise ValueError(f"{kind} {from_version} has a migration already")
        _MIGRATIONS[kind, from_version] = (to_version, function)
        return function

    return register


def _number(version: object) -> tuple[int, int]:
    if not isinstance(version, str) or not re.fullmatch(r"\d{1,4}\.\d{1,4}", version):
        raise ValueError(f"format_version {version!r} is no version; write for example '1.0'")
    major, minor = version.split(".")
    return int(major), int(minor)


def migrate(kind: str, data: dict[str, Any], current: str) -> dict[str, Any]:
    """``data`` as a document of the ``current`` version. ``ValueError`` where that cannot be."""
    version = data["format_version"]
    if _number(version) > _number(current):
        raise ValueError(
            f"has format_version {version}, newer than {current}, which this psi knows; update psi to open it"
        )
    while version != current:
        if (kind, version) not in _MIGRATIONS:
            raise ValueError(f"has format_version {version}, from which this psi has no way to {current}")
        version, function = _MIGRATIONS[kind, version]
        data = {**function(dict(data)), "format_version": version}
    return data
