"""The two ways in which psi refuses: wrong configuration (exit 2) and a fault during a run (exit 3).

Every message says which object, where, what is allowed and what to do, on one line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


class Where:
    """A place that is looked up when it has to be said, since most places never are: nothing is wrong there."""

    def __init__(self, look_up: Callable[[], str]) -> None:
        self._look_up = look_up

    def __str__(self) -> str:
        return self._look_up()


#: Where something was written, as text or as something that becomes it.
Place = str | Where


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a configuration."""

    #: One line: which, what is allowed, what to do.
    message: str
    #: Where it was written: ``'paradigms/x.enaml:14'``, ``'--set level'``; empty where unknown.
    where: Place = ""
    severity: Severity = "error"

    def __post_init__(self) -> None:
        object.__setattr__(self, "where", str(self.where))

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message

    def as_dict(self) -> dict[str, str]:
        return {"message": self.message, "where": str(self.where), "severity": self.severity}


class PsiError(Exception):
    """Base of all that psi raises on purpose; its text is one clear line."""


class ConfigurationError(PsiError):
    """Wrong use or wrong configuration, found before anything was started. Carries every finding at once."""

    def __init__(self, findings: Iterable[Finding] | Finding | str, where: Place = "") -> None:
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


def fault_text(error: BaseException) -> str:
    """One line about a fault."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if isinstance(error, PsiError) else f"{type(error).__name__}: {text}"
