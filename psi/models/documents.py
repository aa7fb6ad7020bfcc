"""Documents as files: read with every fault at once, written as readable JSON, described by a JSON Schema."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.models.base import Document
from psi.models.provenance import Provenance
from psi.models.rig import Rig
from psi.models.session import Session
from psi.models.task import Task

#: The documents by their kind.
KINDS: dict[str, type[Document]] = {"rig": Rig, "task": Task, "session": Session, "provenance": Provenance}

D = TypeVar("D", bound=Document)


def load_document(path: str | os.PathLike[str], kind: type[D]) -> D:
    """The document in the JSON file at ``path``.

    Raises
    ------
    ConfigurationError
        One finding for every fault: unreadable, half written, of another kind, of a newer version,
        with unknown fields or values that are not allowed.
    """
    shown = os.fspath(path)
    name = _kind_name(kind)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"is no UTF-8 text (byte {error.start}); give a {name} document as JSON", shown
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(f"{name} document cannot be read: {reason}; check the path", shown) from None
    return parse_document(text, kind, shown)


def parse_document(text: str, kind: type[D], where: str = "") -> D:
    """The document in the JSON ``text``; ``where`` is what findings point to."""
    name = _kind_name(kind)
    if not text.strip():
        raise ConfigurationError(f"is empty; give a {name} document as JSON", where)
    try:
        data = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        at_end = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        why = "ends too early; was it written to its end?" if at_end else f"is no JSON: {error.msg}"
        raise ConfigurationError(f"line {error.lineno}, column {error.colno}: {why}", where) from None
    except RecursionError:
        raise ConfigurationError("is nested too deeply", where) from None
    except ValueError as error:
        raise ConfigurationError(str(error), where) from None
    if not isinstance(data, dict):
        raise ConfigurationError(f"holds a {type(data).__name__}; a {name} document is an object in braces", where)
    return validated(data, kind, where)


def validated(data: dict[str, Any], kind: type[D], where: str = "") -> D:
    """The document that ``data`` describes. ``ConfigurationError`` with every fault at once."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError([_finding(detail, kind, where) for detail in error.errors()]) from None


def dump_document(document: Document) -> str:
    """The document as readable JSON text, ending in a newline."""
    return json.dumps(document.model_dump(mode="json"), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def document_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of the document ``kind``; units stand in it as ``unit``."""
    if kind not in KINDS:
        raise ConfigurationError(f"unknown document {kind!r}{did_you_mean(kind, KINDS)}")
    schema = KINDS[kind].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _kind_name(kind: type[Document]) -> str:
    return str(kind.model_fields["kind"].default)


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{double!r} stands twice in one object; remove one")
    return data


def _no_constant(word: str) -> Any:
    raise ValueError(f'{word} is no JSON; in a task write it as an expression, such as "-inf"')


def _finding(detail: ErrorDetails, kind: type[Document], where: str) -> Finding:
    location = detail["loc"]
    if detail["type"] == "extra_forbidden":
        parent, known = _place(kind, location[:-1])
        path = f"{parent}.{location[-1]}" if parent else str(location[-1])
        return Finding(f"unknown field {path!r}{did_you_mean(str(location[-1]), known)}", where)
    path, _ = _place(kind, location)
    if detail["type"] == "missing":
        return Finding(f"field {path!r} is missing; give it", where)
    message = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    if not path:
        return Finding(message, where)
    shown = "" if isinstance(detail["input"], dict) else repr(detail["input"])
    given = f" is {shown}" if 0 < len(shown) <= 60 else ""
    return Finding(f"field {path!r}{given}: {message[:1].lower()}{message[1:]}", where)


def _place(model: type[BaseModel], location: Iterable[int | str]) -> tuple[str, set[str]]:
    """Where in ``model`` an error's ``location`` is, as people write it, and the fields that are known there."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    nodes = [schema]
    path = ""
    for part in location:
        found: list[dict[str, Any]] = []
        tagged = False
        for node in _resolved(nodes, definitions):
            properties = node.get("properties", {})
            if isinstance(part, int) and "items" in node:
                found.append(node["items"])
            elif part in properties:
                found.append(properties[part])
            elif isinstance(node.get("additionalProperties"), dict):
                found.append(node["additionalProperties"])
            elif properties.get("kind", {}).get("const") == part:
                # The tag of a union's member, which nobody wrote as a field.
                tagged = True
                found.append(node)
        nodes = found
        if not tagged:
            path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path, {name for node in _resolved(nodes, definitions) for name in node.get("properties", {})}


def _resolved(nodes: Iterable[dict[str, Any]], definitions: dict[str, Any]) -> list[dict[str, Any]]:
    resolved: list[dict[str, Any]] = []
    waiting = list(nodes)
    while waiting:
        node = waiting.pop(0)
        if "$ref" in node:
            waiting.append(definitions[node["$ref"].rsplit("/", 1)[-1]])
        elif "oneOf" in node or "anyOf" in node:
            waiting += node.get("oneOf", []) + node.get("anyOf", [])
        else:
            resolved.append(node)
    return resolved
