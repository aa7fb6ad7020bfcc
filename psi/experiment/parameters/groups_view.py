"""The fields of all parameters: groups that can be folded, lines in them, and what each field says of its edit."""

from __future__ import annotations

from collections.abc import Iterable

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from psi.experiment.parameters.item_field_view import ItemField
from psi.experiment.parameters.parameters import groups, is_found, lines
from psi.experiment.widget_view import CutLabel, quiet_label, set_property, set_text, set_text_of
from psi.models.items import ItemSpec

#: Of the width, what labels take at most; longer ones are cut, and whole in their hint.
_LABELS = 0.42


class ItemLabel(CutLabel):
    """What an item is called."""

    def __init__(self, spec: ItemSpec) -> None:
        super().__init__(spec.title)
        self.setToolTip("\n".join(filter(None, (spec.title, spec.help, f"in expressions: {spec.name}"))))


class GroupView(QWidget):
    """One group: a title that folds it, and a line for each item or row of items."""

    folded = Signal(str, bool)

    def __init__(self, name: str, specs: list[ItemSpec], parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        self.specs = specs
        self.fields: dict[str, ItemField] = {}
        self.roves: dict[str, QCheckBox] = {}
        self.labels: list[ItemLabel] = []
        self._lines: list[tuple[list[ItemSpec], list[QWidget]]] = []
        self._folded = self._finding = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(6)
        self.title = QPushButton(name, self)
        self.title.setObjectName(f"group_{name}")
        self.title.setProperty("fold", True)
        self.title.setToolTip("Fold this group, or unfold it")
        self.title.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.title.clicked.connect(lambda: self.folded.emit(self.name, not self._folded))
        self.note = quiet_label()
        head.addWidget(self.title)
        head.addWidget(self.note)
        head.addStretch(1)
        if any(spec.kind == "roving_parameter" for spec in specs):
            rove = quiet_label("rove")
            rove.setToolTip("Whether selectors give the value, trial by trial")
            head.addWidget(rove)
        column.addLayout(head)
        self._body = QWidget(self)
        grid = QGridLayout(self._body)
        grid.setContentsMargins(0, 0, 0, 4)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for number, line in enumerate(lines(specs)):
            self._add_line(grid, number, line)
        column.addWidget(self._body)
        self.fold(False)

    def _add_line(self, grid: QGridLayout, number: int, line: list[ItemSpec]) -> None:
        first, *others = line
        label = ItemLabel(first)
        self.labels.append(label)
        grid.addWidget(label, number, 0)
        parts: list[QWidget] = [label]
        room = QHBoxLayout()
        room.setSpacing(6)
        for spec in line:
            if spec is not first:
                beside = QLabel(spec.compact_label or spec.title)
                beside.setToolTip(spec.help)
                room.addWidget(beside)
                parts.append(beside)
            parts += self._add_field(room, spec, in_row=bool(others))
        grid.addLayout(room, number, 1, 1, 1 if not others else 3)
        if not others:
            unit = quiet_label(first.unit)
            grid.addWidget(unit, number, 2)
            parts.append(unit)
            if first.name in self.roves:
                grid.addWidget(self.roves[first.name], number, 3)
                parts.append(self.roves[first.name])
        self._lines.append((line, parts))

    def _add_field(self, room: QHBoxLayout, spec: ItemSpec, in_row: bool) -> list[QWidget]:
        field = self.fields[spec.name] = ItemField(spec, self._body)
        room.addWidget(field, 1)
        parts: list[QWidget] = [field]
        if spec.kind == "roving_parameter":
            box = self.roves[spec.name] = QCheckBox(self._body)
            box.setObjectName(f"rove_{spec.name}")
        if in_row:
            unit = quiet_label(spec.unit)
            room.addWidget(unit)
            parts.append(unit)
            if spec.name in self.roves:
                room.addWidget(self.roves[spec.name])
                parts.append(self.roves[spec.name])
        return parts

    def fold(self, folded: bool) -> None:
        """Show only the title, or all."""
        self._folded = folded
        set_text_of(self.title, f"{'▸' if folded and not self._finding else '▾'} {self.name}")
        self._body.setVisible(self._finding or not folded)

    def show_found(self, text: str) -> bool:
        """Show only what ``text`` finds, also where it is folded; whether there is any."""
        self._finding = bool(text.strip())
        any_found = False
        for line, parts in self._lines:
            found = any(is_found(spec, text) for spec in line)
            any_found |= found
            for part in parts:
                part.setVisible(found)
        self.setVisible(any_found)
        self.fold(self._folded)
        return any_found

    def count(self, edited: Iterable[str], wrong: Iterable[str]) -> None:
        """Say beside the title what is edited in here, and what is wrong, so that a folded group hides nothing."""
        names = set(self.fields)
        n_wrong, n_edited = len(names & set(wrong)), len(names & set(edited))
        set_text(self.note, f"{n_wrong} wrong" if n_wrong else f"{n_edited} edited" if n_edited else "")
        set_property(self.note, "tone", "red" if n_wrong else "edited" if n_edited else "")


class GroupsPage(QWidget):
    """All groups below each other."""

    #: Item and text, as it is typed.
    edited = Signal(str, str)
    #: A field is left, or Return was pressed in it.
    sealed = Signal()
    #: Item, and whether its box was ticked.
    roved = Signal(str, bool)
    #: Group, and whether it is to be folded.
    folded = Signal(str, bool)
    undo_asked = Signal()
    redo_asked = Signal()

    def __init__(self, specs: dict[str, ItemSpec], folded: Iterable[str]) -> None:
        super().__init__()
        self.setObjectName("parameters_page")
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 10, 0)
        column.setSpacing(4)
        self.groups = {name: GroupView(name, members, self) for name, members in groups(specs).items()}
        self.fields: dict[str, ItemField] = {}
        self.roves: dict[str, QCheckBox] = {}
        for view in self.groups.values():
            view.fold(view.name in set(folded))
            view.folded.connect(self.folded)
            column.addWidget(view)
            self.fields |= view.fields
            self.roves |= view.roves
        self.nothing = quiet_label("nothing is called so" if self.fields else "this paradigm has no parameters")
        self.nothing.setWordWrap(True)
        self.nothing.setVisible(not self.fields)
        column.addWidget(self.nothing)
        column.addStretch(1)
        for name, field in self.fields.items():
            field.textEdited.connect(lambda text, name=name: self.edited.emit(name, text))
            field.editingFinished.connect(self.sealed)
            field.undo_asked.connect(self.undo_asked)
            field.redo_asked.connect(self.redo_asked)
        for name, box in self.roves.items():
            box.clicked.connect(lambda checked, name=name: self.roved.emit(name, checked))
        self._labels = [label for view in self.groups.values() for label in view.labels]
        self._widest = max((label.sizeHint().width() for label in self._labels), default=0)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        # In all groups, so that the fields begin at one line.
        width = min(self._widest, int(_LABELS * self.width()))
        for label in self._labels:
            label.setFixedWidth(width)

    def show_found(self, text: str) -> None:
        """Show only what ``text`` finds."""
        found = [view.show_found(text) for view in self.groups.values()]
        self.nothing.setVisible(not any(found))
