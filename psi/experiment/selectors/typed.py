"""From the texts of a form to settings: all that can be taken is taken together, what cannot is said at its field."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from psi.core.errors import ConfigurationError
from psi.core.expressions import parse
from psi.experiment.selectors.form import Line, Path, read_numbers, read_range
from psi.experiment.selectors.paste import split_commas
from psi.experiment.selectors.source import SelectorSource
from psi.models.selectors import SelectorSettings

#: Path -> what is wrong there, in a clause.
Errors = dict[Path, str]


def with_texts(
    source: SelectorSource, settings: SelectorSettings, form: Mapping[Path, Line], typed: Mapping[Path, str]
) -> tuple[SelectorSettings | None, Errors]:
    """``settings`` with every text of ``typed`` in it; ``None`` where that cannot be, and why.

    They are taken together, since one may be wrong without the other: new limits and a new start within them.
    """
    errors: Errors = {}
    fields: dict[str, Any] = {name: getattr(settings, name) for name in type(settings).model_fields}
    for path, text in typed.items():
        try:
            _put(source, fields, form[path], text)
        except ValueError as error:
            errors[path] = str(error)
        except ConfigurationError as error:
            errors[path] = error.findings[0].message
    if errors:
        return None, errors
    _let_go(fields)
    try:
        return type(settings).model_validate(fields), {}
    except ValidationError as error:
        last = list(typed)[-1] if typed else ()
        for detail in error.errors():
            message = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
            message = message.replace("Field required", "needs another value")
            errors.setdefault(_blamed(detail["loc"], message, form, last), message)
        return None, errors


def _let_go(fields: dict[str, Any]) -> None:
    """What means nothing in another order goes with the order: those of factors, and the rows per block."""
    order = fields.get("order")
    if "factors" in fields and order != "nested":
        fields["factors"] = [{**dict(factor), "order": "exact"} for factor in fields["factors"]]
    if "per_block" in fields and order != "blocked":
        fields["per_block"] = 1


def _blamed(location: tuple[int | str, ...], message: str, form: Mapping[Path, Line], last: Path) -> Path:
    """The field that a fault belongs to: the one it names, else the one that was typed in last."""
    for length in range(len(location), 0, -1):
        if location[:length] in form:
            return location[:length]
    if location[:1] == ("factors",) and (*location[:2], "values") in form:
        return (*location[:2], "values")
    named = [path for path in form if len(path) == 1 and message.split(" ")[0].rstrip(",:") == path[0]]
    return named[0] if named else last


def _put(source: SelectorSource, fields: dict[str, Any], line: Line, text: str) -> None:
    name, *inner = line.path
    assert isinstance(name, str)
    value = _value(source, fields, line, text.strip())
    if not inner:
        fields[name] = value
    elif name == "factors":
        number, part = inner
        factors = [dict(factor) for factor in fields["factors"]]
        if part == "order":
            factors[int(number)]["order"] = value
        else:
            held = read_range(text)
            factors[int(number)] |= {"range": held, "values": () if held is not None else value}
        fields["factors"] = factors
    else:
        fields[name] = {**fields[name], inner[0]: value}


def _value(source: SelectorSource, fields: Mapping[str, Any], line: Line, text: str) -> Any:
    if not text and line.empty:
        # An expression that is left out is empty; a number that is left out is none.
        return "" if line.takes == "expression" else None
    if not text and line.takes != "plain":
        raise ValueError("is empty; give a value")
    match line.takes:
        case "number":
            return _number(text)
        case "numbers":
            return read_numbers(text)
        case "values":
            item = dict(fields["factors"][line.path[1]])["item"]
            held = read_range(text)
            if held is not None:
                # What lies between its ends need not be looked at.
                ends = held.values()
                return tuple(_item_value(source, item, repr(value)) for value in {min(ends): 0, max(ends): 0})
            return tuple(_item_value(source, item, part.strip()) for part in split_commas(text))
        case "expression" if line.path[0] == "values":
            return _item_value(source, str(line.path[1]), text)
        case "expression":
            parse(text)
            return text
        case "plain":
            return _plain(text, fields["settings"][line.path[1]])
        case _:
            return text


def _item_value(source: SelectorSource, item: str, text: str) -> Any:
    error = source.cell_error(item, text)
    if error:
        raise ValueError(error)
    return source.value(item, text)


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            raise ValueError(f"is {text!r}; give a number") from None


def _plain(text: str, old: Any) -> Any:
    """A plain value of the same type as ``old``; a number for a number, whole or not."""
    if isinstance(old, str):
        return text
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = None
    kinds: tuple[tuple[type, ...], str] = (type(old),), f"a {type(old).__name__}"
    if isinstance(old, (list, tuple)):
        kinds = (list, tuple), "a list"
    elif isinstance(old, (int, float)) and not isinstance(old, bool):
        kinds = (int, float), "a number"
    if not isinstance(value, kinds[0]) or isinstance(value, bool) != isinstance(old, bool):
        raise ValueError(f"is {text!r}; give {kinds[1]} like {old!r}")
    return value
