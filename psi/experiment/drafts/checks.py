"""What is wrong with a selector of a draft, as far as the window can say."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from psi.context.edits import item_value
from psi.context.value_checks import value_findings
from psi.core.errors import ConfigurationError
from psi.core.expressions import parse
from psi.core.names import did_you_mean
from psi.experiment.drafts.selector_table import SelectorTable
from psi.models.items import ItemSpec
from psi.models.selectors import SelectorSettings


def text_error(spec: ItemSpec, text: str) -> str:
    """What is wrong with ``text`` as the item's value; empty where nothing is."""
    if not text.strip() and spec.dtype != "text":
        return f"item {spec.name!r} needs a value"
    try:
        value = item_value(spec, text)
    except ConfigurationError:
        value = text
    findings = value_findings(spec, value, None, {})
    return findings[0].message if findings else ""


known_text_error = functools.lru_cache(maxsize=8192)(text_error)


def selector_errors(
    name: str,
    value: SelectorTable | SelectorSettings,
    specs: Mapping[str, ItemSpec],
    error: Callable[[str, str], str],
    parsed: Callable[[str, str], Any],
) -> list[str]:
    """Everything wrong with the selector ``name``, each with the selector's name and the place in it.

    Parameters
    ----------
    name
        Of the selector.
    value
        Its table, or its settings where it is none.
    specs
        Item -> what it is.
    error
        Says what is wrong with an item's text.
    parsed
        Makes an item's value of a text in which nothing is wrong.
    """
    if not isinstance(value, SelectorTable):
        return _settings_errors(f"selector {name!r}", value, specs)
    errors = [
        f"selector {name!r} row {row + 1}: {message}"
        for row, column in value.cells()
        if (message := error(value.items[column], value.rows[row][column]))
    ]
    if errors:
        return errors
    try:
        value.settings(parsed)
    except ValidationError as refusal:
        return [f"selector {name!r}: {validation_line(refusal)}"]
    return []


def _settings_errors(what: str, settings: SelectorSettings, specs: Mapping[str, ItemSpec]) -> list[str]:
    errors = []
    for column, item in enumerate(settings.items):
        if item not in specs:
            roving = [spec.name for spec in specs.values() if spec.kind == "roving_parameter"]
            errors.append(f"{what}: there is no item {item!r}{did_you_mean(item, roving)}")
            continue
        # A product may have thousands of rows, of a few values each. True is not 1.
        values = {(type(row[column]), row[column]): row[column] for row in settings.rows}
        for cell in values.values():
            found = value_findings(specs[item], cell, None, {}, what=f"{what}: item {item!r}")
            errors += [finding.message for finding in found]
    for field, text in settings.expressions.items():
        try:
            parse(text)
        except ConfigurationError as error:
            errors += [f"{what}, {field}: {finding.message}" for finding in error.findings]
    return errors


def validation_line(error: ValidationError) -> str:
    """The first thing that a model refuses, as one clause."""
    return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
