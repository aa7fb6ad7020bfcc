"""The way back, and forth again: steps of edits."""

from __future__ import annotations

from psi.experiment.drafts.content import Changes, Content, Key


class DraftHistory:
    """Steps that were made and steps that were taken back. A step is everything that changed at once, by key."""

    def __init__(self) -> None:
        self._made: list[Changes] = []
        self._taken_back: list[Changes] = []
        self._open: Key | None = None

    @property
    def can_undo(self) -> bool:
        return bool(self._made)

    @property
    def can_redo(self) -> bool:
        return bool(self._taken_back)

    def record(self, changes: Changes, typing: bool = False) -> None:
        """A step was made, so what was taken back is gone.

        With ``typing`` it is a letter of one text: those of the same text are one step until :meth:`seal`.
        """
        changes = {key: pair for key, pair in changes.items() if pair[0] != pair[1]}
        if not changes:
            return
        self._taken_back = []
        key = next(iter(changes))
        if typing and key == self._open and self._made:
            begun = self._made.pop()[key][0]
            if begun != changes[key][1]:
                self._made.append({key: (begun, changes[key][1])})
            else:
                self._open = None
            return
        self._made.append(changes)
        self._open = key if typing else None

    def seal(self) -> None:
        """The next letter begins a step of its own."""
        self._open = None

    def undo(self) -> Content:
        """What the last step changed, as it was before; nothing where there is no step."""
        return self._go(self._made, self._taken_back, 0)

    def redo(self) -> Content:
        """What the last step that was taken back had changed, as it was after it."""
        return self._go(self._taken_back, self._made, 1)

    def _go(self, source: list[Changes], target: list[Changes], side: int) -> Content:
        self._open = None
        if not source:
            return {}
        step = source.pop()
        target.append(step)
        return {key: pair[side] for key, pair in step.items()}

    def follow(self, changes: Changes) -> None:
        """``changes`` hold now, by somebody else's hand.

        Steps lead from and to the new values instead of the old ones: going back to what held before an edit is going
        back to what holds.
        """
        for key, (old, new) in changes.items():
            self._made = _moved(self._made, key, old, new)
            self._taken_back = _moved(self._taken_back, key, old, new)


def _moved(steps: list[Changes], key: Key, old: object, new: object) -> list[Changes]:
    moved = []
    for step in steps:
        if key in step:
            before, after = (new if value == old else value for value in step[key])
            step = {name: pair for name, pair in step.items() if name != key}
            if before != after:
                step[key] = before, after
        if step:
            moved.append(step)
    return moved
