"""Parameters: a field each, outlined while the edit is not in force."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from psi.experiment.parameters import about, drawn_text, edits_text, groups
from psi.experiment.widget_view import PanelWidget, quiet_label, set_property
from psi.models.items import ItemSpec


class ParametersView(PanelWidget):
    """The draft's items, grouped; Apply, Revert, Undo."""

    KEYS = frozenset({"draft", "specs", "connected", "checked"})

    def build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        layout.setSpacing(6)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout.addWidget(self._scroll, 1)
        self.fault = quiet_label()
        self.fault.setWordWrap(True)
        set_property(self.fault, "tone", "red")
        layout.addWidget(self.fault)
        row = QHBoxLayout()
        row.setSpacing(6)
        layout.addLayout(row)
        self.apply = self._button("apply", "Apply at next trial", "Let the edits hold from the next trial on")
        self.revert = self._button("revert", "Revert", "Forget every edit")
        self.undo = self._button("undo", "Undo", "Take the last edit back")
        for button, share in ((self.apply, 2), (self.revert, 1), (self.undo, 1)):
            row.addWidget(button, share)
        self.apply.clicked.connect(self._apply)
        self.revert.clicked.connect(self._revert)
        self.undo.clicked.connect(self._undo)
        self.fields: dict[str, QLineEdit] = {}
        self.roves: dict[str, QCheckBox] = {}
        self._specs: dict[str, ItemSpec] = {}

    def _button(self, name: str, text: str, hint: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(hint)
        return button

    def _make_fields(self) -> None:
        self._specs = dict(self.console.draft.specs)
        self.fields, self.roves = {}, {}
        page = QWidget()
        page.setObjectName("parameters_page")
        grid = QGridLayout(page)
        grid.setContentsMargins(4, 0, 10, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        line = 0
        for group, specs in groups(self._specs).items():
            title = QLabel(group)
            title.setProperty("group", True)
            grid.addWidget(title, line, 0, 1, 3)
            if any(spec.kind == "roving_parameter" for spec in specs):
                rove = quiet_label("rove")
                rove.setToolTip("Whether selectors give the value, trial by trial")
                grid.addWidget(rove, line, 3)
            line += 1
            for spec in specs:
                self._add_line(grid, line, spec)
                line += 1
        grid.setRowStretch(line, 1)
        self._scroll.setWidget(page)

    def _add_line(self, grid: QGridLayout, line: int, spec: ItemSpec) -> None:
        label = QLabel(spec.title)
        label.setToolTip(spec.help)
        field = QLineEdit()
        field.setObjectName(f"item_{spec.name}")
        field.setFixedHeight(22)
        field.textEdited.connect(lambda text, name=spec.name: self._edit(name, text))
        field.editingFinished.connect(self._seal)
        # What is too long for its field is read from its beginning.
        field.editingFinished.connect(lambda field=field: field.home(False))
        self.fields[spec.name] = field
        grid.addWidget(label, line, 0)
        grid.addWidget(field, line, 1)
        grid.addWidget(quiet_label(spec.unit), line, 2)
        if spec.kind == "roving_parameter":
            box = QCheckBox()
            box.setObjectName(f"rove_{spec.name}")
            box.setToolTip(f"Selectors give {spec.title.lower()}")
            box.clicked.connect(lambda checked, name=spec.name: self._rove(name, checked))
            self.roves[spec.name] = box
            grid.addWidget(box, line, 3)

    # -- edits -------------------------------------------------------------------------------

    def _edit(self, name: str, text: str) -> None:
        self.console.draft.set_item(name, text)
        self.console.edited()

    def _rove(self, name: str, roves: bool) -> None:
        self.console.draft.set_roving(name, roves)
        self.console.edited()

    # Qt cannot keep methods of Atom objects, which the console and its draft are.
    def _apply(self) -> None:
        self.console.apply()

    def _seal(self) -> None:
        self.console.draft.seal()

    def _revert(self) -> None:
        self.console.draft.revert()
        self.console.edited()

    def _undo(self) -> None:
        self.console.draft.undo()
        self.console.edited()

    # -- what is shown -----------------------------------------------------------------------

    def show_state(self, keys: set[str]) -> None:
        draft = self.console.draft
        if draft.specs != self._specs:
            self._make_fields()
        edits, waiting, wrong = draft.differs(), draft.waiting(), ""
        for name, field in self.fields.items():
            text = draft.texts.get(name, "")
            if field.text() != text:
                field.setText(text)
            error = draft.item_error(name) if text or name in edits else ""
            error = error or (about(name, self.console.checked) if name in edits else "")
            wrong = wrong or error
            tone = "wrong" if error else "edited" if name in edits else "waiting" if name in waiting else ""
            set_property(field, "tone", tone)
            spec = draft.specs[name]
            hint = error or (f"holds: {edits[name][0]}" if name in edits else drawn_text(text, spec.unit) or spec.help)
            field.setToolTip(hint)
        for name, box in self.roves.items():
            box.setChecked(name in draft.roving)
        n_wrong = len(draft.findings() or self.console.checked) if draft.base is not None else 0
        wrong = wrong or next(iter(self.console.checked), "")
        self.fault.setText(wrong)
        self.fault.setVisible(bool(wrong))
        self.apply.setEnabled(bool(edits) and not n_wrong and self.console.connected)
        self.revert.setEnabled(bool(edits))
        self.undo.setEnabled(draft.can_undo)
        tone = "red" if n_wrong else "edited" if edits else ""
        self.say(edits_text(len(edits), len(waiting), n_wrong), tone)
