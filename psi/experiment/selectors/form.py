"""Settings of any selector as lines of a form, made from their model; and the way from typed texts back to settings."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from psi.experiment.drafts.selector_table import text_of
from psi.experiment.selectors.fill import said, step_unit
from psi.experiment.selectors.paste import split_commas
from psi.experiment.selectors.selector_words import ITEM, SCALE, WORDS, Words, effect
from psi.models.base import Model
from psi.models.items import ItemSpec
from psi.models.ranges import MOST_VALUES, Range
from psi.models.selectors import CustomSettings, Factor, ProductSettings, SelectorSettings

#: Where a setting stands: ('n_up',), ('values', 'frequency'), ('factors', 0, 'values').
Path = tuple[str | int, ...]

#: Says what an item is; ``None`` where there is none of that name.
SpecOf = Callable[[str], ItemSpec | None]

#: Fields that have an editor of their own.
_APART = frozenset({"kind", "type", "items", "rows", "values", "factors", "blocks", "settings"})

_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
_RANGE = re.compile(rf"^\s*{_NUMBER}\s+to\s+{_NUMBER}\s*,?\s+(step|n)\s+{_NUMBER}(?:\s+(linear|log|dB))?\s*$")


@dataclass(frozen=True)
class Line:
    """One line of a form."""

    path: Path
    label: str
    text: str
    #: What it takes: 'number', 'numbers', 'values' (numbers and expressions), 'text', 'expression' or 'choice'.
    takes: str
    unit: str = ""
    help: str = ""
    #: What stands in the field where it is empty, which it may be; not empty for those alone.
    empty: str = ""
    choices: tuple[str, ...] = ()
    #: What an edit of it does to a run that is going on.
    effect: str = ""
    #: Whether the numbers may be written as a range.
    ranges: bool = False


def lines(settings: SelectorSettings, spec_of: SpecOf) -> list[Line]:
    """The lines of a selector's form."""
    return [*_item_lines(settings, spec_of), *_field_lines(settings, spec_of)]


def _item_lines(settings: SelectorSettings, spec_of: SpecOf) -> Iterator[Line]:
    kind = settings.kind
    if isinstance(settings, ProductSettings):
        for number, factor in enumerate(settings.factors):
            title, unit = _titled(factor.item, spec_of)
            words = "A list of values, or a range: 1000 to 32000 step 0.5 log, or n 11. Steps of log are octaves."
            text = values_text(factor.values if factor.range is None else factor.range)
            path, done = ("factors", number), effect(kind, "values")
            yield Line((*path, "values"), title, text, "values", unit, words, effect=done, ranges=True)
            if settings.order == "nested":
                choices = tuple(_schema(Factor)["order"]["enum"])
                words = "In which order its values come, each time that they do."
                yield Line((*path, "order"), "  in order", factor.order, "choice", "", words, "", choices)
        return
    held_values: Mapping[str, Any] = getattr(settings, "values", None) or {}
    for item, value in held_values.items():
        title, unit = _titled(item, spec_of)
        words = "Its value while this selector gives the setting: a constant or an expression."
        yield Line(("values", item), title, text_of(value), "expression", unit, words, effect=effect(kind, "values"))
    if isinstance(settings, CustomSettings):
        for name, value in settings.settings.items():
            label = name.replace("_", " ").capitalize()
            yield Line(("settings", name), label, plain_text(value), "plain", effect=effect(kind, name))


def _field_lines(settings: SelectorSettings, spec_of: SpecOf) -> Iterator[Line]:
    kind = settings.kind
    schema = _schema(type(settings))
    fields = [name for name in schema if name not in _APART]
    known = WORDS.get(kind, {})
    # In the order of the words, which is that of a person's thoughts; what has none comes after.
    for name in [*(name for name in known if name in fields), *(name for name in fields if name not in known)]:
        words = known.get(name, Words(name.replace("_", " ").capitalize(), ""))
        takes, choices, optional, bounds = _type_of(schema[name])
        value = getattr(settings, name)
        if name == "item":
            # Which item moves is for the paradigm to say: its logic depends on it.
            continue
        if (name == "per_block" and getattr(settings, "order", "") != "blocked") or (
            name == "guesses" and getattr(settings, "alternatives", None) is not None
        ):
            continue
        text = values_text(value) if takes == "numbers" else text_of(value)
        yield Line(
            (name,), words.label, text, takes, _unit(words.unit, settings, spec_of),
            f"{words.help}{bounds}", (words.empty or "none") if optional or words.empty else "", choices,
            effect(kind, name), ranges=takes == "numbers" and name not in ("limits", "start", "steps"),
        )  # fmt: skip


@functools.cache
def _schema(model: type[Model]) -> Mapping[str, Any]:
    """JSON Schema of each field. Kept: to make it takes milliseconds, and forms look at it with each keystroke."""
    properties: Mapping[str, Any] = model.model_json_schema()["properties"]
    return properties


def _titled(item: str, spec_of: SpecOf) -> tuple[str, str]:
    spec = spec_of(item)
    return (item, "") if spec is None else (spec.title, spec.unit)


def _unit(unit: str, settings: SelectorSettings, spec_of: SpecOf) -> str:
    if unit not in (ITEM, SCALE):
        return unit
    own = _titled(getattr(settings, "item", ""), spec_of)[1]
    scale = getattr(settings, "scale", "linear")
    return step_unit(scale, own) if unit == SCALE and scale in ("log", "dB") and settings.kind == "staircase" else own


def _type_of(schema: Mapping[str, Any]) -> tuple[str, tuple[str, ...], bool, str]:
    """What a field takes, its choices, whether it may be empty, and its bounds in words, of its JSON Schema."""
    optional = "anyOf" in schema
    if optional:
        schema = next(part for part in schema["anyOf"] if part.get("type") != "null")
    if "enum" in schema:
        return "choice", tuple(map(str, schema["enum"])), optional, ""
    kind = schema.get("type")
    if kind == "array":
        return "numbers", (), optional, ""
    if kind in ("integer", "number"):
        whole = "a whole number, " if kind == "integer" else ""
        if "minimum" in schema:
            return "number", (), optional, f" Allowed is {whole}{schema['minimum']:g} or more."
        bounds = f" Allowed is {whole}above {schema['exclusiveMinimum']:g}." if "exclusiveMinimum" in schema else ""
        return "number", (), optional, bounds
    return "expression", (), optional, ""


# -- texts -----------------------------------------------------------------------------------


def values_text(values: Range | tuple[Any, ...]) -> str:
    """Values as they are typed: a list, or a range where they are one."""
    if isinstance(values, Range):
        by, number = ("n", values.n) if values.n is not None else ("step", values.step)
        spacing = "" if values.spacing == "linear" else f" {values.spacing}"
        return f"{values.start:g} to {values.stop:g} {by} {_number_text(number)}{spacing}"
    if len(values) > 4 and all(isinstance(value, (int, float)) for value in values):
        step = values[1] - values[0]
        text = f"{_number_text(values[0])} to {_number_text(values[-1])} step {step:.12g}"
        if step > 0 and read_numbers(text) == list(values):
            return text
    return ", ".join(_number_text(value) for value in values)


def _number_text(value: Any) -> str:
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return text_of(value)


def plain_text(value: Any) -> str:
    """A plain value (number, text, list, True) as it is typed."""
    return value if isinstance(value, str) else repr(value)


def read_range(text: str) -> Range | None:
    """The range that ``text`` is; ``None`` where it is none. ``ValueError`` where its numbers make no range."""
    found = _RANGE.match(text)
    if found is None:
        return None
    start, stop, by, number, spacing = found.groups()
    try:
        amount = int(number) if by == "n" else float(number)
        return Range.model_validate({"start": start, "stop": stop, by: amount, "spacing": spacing or "linear"})
    except ValidationError as error:
        raise ValueError(said(error)) from None


def read_numbers(text: str) -> list[float]:
    """The numbers that were typed, as a list or as a range."""
    held = read_range(text)
    if held is not None:
        return list(held.values())
    try:
        numbers = [float(part) for part in split_commas(text) if part.strip()]
    except ValueError:
        raise ValueError(f"{text!r} is no list of numbers; write 10, 20, 30 or 10 to 30 step 10") from None
    if not numbers:
        raise ValueError("is empty; give one number or more")
    if len(numbers) > MOST_VALUES:
        raise ValueError(f"has {len(numbers)} values; {MOST_VALUES} are allowed")
    return numbers
