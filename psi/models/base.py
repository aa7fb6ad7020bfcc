"""What all models share: they are frozen, closed, and documents carry their kind and version."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

from psi.models.migrations import migrate


class Model(BaseModel):
    """Frozen and closed: no unknown fields, no assignment."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Document(Model):
    """A model that is kept in a file. A subclass declares ``kind`` and ``format_version`` as fields with defaults.

    A text without them is taken as the current version of the kind it is read as.
    """

    #: The version that is written, ``'major.minor'``.
    current_version: ClassVar[str] = "1.0"

    @model_validator(mode="before")
    @classmethod
    def _to_current_version(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        kind = cls.model_fields["kind"].default
        if data.get("kind", kind) != kind:
            raise ValueError(f"is a document of kind {data['kind']!r}, not {kind!r}; give a {kind} document")
        if "format_version" not in data:
            return data
        return migrate(kind, data, cls.current_version)
