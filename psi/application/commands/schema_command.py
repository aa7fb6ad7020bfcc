"""``psi schema``: the JSON Schema of psi's documents, for editors and other programs."""

from __future__ import annotations

import json

from psi.models.documents import document_schema


def show(kind: str) -> int:
    """Print the schema of a ``kind`` of document. Raises ``ConfigurationError`` for an unknown kind."""
    print(json.dumps(document_schema(kind), indent=1))
    return 0
