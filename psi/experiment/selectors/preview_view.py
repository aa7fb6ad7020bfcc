"""A quiet list of what a selector gives next."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QVBoxLayout, QWidget

from psi.core.errors import ConfigurationError
from psi.experiment.selectors.source import SelectorSource
from psi.experiment.selectors.standing import found_text, is_by_chance, next_text
from psi.experiment.widget_view import quiet_label, set_property, set_text


class SelectorPreview(QWidget):
    """What comes next: of the draft where it was edited and can be applied, else of what runs.

    The runtime is asked where it has not said so by itself, once for each state of draft and run.
    """

    def __init__(self, source: SelectorSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.found, self.next = quiet_label(), quiet_label()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.setSpacing(1)
        for label in (self.found, self.next):
            label.setWordWrap(True)
            layout.addWidget(label)
            label.hide()
        self.found.setObjectName(f"found_{source.key}")
        self.next.setObjectName(f"next_{source.key}")
        #: What the answer is about, and the answer.
        self._asked: tuple[Any, ...] = ()
        self._answer: list[dict[str, Any]] | None = None

    def show_state(self) -> None:
        """Show what is known now; ask for what is not."""
        source, draft = self._source, self._source.console.draft
        found = found_text(source)
        set_text(self.found, found)
        self.found.setVisible(bool(found))
        edited = source.settings is not None and source.settings != source.base
        waiting = source.base != source.held
        words = ""
        coming: list[dict[str, Any]] | None
        if source.runs and not edited and not waiting:
            coming = source.now.get("next") or []
        elif draft.findings() or source.settings is None:
            coming = source.now.get("next") or [] if source.runs else []
        else:
            coming = self._ask()
            words = " as edited" if edited else ""
            if not source.runs and is_by_chance(source.settings):
                words += ", for example"
        text = ""
        if coming:
            text = f"next{words}{next_text(source, coming)}"
        set_text(self.next, text)
        set_property(self.next, "tone", "edited" if edited and coming else "")
        self.next.setVisible(bool(text))

    def _ask(self) -> list[dict[str, Any]] | None:
        source, console = self._source, self._source.console
        now = source.now if source.runs else {}
        about = (source.settings, source.held, source.runs, tuple(now.get("given") or ()), now.get("text"))
        if about == self._asked or not console.connected:
            return self._answer
        self._asked = about

        def take(answer: Any) -> None:
            if about == self._asked:
                # What cannot be begun has nothing that comes next; why is said where it is edited.
                self._answer = None if answer.error else answer.result.get("settings", {}).get(source.name)
                # This widget may be gone by now: whoever still looks is told.
                console.changed = {"preview"}

        try:
            task = console.draft.task().model_dump(mode="json")
        except ConfigurationError:
            return None
        console.request("preview", task=task, names=[source.name], callback=take)
        return self._answer
