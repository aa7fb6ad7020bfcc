"""Members of declarations that have a value of the wrong kind, such as a number where a text belongs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from atom.api import Coerced, Enum, Event, Member
from enaml.core.declarative import Declarative

from psi.core.errors import Finding
from psi.core.source_lines import where_of

#: What people call the kinds that members take.
_KINDS = {
    "str": "a text, in quotes",
    "float": "a number",
    "int": "a whole number",
    "bool": "True or False",
    "list": "a list, in [ ]",
    "tuple": "values in ( )",
    "dict": "names and values, in { }",
}
_WRONG_KIND = re.compile(
    r"The '\w+(\|\w+)?' member on the '\w+' object must be of type '([^']+)'. Got object of type '([^']+)'.*"
)


def member_findings(declaration: Declarative) -> list[Finding]:
    """Every member of ``declaration``, and of what is declared in it, whose written value it does not take.

    Enaml evaluates what is written for a member when it is read first. So this reads all of them.
    """
    return [finding for each in _with_children(declaration) for finding in _findings(each)]


def _with_children(declaration: Declarative) -> Iterator[Declarative]:
    waiting = [declaration]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += [child for child in reversed(each.children) if isinstance(child, Declarative)]


def _findings(declaration: Declarative) -> Iterator[Finding]:
    for name, member in declaration.members().items():
        if not (member.metadata or {}).get("d_member") or isinstance(member, Event):
            continue
        try:
            getattr(declaration, name)
        except Exception as error:  # an expression of the manifest's may raise anything
            own = declaration.members().get("name")
            # Its name may be what is wrong.
            called = "" if own is None or name == "name" else _name_of(declaration)
            what = f"{type(declaration).__name__} {called}".rstrip()
            yield Finding(f"{what}: {name} {_reason(member, error)}", where_of(declaration, name))


def _name_of(declaration: Any) -> str:
    try:
        return repr(declaration.name) if declaration.name else ""
    except Exception:  # said where the name is read
        return ""


def _reason(member: Member[Any, Any], error: Exception) -> str:
    kinds = _WRONG_KIND.fullmatch(str(error))
    if kinds is not None:
        is_a = "holds something" if kinds[1] else "is"
        return f"{is_a} of the kind {kinds[3]}; give {_KINDS.get(kinds[2], kinds[2])}"
    if isinstance(member, Enum) and isinstance(error, (TypeError, ValueError)):
        return f"is none of {', '.join(map(repr, member.items))}"
    # What a member's own rule says is for people; anything else comes from the expression that was written.
    rule = isinstance(member, Coerced) and isinstance(error, (TypeError, ValueError))
    return f"is not allowed: {error}" if rule else f"cannot be had: {type(error).__name__}: {error}"
