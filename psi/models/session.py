"""Session: what is true once, for one animal on one day."""

from __future__ import annotations

import re
from datetime import date as calendar_date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from psi.models.base import Document
from psi.models.migrations import register_migration
from psi.models.units import Grams, Millilitres, Percent


@register_migration("session", "1.0", "1.1")
def _weight_and_water(data: dict[str, Any]) -> dict[str, Any]:
    # 1.1 has the weight that others are compared with, the water of the day, and what archives ask for; what 1.0 had
    # means the same.
    return data


class Session(Document):
    """Who was measured, by whom, when."""

    current_version: ClassVar[str] = "1.1"

    kind: Literal["session"] = "session"
    format_version: Literal["1.1"] = "1.1"
    #: Name or number of the animal or person; no path separators, since folders are named after it.
    subject: str = Field(min_length=1, max_length=100)
    experimenter: str = ""
    #: Day of the session, ``'2026-01-31'``; the one who starts the run fills it where it is empty.
    date: str = ""
    #: On this day.
    weight: Annotated[Grams, Field(gt=0)] | None = None
    #: What the weight is compared with, as before water or food were restricted.
    baseline_weight: Annotated[Grams, Field(gt=0)] | None = None
    #: Share of the baseline under which the window warns.
    minimum_weight: Annotated[Percent, Field(gt=0, le=100)] | None = None
    #: What the subject is to get on this day, in all its recordings.
    target_volume: Annotated[Millilitres, Field(gt=0)] | None = None
    notes: str = ""
    #: What archives ask for (``psi export nwb`` names what is missing). Male, female, other, unknown.
    sex: Literal["", "M", "F", "O", "U"] = ""
    #: Latin name, ``'Meriones unguiculatus'``.
    species: str = ""
    strain: str = ""
    genotype: str = ""
    #: Day of birth, ``'2026-01-31'``, or the age on the day of the session as ISO 8601 says it, ``'P90D'``.
    birth_date: str = ""
    age: str = ""
    lab: str = ""
    institution: str = ""

    @field_validator("subject")
    @classmethod
    def _can_name_a_folder(cls, subject: str) -> str:
        if subject != subject.strip() or re.search(r'[\x00-\x1f\\/:*?"<>|]', subject) or subject in (".", ".."):
            raise ValueError(
                f"subject {subject!r} cannot name a folder; leave out spaces at its ends and "
                r'the characters \ / : * ? " < > |'
            )
        return subject

    @property
    def weight_percent(self) -> float | None:
        """Weight in % of the baseline; ``None`` where one of them is not known."""
        if self.weight is None or self.baseline_weight is None:
            return None
        return 100 * self.weight / self.baseline_weight

    @property
    def is_too_light(self) -> bool:
        """Whether it weighs less than the session allows."""
        percent = self.weight_percent
        return percent is not None and self.minimum_weight is not None and percent < self.minimum_weight

    @field_validator("age")
    @classmethod
    def _is_a_duration(cls, age: str) -> str:
        if age and not re.fullmatch(r"P(?=\d)(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?W)?(\d+(\.\d+)?D)?", age):
            raise ValueError(f"age {age!r} is none as ISO 8601 says it; write P90D for 90 days, P12W for 12 weeks")
        return age

    @field_validator("species")
    @classmethod
    def _is_latin(cls, species: str) -> str:
        if species and not re.fullmatch(r"[A-Z][a-z]+ [a-z]+( [a-z]+)?", species):
            raise ValueError(f"species {species!r} is no Latin name; write for example 'Mus musculus'")
        return species

    @field_validator("date", "birth_date")
    @classmethod
    def _is_a_day(cls, date: str) -> str:
        if date:
            try:
                calendar_date.fromisoformat(date)
            except ValueError:
                raise ValueError(f"date {date!r} is no day; write it as 2026-01-31") from None
        return date
