"""Which experiment is launched: a paradigm, a rig, a subject, and what ``psi check`` says of the two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from atom.api import Atom, Bool, Dict, Event, Str, Tuple, Typed

from psi.core.errors import ConfigurationError, Finding
from psi.experiment.start.offers import Column
from psi.models.documents import validated
from psi.models.session import Session

#: A paradigm and a rig, by what they are launched by.
Pair = tuple[str, str]

#: What is known of a pair.
Standing = Literal["nothing", "checking", "fits", "warnings", "wrong", "skipped"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is launched."""

    paradigm: str
    rig: str
    #: Empty where nobody was named.
    subject: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check of a pair found."""

    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def standing(self) -> Standing:
        if self.errors:
            return "wrong"
        return "warnings" if self.findings else "fits"

    @property
    def words(self) -> str:
        """``'fits'``, ``'1 warning'``, ``'12 errors'``."""
        if not self.findings:
            return "fits"
        count, kind = (self.errors, "error") if self.errors else (len(self.findings), "warning")
        return f"{count} {kind}{'s' if count > 1 else ''}"


class Chooser(Atom):
    """The choice while it is made. Whoever checks asks :meth:`next_check`, and hands over what came of it."""

    paradigms = Typed(Column, (), optional=False)
    rigs = Typed(Column, (), optional=False)

    #: Who is in the box. Empty at first, whoever it was last: a name must not be taken over unseen.
    subject = Str()
    #: Said in place of the subject where a session document names it; empty where it does not.
    subject_from = Str()
    #: Whether the subject was given and stays.
    subject_fixed = Bool()
    #: Names that were used, the latest first.
    subjects = Tuple(Str())

    #: Pair -> Verdict.
    verdicts = Dict()
    #: The pair that is being checked, or ``()``.
    checking = Tuple()
    #: Pairs whose check somebody did not want to wait for.
    skipped = Tuple()

    #: Launch was asked for, and waits for the check.
    pending = Bool()
    #: What was launched; ``None`` as long as nothing was.
    chosen = Typed(Chosen)

    #: Fired after each change.
    changed = Event()

    # Whether somebody chose the rig, now or the last time.
    _rig_chosen = Bool()

    # -- choosing ----------------------------------------------------------------------------

    @property
    def pair(self) -> Pair | None:
        """The chosen pair, where both are chosen."""
        paradigm, rig = self.paradigms.chosen, self.rigs.chosen
        return (paradigm, rig) if paradigm and rig else None

    def column(self, kind: str) -> Column:
        """The column of ``'paradigm'`` or ``'rig'``."""
        column = self.paradigms if kind == "paradigm" else self.rigs
        assert isinstance(column, Column)
        return column

    def choose(self, kind: str, name: str) -> None:
        """Choose a paradigm or a rig by its name."""
        self.column(kind).choose(name)
        self._rig_chosen |= kind == "rig" and bool(name)
        self._choice_changed()

    def find(self, kind: str, text: str) -> None:
        """Show what ``text`` is a part of."""
        self.column(kind).find(text)
        self._rig_chosen |= kind == "rig"
        self._choice_changed()

    def move(self, kind: str, step: int) -> None:
        """Choose the one that stands ``step`` places further down."""
        self.column(kind).move(step)
        self._rig_chosen |= kind == "rig"
        self._choice_changed()

    def name_subject(self, text: str) -> None:
        """Say who is in the box."""
        if not self.subject_fixed and not self.subject_from:
            self.subject = text
            self._choice_changed()

    def _choice_changed(self) -> None:
        self.pending = False
        self.changed = True

    # -- checking ----------------------------------------------------------------------------

    def next_check(self) -> Pair | None:
        """What should be checked now: the chosen pair, then the same paradigm on every other rig.

        A check that is going on and is no longer this one has been superseded.
        """
        if self.pair is None:
            return None
        others = [(self.paradigms.chosen, offer.name) for offer in self.rigs.offers]
        for pair in (self.pair, *others):
            if pair not in self.verdicts and pair not in self.skipped:
                return pair
        return None

    def begin_check(self, pair: Pair | None) -> None:
        """Say which check is going on; ``None`` is none."""
        if self.checking != (pair or ()):
            self.checking = pair or ()
            self.changed = True

    def take(self, pair: Pair, findings: Sequence[Finding]) -> None:
        """Take what the check of ``pair`` found; a launch that waited for it and has nothing to be read goes on."""
        self.verdicts = {**self.verdicts, pair: Verdict(tuple(findings))}
        if self.checking == pair:
            self.checking = ()
        if not self._rig_chosen and self.standing == "wrong" and self.verdicts[pair].standing == "fits":
            # It was only the first of the list. A rig that somebody chose stays, whatever is wrong with it.
            self.rigs.choose(pair[1] if pair[0] == self.paradigms.chosen else "")
        if pair == self.pair and self.pending:
            self.pending = False
            if not findings:
                self.launch()
        self.changed = True

    def skip(self) -> None:
        """Do not wait for the check of the chosen pair; the launch makes it anyway."""
        if self.standing == "checking" and self.pair is not None:
            self.skipped = (*self.skipped, self.pair)
            self._choice_changed()

    def check_again(self) -> None:
        """Forget what is known of every pair: a file was changed."""
        self.verdicts, self.skipped, self.checking = {}, (), ()
        self._choice_changed()

    @property
    def standing(self) -> Standing:
        """What is known of the chosen pair."""
        if self.pair is None:
            return "nothing"
        verdict = self.verdicts.get(self.pair)
        if verdict is not None:
            return verdict.standing
        return "skipped" if self.pair in self.skipped else "checking"

    def findings(self) -> tuple[Finding, ...]:
        """What was found in the chosen pair."""
        verdict = self.verdicts.get(self.pair)
        return verdict.findings if verdict is not None else ()

    def mark(self, rig: str) -> tuple[str, Standing]:
        """A word about the chosen paradigm on ``rig``, and what it stands for; empty where nothing is known."""
        pair = self.paradigms.chosen, rig
        verdict = self.verdicts.get(pair)
        if verdict is not None:
            return verdict.words, verdict.standing
        return ("checking", "checking") if pair == self.checking else ("", "nothing")

    @property
    def line(self) -> str:
        """The outcome for the chosen pair in one line."""
        match self.standing:
            case "nothing":
                return self._missing()
            case "skipped":
                return "Not checked here; the launch checks it, and says what is wrong."
        on = f"{self.paradigms.title(self.paradigms.chosen)} on {self.rigs.title(self.rigs.chosen)}"
        match self.standing:
            case "checking":
                return f"Checking {on} …"
            case "fits":
                return f"{on}: nothing wrong"
        return f"{on}: {self.verdicts[self.pair].words}"

    def _missing(self) -> str:
        for column, words in ((self.paradigms, "paradigm"), (self.rigs, "rig")):
            if not column.offers:
                return f"There is no {words}; 'psi list --where' shows where they are looked for."
            if not column.chosen:
                return f"No {words} has {column.text.strip()!r} in it."
        return ""

    # -- launching ---------------------------------------------------------------------------

    def refusal(self) -> str:
        """Why the subject cannot be taken, on one line; empty where it can."""
        if not self.subject.strip() or self.subject_fixed or self.subject_from:
            return ""
        try:
            validated({"subject": self.subject.strip()}, Session, "")
        except ConfigurationError as error:
            return error.findings[0].message
        return ""

    @property
    def can_launch(self) -> bool:
        return self.standing in ("checking", "fits", "warnings", "skipped") and not self.refusal()

    def launch(self) -> None:
        """Launch what is chosen, now or, where it is still being checked, as soon as nothing is found wrong."""
        if self.pair is None or not self.can_launch:
            return
        if self.standing == "checking":
            self.pending = True
        else:
            self.chosen = Chosen(*self.pair, self.subject.strip())
        self.changed = True
