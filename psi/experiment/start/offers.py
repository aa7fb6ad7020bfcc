"""What can be chosen: a column of paradigms or of rigs, one of them chosen, found by typing a part of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offer:
    """A paradigm or a rig that can be chosen."""

    #: What it is launched by: a name that ``psi list`` shows, or a path.
    name: str
    title: str
    #: What it is, in one line; empty where its file does not say it.
    line: str = ""
    #: Its file.
    path: str = ""


class Column:
    """Offers in the order of their titles; the chosen one is among those that are shown, if any is.

    Parameters
    ----------
    offers
        All there are.
    given
        The name of the one that is not open to choice, which is then the only one; empty where all are.
    """

    def __init__(self, offers: Iterable[Offer] = (), given: str = "") -> None:
        known = sorted(offers, key=lambda offer: (offer.title.casefold(), offer.name))
        self.fixed = bool(given)
        if given:
            known = [offer for offer in known if offer.name == given][:1] or [Offer(given, given)]
        self.offers = tuple(known)
        self.text = ""
        self.chosen = self.offers[0].name if self.offers else ""

    def shown(self) -> list[Offer]:
        """The offers in which every word of the text occurs; those that are called so come first."""
        words = self.text.casefold().split()
        found = [offer for offer in self.offers if all(word in _searched(offer) for word in words)]
        return sorted(found, key=self._distance)

    def _distance(self, offer: Offer) -> int:
        """0 where title or name begin with the text, 1 where they hold it, 2 where its words stand elsewhere."""
        text, called = " ".join(self.text.casefold().split()), (offer.title.casefold(), offer.name.casefold())
        if any(name.startswith(text) for name in called):
            return 0
        return 1 if any(text in name for name in called) else 2

    def find(self, text: str) -> None:
        """Show what ``text`` is a part of, and choose what is called so."""
        self.text = text
        shown = self.shown()
        chosen = next((offer for offer in shown if offer.name == self.chosen), None)
        if chosen is None or self._distance(chosen) > self._distance(shown[0]):
            self.chosen = shown[0].name if shown else ""

    def choose(self, name: str) -> None:
        """Choose the offer ``name``; one that is not shown, or not there any more, changes nothing."""
        if name in [offer.name for offer in self.shown()]:
            self.chosen = name

    def move(self, step: int) -> None:
        """Choose the one that stands ``step`` places further down, or the last on the way."""
        names = [offer.name for offer in self.shown()]
        if names:
            here = names.index(self.chosen) if self.chosen in names else 0
            self.chosen = names[min(max(here + step, 0), len(names) - 1)]

    def title(self, name: str) -> str:
        """The title of the offer ``name``."""
        return next((offer.title for offer in self.offers if offer.name == name), name)


def _searched(offer: Offer) -> str:
    return f"{offer.title} {offer.name} {offer.line}".casefold()
