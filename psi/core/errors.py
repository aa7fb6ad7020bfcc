"""The two ways in which psi refuses: wrong configuration (exit 2) and a fault during a run (exit 3).

Every message says which object, where, what is allowed and what to do, on one line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a configuration."""

    #: One line: which, what is allowed, what to do.
    message: str
    #: Where it was written: ``'paradigms/x.enaml:14'``, ``'--set level'``; empty where unknown.
    where: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message

    def as_dict(self) -> dict[str, str]:
        return {"message": self.message, "where": self.where, "severity": self.severity}


class PsiError(Exception):
    """Base of all that psi raises on purpose; its text is one clear line."""


class ConfigurationError(PsiError):
    """Wrong use or wrong configuration, found before anything was started. Carries every finding at once."""

    def __init__(self, findings: Iterable[Finding] | Finding | str, where: str = "") -> None:
        if isinstance(findings, str):
            findings = Finding(findings, where)
        if isinstance(findings, Finding):
            findings = (findings,)
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class RunFault(PsiError):
    """Something failed while a run was going; the run is ended cleanly and what was acquired is kept."""


class RecordingError(PsiError):
    """A recording cannot be opened or is not what it says it is."""
