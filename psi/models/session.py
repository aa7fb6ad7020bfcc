"""Session: what is true once, for one animal on one day."""

from __future__ import annotations

import re
from datetime import date as calendar_date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from psi.models.base import Document
from psi.models.units import Grams


class Session(Document):
    """Who was measured, by whom, when."""

    current_version: ClassVar[str] = "1.0"

    kind: Literal["session"] = "session"
    format_version: Literal["1.0"] = "1.0"
    #: Name or number of the animal or person; no path separators, since folders are named after it.
    subject: str = Field(min_length=1, max_length=100)
    experimenter: str = ""
    #: Day of the session, ``'2026-01-31'``; the one who starts the run fills it where it is empty.
    date: str = ""
    weight: Annotated[Grams, Field(gt=0)] | None = None
    notes: str = ""

    @field_validator("subject")
    @classmethod
    def _can_name_a_folder(cls, subject: str) -> str:
        if subject != subject.strip() or re.search(r'[\x00-\x1f\\/:*?"<>|]', subject) or subject in (".", ".."):
            raise ValueError(
                f"subject {subject!r} cannot name a folder; leave out spaces at its ends and "
                r'the characters \ / : * ? " < > |'
            )
        return subject

    @field_validator("date")
    @classmethod
    def _is_a_day(cls, date: str) -> str:
        if date:
            try:
                calendar_date.fromisoformat(date)
            except ValueError:
                raise ValueError(f"date {date!r} is no day; write it as 2026-01-31") from None
        return date
