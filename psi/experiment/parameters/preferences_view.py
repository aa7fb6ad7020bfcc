"""The menu of preferences: save, load, make default, delete."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from qtpy.QtWidgets import QLineEdit, QMenu, QPushButton, QWidget

from psi.experiment.parameters.preferences import Preferences
from psi.experiment.popup_view import Popup
from psi.experiment.widget_view import quiet_label, set_text_of


class SavePopup(Popup):
    """Asks for a name; one that is taken is replaced, and the button says so."""

    def __init__(self, preferences: Preferences, name: str, under: QWidget) -> None:
        super().__init__("Keep these values as", "Save", under)
        self._names = list(preferences.names)
        self.name = QLineEdit(name, self)
        self.name.setObjectName("preferences_name")
        self.name.setPlaceholderText("a name, such as easy")
        self.name.selectAll()
        self.name.textChanged.connect(lambda _text: self._show())
        self.name.returnPressed.connect(self.confirm.click)
        self.room.addWidget(self.name)
        self.setFocusProxy(self.name)
        self._show()

    @property
    def replaces(self) -> bool:
        return self.name.text().strip() in self._names

    def _show(self) -> None:
        set_text_of(self.confirm, "Replace" if self.replaces else "Save")
        self.confirm.setEnabled(bool(self.name.text().strip()))


class PreferencesButton(QPushButton):
    """Opens the menu; what is done or refused stands in :attr:`Preferences.said`."""

    def __init__(self, preferences: Preferences, parent: QWidget) -> None:
        super().__init__("Preferences ▾", parent)
        self.setObjectName("preferences")
        self.setProperty("flat", True)
        self.setToolTip("Keep these values under a name, or take some that were kept")
        self._preferences = preferences
        self.menu_shown = QMenu(self)
        self.menu_shown.setObjectName("preferences_menu")
        self.menu_shown.setToolTipsVisible(True)
        self._last = ""
        self._filled: tuple[object, ...] = ()
        self.clicked.connect(self._open)

    def refresh(self) -> None:
        """Bring a menu that is open up to date."""
        if self.menu_shown.isVisible() and self._filled != self._there_are():
            self.fill()
            self.menu_shown.adjustSize()

    def _there_are(self) -> tuple[object, ...]:
        return (*self._preferences.names, None, self._preferences.default)

    def _open(self) -> None:
        # Somebody may have kept others in a terminal; the answer comes while the menu is open.
        self._preferences.look()
        self.fill()
        self.menu_shown.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def fill(self) -> None:
        """Make the menu of what there is."""
        menu, held = self.menu_shown, self._preferences
        menu.clear()
        self._filled = self._there_are()
        for name in held.names:
            shown = f"{name}   (default)" if name == held.default else name
            self._add(menu, f"load_{name}", f"Load {shown}", partial(self._load, name))
        if not held.names:
            nothing = menu.addAction("none are kept for this paradigm")
            if nothing is not None:
                nothing.setEnabled(False)
        menu.addSeparator()
        self._add(menu, "save", "Save as…", self._ask_save)
        if held.names:
            default = self._submenu(menu, "Runs start from")
            self._add(default, "default_", "the declared values", partial(held.make_default, None), not held.default)
            for name in held.names:
                self._add(default, f"default_{name}", name, partial(held.make_default, name), name == held.default)
            delete = self._submenu(menu, "Delete")
            for name in held.names:
                self._add(delete, f"delete_{name}", f"{name}…", partial(self._ask_delete, name))
        menu.setToolTip(held.folder)

    def _submenu(self, menu: QMenu, title: str) -> QMenu:
        made = menu.addMenu(title)
        assert made is not None
        return made

    def _add(self, menu: QMenu, name: str, text: str, do: Callable[[], object], checked: bool | None = None) -> None:
        # An ampersand would underline the letter after it.
        action = menu.addAction(text.replace("&", "&&"))
        assert action is not None
        action.setObjectName(name)
        if checked is not None:
            action.setCheckable(True)
            action.setChecked(checked)
        action.triggered.connect(lambda _checked=False: do())

    def _load(self, name: str) -> None:
        self._last = name
        self._preferences.load(name)

    def _ask_save(self) -> None:
        popup = SavePopup(self._preferences, self._last, self)

        def save() -> None:
            self._last = popup.name.text().strip()
            self._preferences.save(self._last, replace=popup.replaces)
            popup.close()

        popup.open(save)
        popup.name.setFocus()

    def _ask_delete(self, name: str) -> None:
        popup = Popup(f"Delete the preferences {name!r}?", "Delete", self)
        popup.room.addWidget(quiet_label("The file goes; what runs now is not changed."))

        def delete() -> None:
            self._preferences.delete(name)
            popup.close()

        popup.open(delete)
