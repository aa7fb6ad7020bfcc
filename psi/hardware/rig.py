"""The rig: a manifest that declares a room's engines and the values that may differ from room to room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom.api import Dict, Float, List, Str, Tuple, Value
from enaml.core.api import Declarative, d_
from enaml.workbench.api import PluginManifest

from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.core.source_lines import source_file


class RigValue(Declarative):
    """A value of the rig that ``--set-rig NAME=VALUE`` may set."""

    name = d_(Str())
    #: Number, text, bool, or ``None`` (nothing given); its type is the type that is accepted.
    default = d_(Value())
    #: Unit of a number, for example ``'dB SPL'``; empty where it has none.
    unit = d_(Str())
    #: Lowest and highest number; empty where everything is allowed.
    limits = d_(Tuple(Float()))
    choices = d_(List())
    help = d_(Str())

    def parse(self, text: str) -> Any:
        """The value that ``text`` means for this rig value. Raises ``ValueError`` saying what is allowed."""
        if isinstance(self.default, bool):
            words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False}
            words["0"] = False
            if text.lower() not in words:
                raise ValueError("is true or false")
            return words[text.lower()]
        if isinstance(self.default, int):
            return self._number(int, text, "a whole number")
        if isinstance(self.default, float):
            return self._number(float, text, "a number")
        return text

    def _number(self, kind: type, text: str, what: str) -> Any:
        try:
            return kind(text)
        except ValueError:
            raise ValueError(f"is {what}{f' in {self.unit}' if self.unit else ''}") from None

    def check(self, value: Any) -> str:
        """What is wrong with ``value``, or an empty text."""
        if self.limits and not self.limits[0] <= value <= self.limits[1]:
            return f"allows {self.limits[0]:g} to {self.limits[1]:g} {self.unit}".rstrip()
        if self.choices and value not in self.choices:
            return f"is one of {', '.join(map(str, self.choices))}"
        return ""


class Rig(PluginManifest):
    """The hardware of one room. Read a declared value with ``rig['name']``."""

    title = d_(Str())

    #: Seconds of samples that engines hand over at a time, whatever the speed of a simulation.
    block_duration = d_(Float(0.01))

    #: What ``set_values`` was given, by name.
    given = Dict()

    def declared(self) -> dict[str, RigValue]:
        return {child.name: child for child in self.children if isinstance(child, RigValue)}

    def __getitem__(self, name: str) -> Any:
        declared = self.declared()
        if name not in declared:
            raise ConfigurationError(
                f"the rig declares no value {name!r}{did_you_mean(name, declared)}", source_file(self) or ""
            )
        return self.given.get(name, declared[name].default)

    def values(self) -> dict[str, Any]:
        """Every declared value as it holds."""
        return {name: self[name] for name in self.declared()}

    def set_values(self, texts: Sequence[str], recorded: Mapping[str, Any] | None = None) -> None:
        """Take ``NAME=VALUE`` texts over the defaults and over ``recorded`` values.

        Before anything else reads the rig: declarations that were built with a value keep it.
        Raises ``ConfigurationError`` with every fault at once.
        """
        declared = self.declared()
        findings: list[Finding] = []
        given = dict(recorded or {})
        for name in set(given) - set(declared):
            findings.append(Finding(f"rig {self.id!r} declares no value {name!r}{did_you_mean(name, declared)}"))
        for text in texts:
            name, equals, value = text.partition("=")
            where = f"--set-rig {name}"
            if not equals:
                findings.append(Finding("write NAME=VALUE", f"--set-rig {text}"))
            elif name not in declared:
                findings.append(
                    Finding(f"rig {self.id!r} declares no value {name!r}{did_you_mean(name, declared)}", where)
                )
            else:
                try:
                    given[name] = declared[name].parse(value)
                except ValueError as error:
                    findings.append(Finding(f"{value!r} is not allowed: {name} {error}", where))
                    continue
                wrong = declared[name].check(given[name])
                if wrong:
                    findings.append(Finding(f"{value!r} is not allowed: {name} {wrong}", where))
        if findings:
            raise ConfigurationError(findings)
        self.given = given
