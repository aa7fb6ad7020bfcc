"""Which selectors an item goes into when it begins to rove."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtWidgets import QCheckBox, QWidget

from psi.experiment.popup_view import Popup
from psi.experiment.widget_view import quiet_label


class RovePopup(Popup):
    """A box for each selector, all of them ticked."""

    def __init__(self, title: str, text: str, selectors: Sequence[str], under: QWidget) -> None:
        super().__init__(f"{title} roves in", "Rove", under)
        self.boxes: dict[str, QCheckBox] = {}
        for name in selectors:
            box = self.boxes[name] = QCheckBox(name, self)
            box.setObjectName(f"into_{name}")
            box.setChecked(True)
            box.toggled.connect(lambda _checked: self.confirm.setEnabled(bool(self.chosen())))
            self.room.addWidget(box)
        filled = quiet_label(f"Every row begins with {text}.")
        filled.setWordWrap(True)
        self.room.addWidget(filled)

    def chosen(self) -> list[str]:
        """The selectors that are ticked."""
        return [name for name, box in self.boxes.items() if box.isChecked()]
