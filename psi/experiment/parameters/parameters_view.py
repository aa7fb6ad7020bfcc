"""Parameters: a field each, outlined while the edit is not in force; preferences; Apply and the way back."""

from __future__ import annotations

from functools import partial
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QScrollArea, QVBoxLayout

from psi.experiment.parameters.applied import applied_line, apply_hint, apply_word
from psi.experiment.parameters.groups_view import GroupsPage
from psi.experiment.parameters.item_field_view import REDO_KEYS, ItemField
from psi.experiment.parameters.parameters import MANY, about, drawn_text, edits_text
from psi.experiment.parameters.preferences import Preferences
from psi.experiment.parameters.preferences_view import PreferencesButton
from psi.experiment.parameters.rove_view import RovePopup
from psi.experiment.widget_view import PanelWidget, quiet_label, set_property, set_text, set_text_of
from psi.models.items import ItemSpec


class ParametersView(PanelWidget):
    """The draft's items, grouped; Apply, Revert, Undo, Redo."""

    KEYS = frozenset({"draft", "specs", "connected", "checked", "applied", "paused", "condition", "machine"})

    def build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        layout.setSpacing(6)
        self.preferences = Preferences(console=self.console)
        self.kept = quiet_label()
        self.kept.setObjectName("preferences_said")
        self.kept.setWordWrap(True)
        self._top = self._make_top()
        layout.addLayout(self._top)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout.addWidget(self._scroll, 1)
        self.fault = quiet_label()
        self.fault.setObjectName("parameters_fault")
        set_property(self.fault, "tone", "red")
        self.applied = quiet_label()
        self.applied.setObjectName("applied_line")
        for label in (self.fault, self.applied):
            label.setWordWrap(True)
            layout.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(6)
        layout.addLayout(row)
        self.apply = self._button("apply", "Apply", "")
        self.revert = self._button("revert", "Revert", "Forget every edit; Undo brings them back")
        self.undo = self._button("undo", "↶", "Undo: take the last edit back (Ctrl+Z)")
        self.redo = self._button("redo", "↷", "Redo: make it again (Ctrl+Shift+Z or Ctrl+Y)")
        for button, share in ((self.apply, 3), (self.revert, 2), (self.undo, 1), (self.redo, 1)):
            row.addWidget(button, share)
        self.apply.clicked.connect(self._apply)
        self.revert.clicked.connect(self._revert)
        self.undo.clicked.connect(self._undo)
        self.redo.clicked.connect(self._redo)
        self._shortcut(QKeySequence.StandardKey.Undo, self.undo)
        for keys in REDO_KEYS:
            self._shortcut(keys, self.redo)
        self.fields: dict[str, ItemField] = {}
        self.roves: dict[str, QCheckBox] = {}
        self._page: GroupsPage | None = None
        self._specs: dict[str, ItemSpec] = {}
        self._refusal = ""
        self.preferences.observe("changed", self._show_preferences)

    def _make_top(self) -> QHBoxLayout:
        top = QHBoxLayout()
        top.setSpacing(6)
        self.search = QLineEdit(self)
        self.search.setObjectName("find_parameter")
        self.search.setPlaceholderText("type to find")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._find)
        self.keeper = PreferencesButton(self.preferences, self)
        top.addWidget(self.search, 1)
        top.addWidget(self.keeper, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        return top

    def _button(self, name: str, text: str, hint: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(hint)
        return button

    def _shortcut(self, keys: Any, button: QPushButton) -> None:
        # Of the window: a selector's cell is taken back just as a field.
        QShortcut(QKeySequence(keys), self).activated.connect(button.click)

    def _make_fields(self) -> None:
        self._specs = dict(self.console.draft.specs)
        paradigm = (self.console.get("paradigm") or {}).get("name", "")
        page = self._page = GroupsPage(self._specs, self.console.folded.groups(paradigm))
        page.edited.connect(self._edit)
        page.sealed.connect(self._seal)
        page.roved.connect(self._rove)
        page.folded.connect(self._fold)
        page.undo_asked.connect(self._undo)
        page.redo_asked.connect(self._redo)
        self.fields, self.roves = page.fields, page.roves
        self._scroll.setWidget(page)
        many = len(self.fields) > MANY
        self.search.setVisible(many)
        if many:
            column = self.layout()
            assert isinstance(column, QVBoxLayout)
            column.insertWidget(1, self.kept)
        else:
            # There is room beside the menu.
            self._top.insertWidget(0, self.kept, 1)
        page.show_found(self.search.text())

    # -- edits -------------------------------------------------------------------------------

    # Qt cannot keep methods of Atom objects, which the console and its draft are.
    def _edit(self, name: str, text: str) -> None:
        self._forget()
        self.console.draft.set_item(name, text)
        self.console.edited()

    def _rove(self, name: str, roves: bool) -> None:
        draft = self.console.draft
        free = draft.selectors_without(name)
        if not roves:
            self._roved(draft.unrove(name))
        elif draft.selectors_with(name) or not free:
            self._roved(draft.rove(name))
        elif len(free) == 1:
            self._roved(draft.rove(name, free))
        else:
            # Not yet: it is asked where.
            self.roves[name].setChecked(False)
            spec = draft.specs[name]
            popup = RovePopup(spec.title, f"{draft.texts[name]} {spec.unit}".rstrip(), free, self.roves[name])
            popup.open(partial(self._rove_in, name, popup))

    def _rove_in(self, name: str, popup: RovePopup) -> None:
        refusal = self.console.draft.rove(name, popup.chosen())
        if refusal:
            popup.refuse(refusal)
        else:
            popup.close()
            self._roved("")

    def _roved(self, refusal: str) -> None:
        self.preferences.forget()
        self._refusal = refusal
        self.console.edited()

    def _forget(self) -> None:
        """A new edit: what was said of the one before is no longer news."""
        self._refusal = ""
        self.preferences.forget()

    def _apply(self) -> None:
        self._forget()
        self.console.apply()
        self.console.edited()

    def _seal(self) -> None:
        self.console.draft.seal()

    def _revert(self) -> None:
        self._forget()
        self.console.draft.revert()
        self.console.edited()

    def _undo(self) -> None:
        self._forget()
        self.console.draft.undo()
        self.console.edited()

    def _redo(self) -> None:
        self._forget()
        self.console.draft.redo()
        self.console.edited()

    # -- groups ------------------------------------------------------------------------------

    def _find(self, text: str) -> None:
        if self._page is not None:
            self._page.show_found(text)

    def _fold(self, group: str, folded: bool) -> None:
        assert self._page is not None
        self._page.groups[group].fold(folded)
        paradigm = (self.console.get("paradigm") or {}).get("name", "")
        if fault := self.console.folded.fold(paradigm, group, folded):
            self.console.say(fault)

    # -- what is shown -----------------------------------------------------------------------

    def show_state(self, keys: set[str]) -> None:
        draft = self.console.draft
        if draft.specs != self._specs or (self._page is None and self.console.get("specs") is not None):
            self._make_fields()
        if "connected" in keys and self.console.connected:
            self.preferences.look()
        edits, waiting = draft.differs(), draft.waiting()
        wrong = self._show_fields(edits, waiting)
        for name, box in self.roves.items():
            box.setChecked(name in draft.roving)
            in_selectors = draft.selectors_with(name) if draft.base is not None else []
            where = f"in {', '.join(in_selectors)}" if in_selectors else "in no selector"
            box.setToolTip(f"Whether selectors give {draft.specs[name].title.lower()}, trial by trial; it is {where}")
        n_wrong = len(draft.findings()) + len(self.console.checked) if draft.base is not None else 0
        words = self._refusal or next(iter(wrong.values()), "") or next(iter(draft.findings()), "")
        words = words or next(iter(self.console.checked), "")
        set_text(self.fault, words)
        self.fault.setVisible(bool(words))
        line = applied_line(self.console)
        set_text(self.applied, line)
        self.applied.setVisible(bool(line))
        set_property(self.applied, "tone", "edited" if waiting else "")
        set_text_of(self.apply, apply_word(self.console))
        self.apply.setToolTip(apply_hint(self.console))
        self.apply.setEnabled(bool(edits) and not n_wrong and self.console.connected and not self.console.applying)
        self.revert.setEnabled(bool(edits))
        self.undo.setEnabled(draft.can_undo)
        self.redo.setEnabled(draft.can_redo)
        self.say(edits_text(len(edits), len(waiting), n_wrong), "red" if n_wrong else "edited" if edits else "")

    def _show_fields(self, edits: dict[str, tuple[Any, Any]], waiting: set[str]) -> dict[str, str]:
        """Bring the fields up to date; what is wrong, by item."""
        draft = self.console.draft
        wrong: dict[str, str] = {}
        for name, field in self.fields.items():
            text = draft.texts.get(name, "")
            if field.text() != text:
                field.setText(text)
                if not field.hasFocus():
                    field.home(False)
            error = draft.item_error(name) if text or name in edits else ""
            error = error or about(name, self.console.checked)
            if error:
                wrong[name] = error
            tone = "wrong" if error else "edited" if name in edits else "waiting" if name in waiting else ""
            set_property(field, "tone", tone)
            spec = draft.specs[name]
            hint = error or (f"holds: {edits[name][0]}" if name in edits else drawn_text(text, spec.unit) or spec.help)
            field.setToolTip(hint)
        if self._page is not None:
            for group in self._page.groups.values():
                group.count(edits, wrong)
        return wrong

    def _show_preferences(self, change: Any) -> None:
        held = self.preferences
        set_text(self.kept, held.said)
        self.kept.setVisible(bool(held.said))
        set_property(self.kept, "tone", held.tone)
        self.keeper.refresh()

    def release(self) -> None:
        self.preferences.unobserve("changed", self._show_preferences)
        super().release()
