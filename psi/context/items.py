"""Context items as declared in manifests."""

from __future__ import annotations

from typing import Any

from atom.api import Enum, List, Str, Value
from enaml.core.api import Declarative, d_
from pydantic import ValidationError

from psi.core.contributions import where_of
from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.models.items import ItemSpec

#: What a manifest may write for a dtype -> what it is.
DTYPES = {
    "float64": "float64",
    "float": "float64",
    "double": "float64",
    "int64": "int64",
    "int": "int64",
    "bool": "bool",
    "text": "text",
    "str": "text",
}


class ContextItem(Declarative):
    """A value that the context manages. Contributed to ``psi.context.items``."""

    #: What people read; the name where empty.
    label = d_(Str())

    #: A shorter label, for column heads.
    compact_label = d_(Str())

    #: 'float64', 'int64', 'bool' or 'text' (also 'float', 'int', 'str').
    dtype = d_(Str("float64"))

    #: Unit of the value, for example ``'dB SPL'``; empty where it has none.
    unit = d_(Str())

    #: (lowest, highest) value, in the item's unit; ``None`` at either end is open.
    limits = d_(Value())

    #: The values that are allowed; empty allows all.
    choices = d_(List())

    #: Constant, or the text of an expression, in the item's unit.
    default = d_(Value())

    #: 'trial': computed anew for each trial; 'experiment': once for each run.
    scope = d_(Enum("trial", "experiment"))

    #: What it is for, in a sentence.
    help = d_(Str())

    #: Which of the three kinds of context item it is.
    kind = "parameter"

    def initial(self) -> Any:
        """The default as it holds; a subclass may derive one that was not written."""
        return self.default

    def spec(self) -> ItemSpec:
        """What the item is, as a value. Raises ``ConfigurationError`` with everything wrong with the declaration."""
        findings: list[Finding] = []
        if self.dtype not in DTYPES:
            findings.append(
                Finding(
                    f"item {self.name!r} has the unknown dtype {self.dtype!r}{did_you_mean(self.dtype, DTYPES)}",
                    where_of(self, "dtype"),
                )
            )
        if self.initial() is None and self.kind != "result":
            findings.append(Finding(f"item {self.name!r} has no default; give it one", where_of(self)))
        fields = {
            "name": self.name,
            "label": self.label,
            "compact_label": self.compact_label,
            "dtype": DTYPES.get(self.dtype, "float64"),
            "unit": self.unit,
            "limits": self.limits,
            "choices": tuple(self.choices),
            "default": self.initial(),
            "scope": self.scope,
            "kind": self.kind,
            "help": self.help,
        }
        try:
            spec = ItemSpec.model_validate(fields)
        except ValidationError as error:
            for detail in error.errors():
                attribute = str(detail["loc"][0])
                message = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
                findings.append(
                    Finding(
                        f"item {self.name!r}: {attribute} = {detail['input']!r}: {message}", where_of(self, attribute)
                    )
                )
            raise ConfigurationError(findings) from None
        if findings:
            raise ConfigurationError(findings)
        return spec


class Parameter(ContextItem):
    """A value that the user sets and that is never roved."""


class RovingParameter(ContextItem):
    """A value that the user sets, or that a selector gives for each trial."""

    kind = "roving_parameter"


class Result(ContextItem):
    """A value that an experiment provides; never set by the user. It has no value until it is set in a trial."""

    kind = "result"


class BoolParameter(Parameter):
    """True or False."""

    dtype = d_(Str("bool"))
    default = d_(Value(False))


class EnumParameter(Parameter):
    """One of its ``choices``; the first one where no default is given."""

    dtype = d_(Str("text"))

    def initial(self) -> Any:
        return self.choices[0] if self.default is None and self.choices else self.default
