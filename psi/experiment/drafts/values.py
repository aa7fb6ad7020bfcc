"""What is edited, value by value: it follows what holds, except where it was edited, and goes back and forth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from atom.api import Atom, Dict, Int, Typed

from psi.experiment.drafts.content import Changes, Content, changed, content_of, followed
from psi.experiment.drafts.history import DraftHistory
from psi.experiment.drafts.selector_table import SelectorTable
from psi.models.items import ItemSpec
from psi.models.task import Task


class DraftValues(Atom):
    """Texts of every item, a table or settings for each selector, and which parameters rove, beside those that hold.

    An edit stays until it is applied, reverted or undone, also when another console applies something in between.
    """

    #: Item -> what it is.
    specs = Dict()

    #: The task that holds, or will from the next trial on; ``None`` until the runtime has said it.
    base = Typed(Task)

    #: The task that holds now.
    held = Typed(Task)

    #: Item -> text, of all that a person can set.
    texts = Dict()

    #: Selector -> its :class:`~psi.experiment.drafts.selector_table.SelectorTable`, of those that are tables.
    tables = Dict()

    #: Roving parameters that take their values from selectors.
    roving = Typed(tuple, ())

    #: Counts every change, so that views know when to look again.
    version = Int()

    #: Selector -> what is wrong with texts that somebody is typing and that no settings can be made of yet. Views say
    #: so here, so that nothing is applied without them.
    unfinished = Dict()

    # Value by key: of the draft, of what holds or will, of what holds now.
    _content = Typed(dict, ())
    _base = Typed(dict, ())
    _held = Typed(dict, ())
    # Edits that the runtime has taken and not said yet that they hold, or will.
    _taken = Typed(dict, ())
    # Edits that were sent, as (key, value), and were not said to hold since.
    _sent = Typed(list, ())
    _history = Typed(DraftHistory, ())
    _differs = Typed(tuple)

    # -- following the runtime ---------------------------------------------------------------

    def declare(self, specs: Sequence[ItemSpec]) -> None:
        """The items are these."""
        self.specs = {spec.name: spec for spec in specs}
        if self.base is not None and self.held is not None:
            self._take(self.held, self.base)
        self.version += 1

    def rebase(self, held: Task, pending: Task | None = None) -> None:
        """``held`` holds now and ``pending`` will from the next trial on. What was not edited follows."""
        self._take(held, pending or held)

    def _take(self, held: Task, base: Task) -> None:
        said = dict(content_of(base, self.specs))
        before = {
            **self._base,
            **{key: value for key, value in self._taken.items() if self._content.get(key) == value},
            **self._own(said),
        }
        self.held, self.base = held, base
        self._held = dict(content_of(held, self.specs))
        old, self._base = self._base, said
        if old != said or before != said:
            self._taken = {}
            self._history.follow(changed(before, self._base))
            self._show(followed(self._content, before, self._base))
            self._history.seal()
        self.version += 1

    def _own(self, said: Content) -> Content:
        """What of ``said`` is new and was sent from here: what was done to it since is an edit of it."""
        own = {key: new for key, new in self._sent if said.get(key) == new != self._base.get(key)}
        self._sent = [(key, new) for key, new in self._sent if key not in own]
        return own

    def _show(self, content: Content) -> None:
        self._content = dict(content)
        self.texts = {key.name: value for key, value in content.items() if key.what == "item"}
        selectors = {key.name: value for key, value in content.items() if key.what == "selector"}
        self.tables = {name: value for name, value in selectors.items() if isinstance(value, SelectorTable)}
        self.roving = _roving(content)
        self.version += 1

    def _edit(self, values: Content, typing: bool = False) -> None:
        """Let these be the values, as one step."""
        old = {key: self._content[key] for key in values}
        changes = changed(old, values)
        if changes:
            self._history.record(changes, typing)
            self._show({**self._content, **values})

    def sent(self) -> Changes:
        """The edits as they are sent to the runtime, now."""
        edits = changed(self._base, self._content)
        self._sent = [*self._sent, *((key, new) for key, (_, new) in edits.items())]
        return edits

    @property
    def awaits_word(self) -> bool:
        """Whether the runtime has taken edits and not said yet that they hold, or will."""
        return bool(self._taken)

    def were_taken(self, sent: Changes) -> None:
        """The runtime has taken these edits. They are edits no more, also where somebody has changed them since."""
        overtaken = {}
        for key, (old, new) in sent.items():
            if self._content.get(key) != new or self._base[key] == new:
                continue
            if self._base[key] == old:
                # What comes of it has not been said yet.
                self._taken[key] = new
            else:
                overtaken[key] = self._base[key]
        if overtaken:
            self._show({**self._content, **overtaken})

    # -- what differs ------------------------------------------------------------------------

    def differs(self) -> dict[str, tuple[Any, Any]]:
        """What was edited: item, ``selector.NAME`` or ``roving`` -> (what holds or will, what the draft says)."""
        if self._differs is None or self._differs[0] != self.version:
            self._differs = self.version, self._edits(self._base, self._content)
        return dict(self._differs[1])

    def _edits(self, old: Content, new: Content) -> dict[str, tuple[Any, Any]]:
        edits: dict[str, tuple[Any, Any]] = {}
        for key, pair in changed(old, new).items():
            match key.what:
                case "item":
                    if not self._same(key.name, *pair):
                        edits[key.name] = pair
                case "selector":
                    edits[f"selector.{key.name}"] = pair
                case _:
                    edits["roving"] = _roving(old), _roving(new)
        return edits

    def waiting(self) -> set[str]:
        """What was applied and holds from the next trial on."""
        return set(self._edits(self._held, self._base))

    def _same(self, name: str, one: str, other: str) -> bool:
        """Whether two texts give the item one value."""
        return one == other

    # -- the way back ------------------------------------------------------------------------

    def revert(self) -> None:
        """Forget every edit, as one step."""
        self.unfinished = {}
        self._edit(self._base)

    @property
    def can_undo(self) -> bool:
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        return self._history.can_redo

    def undo(self) -> None:
        """Take the last step back. Over an Apply too: what it goes back to is then an edit to be applied."""
        self._put(self._history.undo())

    def redo(self) -> None:
        """Make the last step again that was taken back."""
        self._put(self._history.redo())

    def _put(self, values: Content) -> None:
        self.unfinished = {}
        # What is declared no longer has no way back.
        known = {key: value for key, value in values.items() if key in self._content}
        if values:
            self._show({**self._content, **known})

    def seal(self) -> None:
        """The next keystroke begins a step of its own."""
        self._history.seal()


def _roving(content: Content) -> tuple[str, ...]:
    return tuple(key.name for key, roves in content.items() if key.what == "roving" and roves)
