"""Stop rules as people type them: ``minutes=60``, ``volume=1.5``, ``when=rewards >= 200``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.models.task import StopRules

#: The rules by name; what they are is said in :class:`~psi.models.task.StopRules`.
RULES = tuple(StopRules.model_fields)


def stop_rules_of(texts: Iterable[str], held: StopRules) -> StopRules:
    """``held`` with each ``RULE=VALUE``. Raises ``ConfigurationError`` with everything that is wrong with them."""
    given: dict[str, str] = {}
    findings = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not value.strip():
            findings.append(Finding(f"{text!r} is no rule; write RULE=VALUE, such as minutes=60", "--stop-after"))
        given[name.strip()] = value.strip()
    if findings:
        raise ConfigurationError(findings)
    return rules_from_texts(given, held, "--stop-after")


def rules_from_texts(texts: Mapping[str, str], held: StopRules, where: str = "") -> StopRules:
    """``held`` with rules as they were typed; an empty text takes a rule away. Raises ``ConfigurationError``."""
    unknown = [name for name in texts if name not in RULES]
    findings = [Finding(f"there is no stop rule {name!r}{did_you_mean(name, RULES)}", where) for name in unknown]
    update: dict[str, Any] = {}
    for name, text in texts.items():
        if name in RULES:
            try:
                update[name] = _value(name, text.strip())
            except ValueError as error:
                findings.append(Finding(f"stop rule {name!r} {error}", where))
    values = {**held.model_dump(), **update}
    try:
        rules = StopRules.model_validate(values)
    except ValidationError as error:
        for detail in error.errors():
            said = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
            findings.append(Finding(f"stop rule {detail['loc'][0]!r} is {detail['input']!r}; it {said}", where))
    if findings:
        raise ConfigurationError(findings)
    return rules


def _value(name: str, text: str) -> Any:
    if not text:
        return None
    if name == "when":
        return text
    try:
        return int(text) if name == "trials" else float(text)
    except ValueError:
        what = "a whole number" if name == "trials" else "a number"
        raise ValueError(f"is {text!r}; it must be {what}") from None
