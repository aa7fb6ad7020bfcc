"""The session as it is typed before a run: what stands in each field, where it is from, and what is wrong with it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from psi.models.archives import missing_for_archives
from psi.models.session import Session

#: Where a field's text is from where nobody has typed one. 'place': the rig's session, whoever the animal is, then
#: the animal's last one; 'animal': the animal's own, then its last session's; 'rule': the animal's, then the rig's;
#: 'day': of this day alone.
Kind = Literal["place", "animal", "rule", "day"]


@dataclass(frozen=True, slots=True)
class FormField:
    """One line of the form."""

    #: Of the session document.
    name: str
    caption: str
    kind: Kind
    #: Empty for texts.
    unit: str = ""
    #: Said where the mouse rests on it.
    hint: str = ""
    #: How it is to be written, in grey while nothing is.
    form: str = ""
    #: Value -> its words, where only some are allowed.
    choices: Mapping[str, str] | None = None
    #: What is often written there.
    offers: tuple[str, ...] = ()


_SEXES = {"": "–", "F": "female", "M": "male", "O": "other", "U": "unknown"}

_SPECIES = (
    "Mus musculus",
    "Rattus norvegicus",
    "Meriones unguiculatus",
    "Mustela putorius furo",
    "Cavia porcellus",
    "Callithrix jacchus",
    "Macaca mulatta",
    "Homo sapiens",
)

#: Heading -> its fields, in the order in which the keyboard goes through them.
GROUPS: dict[str, tuple[FormField, ...]] = {
    "Who": (
        FormField("subject", "Subject", "place", hint="Name or number; recordings are named after it"),
        FormField("experimenter", "Experimenter", "place", hint="As archives ask for it", form="Last, First"),
        FormField("lab", "Lab", "place"),
        FormField("institution", "Institution", "place"),
    ),
    "Today": (
        FormField("weight", "Weight", "day", "g", "Of today"),
        FormField("target_volume", "Target", "animal", "mL", "What it is to get on this day, in all its recordings"),
        FormField("notes", "Notes", "day", hint="Kept with the recording"),
    ),
    "Animal": (
        FormField("species", "Species", "animal", hint="Such as Mus musculus", form="Latin name", offers=_SPECIES),
        FormField("sex", "Sex", "animal", choices=_SEXES),
        FormField("birth_date", "Date of birth", "animal", hint="Such as 2026-01-31", form="year-month-day"),
        FormField(
            "age", "or age", "day", hint="Where the date of birth is not known: P12W is 12 weeks", form="P90D: 90 days"
        ),
        FormField("strain", "Strain", "animal"),
        FormField("genotype", "Genotype", "animal"),
        FormField("baseline_weight", "Baseline weight", "animal", "g", "What the weight is compared with"),
        FormField("minimum_weight", "Least weight", "rule", "%", "Of the baseline; the window warns of less"),
    ),
}

#: Name -> field.
FIELDS = {field.name: field for fields in GROUPS.values() for field in fields}


class SessionForm:
    """The form's texts.

    Parameters
    ----------
    session
        The session document as the rig holds it, JSON values.
    """

    def __init__(self, session: Mapping[str, Any]) -> None:
        self._held = dict(session)
        self._typed: dict[str, str] = {}
        self._last: dict[str, Any] = {}

    def type(self, name: str, text: str) -> None:
        """Somebody has written ``text`` there; it stays, whatever becomes known."""
        self._typed[name] = text

    def look_back(self, last: Mapping[str, Any] | None) -> None:
        """Take the session document of a subject's last recording; ``None`` where none is known."""
        self._last = dict(last or {})

    # -- what is shown -----------------------------------------------------------------------

    @property
    def subject(self) -> str:
        return self._typed.get("subject", str(self._held.get("subject", ""))).strip()

    def text(self, name: str) -> str:
        """What stands in the field: what was typed, else what is known of the subject."""
        if name in self._typed:
            return self._typed[name]
        return _shown(self._known(name)[0])

    def hint(self, name: str) -> str:
        """What stands in the field, in grey, while it is empty."""
        if name == "weight" and self._remembers() and self._last.get("weight") is not None:
            return f"{self._last['weight']:g} on {self._last['date']}"
        if name == "age":
            days = self._days_old()
            return FIELDS[name].form if days is None or days < 0 else f"P{days}D by the date of birth"
        return FIELDS[name].form

    @property
    def memory(self) -> str:
        """``'as on 2026-11-20'``, where anything that is shown was remembered from then; empty else."""
        remembered = any(name not in self._typed and self._known(name)[1] for name in FIELDS)
        return f"as on {self._last['date']}" if remembered else ""

    def _remembers(self) -> bool:
        return bool(self._last) and self._last.get("subject") == self.subject

    def _known(self, name: str) -> tuple[Any, bool]:
        """The value without anybody's typing, and whether it is remembered from the subject's last session."""
        held, last = self._held.get(name), self._last.get(name) if self._remembers() else None
        own = self._held.get("subject") == self.subject
        its_own = (held if own else None, False)
        orders: dict[Kind, tuple[tuple[Any, bool], ...]] = {
            "place": ((held, False), (last, True)),
            "animal": (its_own, (last, True)),
            "rule": (its_own, (last, True), (held, False)),
            # Weighed in the morning is weighed today.
            "day": (
                its_own,
                (last if name != "notes" and self._last.get("date") == self._held.get("date") else None, True),
            ),
        }
        order = orders[FIELDS[name].kind]
        return next(((value, from_last) for value, from_last in order if value not in (None, "")), (None, False))

    def _days_old(self) -> int | None:
        """Days from birth to the day of the session; ``None`` where one of them is not known."""
        try:
            born = datetime.date.fromisoformat(self.text("birth_date").strip())
            today = datetime.date.fromisoformat(str(self._held.get("date") or datetime.date.today().isoformat()))
        except ValueError:
            return None
        return (today - born).days

    # -- the document ------------------------------------------------------------------------

    def document(self) -> dict[str, Any]:
        """The session document as it is typed; what is no number stays a text."""
        return {**self._held, **{name: _value(field, self.text(name).strip()) for name, field in FIELDS.items()}}

    def faults(self) -> dict[str, str]:
        """Field -> what is wrong with what stands there, on one line. All at once, in the order of the fields."""
        found: dict[str, str] = {}
        document = self.document()
        if not document["subject"]:
            found["subject"] = "name the subject"
        try:
            Session.model_validate(document)
        except ValidationError as error:
            for fault in error.errors():
                name = str(fault["loc"][0]) if fault["loc"] else ""
                if name in FIELDS and name not in found:
                    found[name] = _fault(FIELDS[name], fault["input"], fault["msg"])
        days = self._days_old()
        if "birth_date" not in found and days is not None and days < 0:
            found["birth_date"] = f"{self.text('birth_date').strip()} is after the day of the session"
        return {name: found[name] for name in FIELDS if name in found}

    def missing(self) -> list[str]:
        """Captions of the fields that an archive asks for and that are not as it wants them."""
        return [FIELDS[name].caption.lower() for name in FIELDS if name in missing_for_archives(self.document())]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float | int) else str(value)


def _value(field: FormField, text: str) -> Any:
    if not field.unit:
        return text
    try:
        # As it is written in much of Europe, too.
        return float(text.replace(",", ".")) if text else None
    except ValueError:
        return text


def _fault(field: FormField, given: Any, message: str) -> str:
    if field.unit and isinstance(given, str):
        return f"{given!r} is no number; write {field.unit}, such as 20.5"
    words = message.removeprefix("Value error, ").replace("Input should be", f"{_shown(given)!r} must be")
    return f"{words[:1].lower()}{words[1:]}"
