"""Groups of parameters that a person has folded away, remembered per paradigm."""

from __future__ import annotations

import json
import re
from pathlib import Path


class Folded:
    """Names of groups; one file per paradigm in ``folder``, or only here while a window is open where it is ``None``.

    No fault of a file may keep a window from opening: one that cannot be read has no group folded.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._found: dict[str, frozenset[str]] = {}

    def _file(self, paradigm: str) -> Path | None:
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", paradigm) or "none"
        return None if self._folder is None else self._folder / f"{name}.folded.json"

    def groups(self, paradigm: str) -> frozenset[str]:
        """The groups of ``paradigm`` that are folded."""
        if paradigm not in self._found:
            self._found[paradigm] = self._read(paradigm)
        return self._found[paradigm]

    def _read(self, paradigm: str) -> frozenset[str]:
        file = self._file(paradigm)
        try:
            names = [] if file is None else json.loads(file.read_text("utf-8"))
        except (OSError, ValueError):
            return frozenset()
        return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()

    def fold(self, paradigm: str, group: str, folded: bool) -> str:
        """Remember whether ``group`` is folded; one line where that could not be written."""
        groups = self.groups(paradigm) - {group} | ({group} if folded else frozenset())
        self._found[paradigm] = groups
        file = self._file(paradigm)
        if file is None:
            return ""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(sorted(groups), ensure_ascii=False) + "\n", "utf-8")
        except OSError as error:
            return f"{file}: cannot be written ({error.strerror}); folded groups are not remembered"
        return ""
