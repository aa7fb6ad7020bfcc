"""A form for the settings of any selector: a field for each, its unit, what is wrong with it, and what an edit does."""

from __future__ import annotations

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QGridLayout, QWidget

from psi.experiment.selectors.fill_view import FillBar
from psi.experiment.selectors.form import Line, Path, lines, read_numbers, read_range, values_text
from psi.experiment.selectors.line_view import LineView, SettingField
from psi.experiment.selectors.source import SelectorSource
from psi.experiment.selectors.typed import Errors, with_texts
from psi.experiment.widget_view import quiet_label, set_property
from psi.models.ranges import Range

#: Letters that a field has room for; what is longer is in its tooltip, too.
_LONG = 16

#: Values of a range that is not taken before there is a pause in typing.
_MANY = 200


class SettingsForm(QWidget):
    """Lines made from the model of the settings; an edit is taken as soon as all that was typed makes sense together.

    Parameters
    ----------
    source
        The selector, or one block of it.
    only
        Names of the settings that are shown; all where empty.
    """

    def __init__(self, source: SelectorSource, only: tuple[str, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._only = only
        self._part = "form" + "".join(f".{name}" for name in only)
        self._lines: dict[Path, Line] = {}
        #: Texts that no settings can be made of yet.
        self._typed: dict[Path, str] = {}
        #: Texts that were taken, and how the settings write them: a field that is being typed in stays as it is.
        self._taken: dict[Path, tuple[str, str]] = {}
        self._errors: Errors = {}
        self._at: Path | None = None
        self._views: dict[Path, LineView] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(8, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._fill = FillBar(f"{source.key}_form", self)
        self._fill.filled.connect(self._take_range)
        self._fill_path: Path | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(400)
        self._pause.timeout.connect(lambda: self._take(typing=True))

    # -- making ------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Write in red above the form."""
        label = quiet_label(text)
        label.setWordWrap(True)
        set_property(label, "tone", "red")
        self._grid.addWidget(label, 0, 0, 1, 3)

    def _wanted(self) -> list[Line]:
        settings = self._source.settings
        if settings is None:
            return list(self._lines.values())
        found = lines(settings, self._source.spec)
        return [line for line in found if not self._only or line.path[0] in self._only]

    def _make(self, wanted: list[Line]) -> None:
        for view in self._views.values():
            view.remove(self._grid)
        self._views = {line.path: self._view(line) for line in wanted}
        # Above is what may be said of the whole.
        row = 1
        for view in self._views.values():
            view.place(self._grid, row)
            row += 2
        self._grid.addWidget(self._fill, row, 0, 1, 3)

    def _view(self, line: Line) -> LineView:
        view, path = LineView(self._source.key, line, self), line.path
        if isinstance(view.field, SettingField):
            view.field.textEdited.connect(lambda text: self._type(path, text))
            view.field.editingFinished.connect(lambda: self._leave(path))
            view.field.entered.connect(lambda: self._enter(path))
            view.field.escaped.connect(lambda: self._escape(path))
        else:
            view.field.activated.connect(lambda number: self._choose(line, number))
        if view.range is not None:
            view.range.clicked.connect(lambda _checked: self._ask_range(path))
        return view

    # -- edits -------------------------------------------------------------------------------

    def _type(self, path: Path, text: str) -> None:
        if path != self._at:
            # Letters in another field are another step.
            self._source.seal()
            self._at = path
        self._typed.pop(path, None)
        if text != self._lines[path].text:
            self._typed[path] = text
        if _is_long(text):
            # On the way to "1000 to 32000 step 500" stands "1000 to 32000 step 5": whoever goes on typing means no
            # thousands of values.
            self._pause.start()
        else:
            self._pause.stop()
            self._take(typing=True)

    def _choose(self, line: Line, number: int) -> None:
        self._at = line.path
        self._typed.pop(line.path, None)
        if line.choices[number] != self._lines[line.path].text:
            self._typed[line.path] = line.choices[number]
        self._take()

    def _take(self, typing: bool = False) -> None:
        settings = self._source.settings
        if settings is None:
            return
        made, self._errors = with_texts(self._source, settings, self._lines, self._typed)
        messages = [f"{self._lines[path].label or path[-1]}: {said}" for path, said in self._errors.items()]
        if made is not None:
            # What is the same in other letters ("0." and "0") is no edit.
            shown = settings if made == settings else made
            written = {line.path: line.text for line in lines(shown, self._source.spec)}
            self._taken |= {path: (text, written.get(path, text)) for path, text in self._typed.items()}
            self._typed = {}
            if shown is made:
                self._source.set(made, typing)
        self._source.set_unfinished(self._part, messages)
        self.show_state()

    def _enter(self, path: Path) -> None:
        if path != self._at:
            self._source.seal()
            self._at = path
        self.show_state()

    def _leave(self, path: Path) -> None:
        if self._pause.isActive():
            self._pause.stop()
            self._take(typing=True)
        self._source.seal()
        self._taken.pop(path, None)
        view = self._views.get(path)
        if view is not None and isinstance(view.field, SettingField):
            if path not in self._typed:
                view.write(self._lines[path].text)
            # What is too long for its field is read from its beginning.
            view.field.home(False)
            if not view.field.hasFocus() and self._at == path:
                self._at = None
        self.show_state()

    def _escape(self, path: Path) -> None:
        """Back to the text that the settings have."""
        self._typed.pop(path, None)
        self._views[path].write(self._lines[path].text)
        self._take()

    def _ask_range(self, path: Path) -> None:
        self._fill_path = path
        line = self._lines[path]
        start, *between = _numbers(line) or [""]
        self._fill.open(line.label, line.unit, start, between[-1] if between else start)

    def _take_range(self, values: Range) -> None:
        if self._fill_path in self._lines:
            assert self._fill_path is not None
            self._typed[self._fill_path] = values_text(values)
            self._at = self._fill_path
            self._take()

    # -- what is shown -----------------------------------------------------------------------

    def show_state(self) -> None:
        """Show what the draft says now, and beside it what was typed and makes no sense yet."""
        wanted = self._wanted()
        shape = [(line.path, line.choices, line.label, line.ranges) for line in wanted]
        if shape != [(line.path, line.choices, line.label, line.ranges) for line in self._lines.values()]:
            self._typed = {path: text for path, text in self._typed.items() if path in {line.path for line in wanted}}
            self._make(wanted)
        if self._typed and not self._pause.isActive() and not self._source.is_unfinished(self._part):
            # Undo and Revert take back what was never taken, too.
            self._typed, self._errors = {}, {}
        self._lines = {line.path: line for line in wanted}
        base = self._source.base
        held = {} if base is None else {line.path: line.text for line in lines(base, self._source.spec)}
        for path, line in self._lines.items():
            self._show_line(path, line, held.get(path, line.text))

    def _show_line(self, path: Path, line: Line, held: str) -> None:
        view, typed = self._views[path], self._typed.get(path)
        error = self._errors.get(path, "")
        edited = line.text != held
        if typed is not None:
            # After an edit elsewhere, or where the form was made anew.
            view.write(typed)
        elif not isinstance(view.field, SettingField) or self._taken.get(path) != (view.field.text(), line.text):
            view.write(line.text)
        # What is held back by a fault elsewhere is not in force either.
        tone = "wrong" if error or typed is not None else "edited" if edited else ""
        about = f"{line.text}\n{line.help}" if len(line.text) > _LONG else line.help
        view.mark(tone, error or (f"holds: {held}\n{about}" if edited else about), line.unit)
        notes = [line.help] if self._at == path else []
        if line.effect and (edited or self._at == path) and self._source.runs:
            notes.append(f"While it runs: {line.effect}.")
        view.say(error or " ".join(filter(None, notes)), wrong=bool(error))


def _numbers(line: Line) -> list[str]:
    try:
        return [f"{number:g}" for number in read_numbers(line.text)]
    except ValueError:
        return []


def _is_long(text: str) -> bool:
    try:
        held = read_range(text)
    except ValueError:
        return False
    return held is not None and len(held.values()) > _MANY
