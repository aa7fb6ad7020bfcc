"""Context items as declared in manifests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from atom.api import Bool, Enum, List, Str, Value
from enaml.core.api import Declarative, d_
from pydantic import ValidationError

from psi.core.contributions import where_of
from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.models.items import FileRule, ItemSpec

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

    #: What a field's arrows go up or down by, in the item's unit; ``None`` leaves that to the window.
    step = d_(Value())

    #: Constant, or the text of an expression or a distribution, in the item's unit.
    default = d_(Value())

    #: 'trial': computed anew for each trial; 'experiment': once for each run.
    scope = d_(Enum("trial", "experiment"))

    #: What it is for, in a sentence.
    help = d_(Str())

    #: Whether people are shown the item where they edit others. Hidden items are recorded as all are.
    visible = d_(Bool(True))

    #: Which of the three kinds of context item it is.
    kind = "parameter"

    def initial(self) -> Any:
        """The default as it holds; a subclass may derive one that was not written."""
        return self.default

    def more(self) -> dict[str, Any]:
        """Further fields of the spec that a subclass has; shape as :class:`~psi.models.items.ItemSpec`."""
        return {}

    def spec(self, group: tuple[str, ...] = (), row: str = "") -> ItemSpec:
        """What the item is, as a value; ``group`` and ``row`` say where it is shown.

        Raises ``ConfigurationError`` with everything wrong with the declaration.
        """
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
            "step": self.step,
            "visible": self.visible,
            "group": group,
            "row": row,
            **self.more(),
        }
        try:
            spec = ItemSpec.model_validate(fields)
        except ValidationError as error:
            for detail in error.errors():
                attribute = str(detail["loc"][0]) if detail["loc"] else ""
                message = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
                given = f"{attribute} = {detail['input']!r}: " if attribute else ""
                findings.append(Finding(f"item {self.name!r}: {given}{message}", where_of(self, attribute or None)))
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


class MultiSelectParameter(Parameter):
    """Several of its ``choices``, or none: a list of texts, in the trial table as JSON text.

    The default is a list, or an expression that gives one.
    """

    dtype = d_(Str("text"))

    def initial(self) -> Any:
        if self.default is None:
            return "[]"
        return repr(list(self.default)) if isinstance(self.default, (list, tuple)) else self.default

    def more(self) -> dict[str, Any]:
        return {"multiple": True}


class FileParameter(Parameter):
    """The path of a file, taken as it stands: it is no expression, and needs no quotes.

    A relative path is one from where psi was started. It is the path that is recorded, not what the file holds.
    """

    dtype = d_(Str("text"))
    default = d_(Value(""))

    #: Whether there has to be such a file when the value is checked.
    must_exist = d_(Bool(False))

    #: Patterns of file names, such as ``['*.wav']``; empty takes all.
    patterns = d_(List(Str()))

    def more(self) -> dict[str, Any]:
        return {"file": FileRule(must_exist=self.must_exist, patterns=tuple(self.patterns))}


class Group(Declarative):
    """Items that are shown together under a label, in the order of declaration; groups may hold groups and rows."""

    #: What people read above them.
    label = d_(Str())

    def placed(self, group: tuple[str, ...] = ()) -> Iterator[tuple[ContextItem, tuple[str, ...], str]]:
        """Each item in it, with the labels of its groups, the outermost first, and its row.

        Raises ``ConfigurationError`` for anything else in it.
        """
        inside = (*group, self.label) if self.label else group
        members = [child for child in self.children if isinstance(child, ContextItem)]
        row = members[0].name if isinstance(self, Row) and members else ""
        for child in self.children:
            if isinstance(child, ContextItem):
                yield child, inside, row
            elif isinstance(child, Group) and not isinstance(self, Row):
                yield from child.placed(inside)
            else:
                takes = "items" if isinstance(self, Row) else "items, groups and rows"
                raise ConfigurationError(
                    f"{type(child).__name__} cannot be in a {type(self).__name__}; it takes {takes}", where_of(child)
                )


class Row(Group):
    """Items that are shown beside each other, such as the two ends of a range."""
