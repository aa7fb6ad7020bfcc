"""The drawn panels, in real widgets: what they show, when they draw, and what they do with a fault."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import enaml
import numpy as np
import pytest
from enaml.widgets.api import Container, Window
from qtpy.QtCore import QEvent, QPoint, QPointF
from qtpy.QtGui import QColor, QHelpEvent, QImage
from qtpy.QtWidgets import QApplication, QToolTip

from psi.plots.canvas_view import Canvas
from psi.plots.palette import DARK, LIGHT
from psi.plots.source import Console
from psi.stream.ring import RingWriter
from psi.stream.shared_memory import segment_name

with enaml.imports():
    from psi.plots.choices_view import ChoicesPanel
    from psi.plots.logic_view import LogicPanel
    from psi.plots.psychometric_view import PsychometricPanel
    from psi.plots.signals_view import SignalsPanel

MACHINE = [
    {"name": "waiting", "color": "", "target": "", "transitions": [{"event": "poke", "target": "hold"}]},
    {"name": "hold", "color": "blue", "target": "response", "duration": "0.2", "transitions": []},
    {"name": "response", "color": "green", "target": "waiting", "duration": "1", "transitions": []},
]
SCORING = {"scores": [{"name": "HIT", "answer": "yes"}, {"name": "MISS", "answer": "no"}]}
SPECS = [{"name": "level", "label": "Level", "unit": "dB SPL", "kind": "roving_parameter"}]


def event(name: str, at: float, source: str = "logic") -> dict[str, Any]:
    return {"kind": "event", "name": name, "time": at, "source": source, "sample": -1}


@pytest.fixture
def console() -> Any:
    rows = SimpleNamespace(run_id="a", events=[], n_events=0, trials=[], n_trials=0)
    state = {"run_id": "a", "machine": MACHINE, "specs": SPECS, "scoring": SCORING, "outputs": [], "status": {}}
    return SimpleNamespace(state=state, rows=rows, theme=DARK)


@pytest.fixture
def ring() -> Iterator[RingWriter]:
    with RingWriter(segment_name("gui-plots", "stream0"), 1, "float32", 20_000) as writer:
        yield writer


def with_ring(console: Any, ring: RingWriter) -> None:
    stream = {
        "name": "poke_analog",
        "segment": ring.name,
        "fs": 1000.0,
        "n_channels": 1,
        "dtype": "float32",
        "unit": "V",
    }
    console.state = {**console.state, "status": {"segments": {"streams": [stream]}}}


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        QApplication.processEvents()


@pytest.fixture
def show(application: object) -> Iterator[Callable[..., Canvas]]:
    """Shows a panel in a window and gives its canvas, which has been drawn."""
    windows: list[Window] = []

    def shown(panel: Any, console: Console, width: int = 500, height: int = 300) -> Canvas:
        window = Window()
        container = Container(window, padding=0)
        made = panel(container, console=console)
        windows.append(window)
        window.show()
        window.proxy.widget.resize(width, height)
        canvas = made.get_widget()
        wait_until(lambda: canvas.frames and canvas.width() >= width - 2)
        return canvas

    yield shown
    for window in windows:
        if not window.is_destroyed:
            window.destroy()
    QApplication.processEvents()


def grab(canvas: Canvas) -> QImage:
    return canvas.grab().toImage()


def n_pixels(image: QImage, color: str, tolerance: int = 12) -> int:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = image.bits()
    pixels = np.frombuffer(bits.asarray(image.sizeInBytes()), np.uint8).reshape(image.height(), -1, 4)[..., :3]
    wanted = QColor(color)
    distance = np.abs(pixels.astype(int) - [wanted.blue(), wanted.green(), wanted.red()]).max(axis=-1)
    return int((distance <= tolerance).sum())


def looks(canvas: Canvas, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What each look of ``canvas`` from now on says."""
    said: list[bool] = []
    look = canvas.look

    def listening() -> bool:
        said.append(look())
        return said[-1]

    monkeypatch.setattr(canvas, "look", listening)
    return said


def test_signals_show_what_the_ring_holds_and_draw_again_when_there_is_more(
    show: Callable[..., Canvas], console: Any, ring: RingWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = show(SignalsPanel, console)
    assert n_pixels(grab(canvas), DARK.accent) == 0
    ring.write(np.zeros((1, 3000), "float32"))
    with_ring(console, ring)
    wait_until(lambda: canvas.traces.traces)
    shown = n_pixels(grab(canvas), DARK.accent)
    assert shown > 0.2 * canvas.width()
    wait_until(lambda: canvas.traces.end == 3.0)
    said = looks(canvas, monkeypatch)
    wait_until(lambda: len(said) >= 3 and not any(said[-2:]))
    frames = canvas.frames
    wait_until(lambda: len(said) >= 6)
    assert canvas.frames == frames
    ring.write(np.ones((1, 3000), "float32"))
    wait_until(lambda: canvas.frames > frames)
    assert n_pixels(grab(canvas), DARK.accent) > 1.5 * shown


def test_what_was_drawn_bit_by_bit_is_what_is_drawn_at_once(
    show: Callable[..., Canvas], console: Any, ring: RingWriter
) -> None:
    with_ring(console, ring)
    steady = np.random.default_rng(3).standard_normal((1, 500)).astype(np.float32)
    steady[0, :2] = -5, 5
    ring.write(steady)
    canvas = show(SignalsPanel, console)
    rng = np.random.default_rng(4)
    for n in rng.integers(1, 90, 400):
        ring.write(rng.uniform(-4, 4, (1, n)).astype(np.float32))
        canvas.look()
        picture = grab(canvas)
    # Other colours make it paint everything anew.
    canvas.theme = LIGHT
    assert grab(canvas) != picture
    canvas.theme = DARK
    assert grab(canvas) == picture


def test_marks_are_lines_until_they_would_hide_the_signals(
    show: Callable[..., Canvas], console: Any, ring: RingWriter
) -> None:
    ring.write(np.zeros((1, 10_000), "float32"))
    with_ring(console, ring)
    canvas = show(SignalsPanel, console, width=600, height=300)
    wait_until(lambda: canvas.traces.end == 10.0)

    def marked(n: int) -> int:
        """Pixels of the marks' colour with ``n`` touches in the window."""
        touches = [event("poke", at, source="input") for at in np.linspace(0.5, 9.5, n)]
        console.rows = SimpleNamespace(run_id=str(n), events=touches, n_events=n, trials=[], n_trials=0)
        wait_until(lambda: len(canvas.marks.marks) == n)
        image = grab(canvas)
        # Below the ticks and above the trace, in the middle of the plot.
        return n_pixels(image.copy(100, 40, 400, 40), faded_text(), tolerance=40)

    def faded_text() -> str:
        text, field = QColor(DARK.text).getRgb(), QColor(DARK.field).getRgb()
        mixed = [round(0.75 * a + 0.25 * b) for a, b in zip(text[:3], field[:3], strict=True)]
        return QColor(*mixed).name()

    few = marked(20)
    assert few > 10 * 40 * 0.9
    assert marked(500) < 0.1 * few


def test_the_axes_follow_the_theme_and_the_range(show: Callable[..., Canvas], console: Any, ring: RingWriter) -> None:
    ring.write(np.zeros((1, 3000), "float32"))
    with_ring(console, ring)
    canvas = show(SignalsPanel, console)
    wait_until(lambda: canvas.traces.end == 3.0)

    def axes() -> QImage:
        return grab(canvas).copy(0, 0, 60, canvas.height())

    first = axes()
    assert axes() == first
    ring.write(np.full((1, 1000), 50.0, "float32"))
    wait_until(lambda: canvas.traces.end == 4.0)
    higher = axes()
    assert higher != first
    console.theme = LIGHT
    canvas.theme = LIGHT
    assert n_pixels(axes(), LIGHT.panel) > 0.5 * 60 * canvas.height()


def test_bands_have_the_colour_of_their_state_and_tell_their_name(
    show: Callable[..., Canvas], console: Any, ring: RingWriter
) -> None:
    ring.write(np.zeros((1, 10_000), "float32"))
    with_ring(console, ring)
    console.rows.events = [
        event("response_start", 2.0),
        event("poke_rising", 3.0, "poke"),
        event("response_end", 6.0),
    ]
    console.rows.n_events = 3
    canvas = show(SignalsPanel, console)
    plot = canvas._plot
    image = grab(canvas)

    def at(time: float) -> QPointF:
        return QPointF(plot.left() + time / 10 * plot.width(), plot.bottom() - 10)

    inside, outside = (QColor(image.pixel(at(time).toPoint())) for time in (4.6, 7.6))
    assert inside.green() > outside.green() + 10
    assert inside.green() > inside.red() + 10
    assert canvas.hint_at(at(4.6)).splitlines()[1] == "response"
    assert canvas.hint_at(at(3.0)).splitlines()[1:] == ["response", "3.0000 s  poke_rising"]
    assert canvas.hint_at(QPointF(1, 1)) == ""


def test_a_closed_window_lets_go_of_the_rings(show: Callable[..., Canvas], console: Any, ring: RingWriter) -> None:
    with_ring(console, ring)
    canvas = show(SignalsPanel, console)
    (trace,) = canvas.traces.traces
    traces = canvas.traces
    canvas.window().close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    wait_until(lambda: not traces.traces)
    with pytest.raises(ValueError):
        trace._reader.read(0, 1)


def test_a_panel_that_cannot_be_seen_does_not_look(show: Callable[..., Canvas], console: Any, ring: RingWriter) -> None:
    canvas, other = show(SignalsPanel, console), show(LogicPanel, console)
    canvas.hide()
    with_ring(console, ring)
    ring.write(np.zeros((1, 10), "float32"))
    for state in ("hold", "response", "waiting"):
        console.state = {**console.state, "status": {**console.state["status"], "state": state}}
        wait_until(lambda state=state: other.logic.trial.current == state)
    assert canvas.traces.traces == []
    canvas.show()
    assert len(canvas.traces.traces) == 1


def test_the_current_state_is_lit(show: Callable[..., Canvas], console: Any) -> None:
    canvas = show(LogicPanel, console)
    for state, color in (("response", DARK.states["green"]), ("hold", DARK.states["blue"])):
        console.state = {**console.state, "status": {"state": state, "time": 1.0}}
        wait_until(lambda state=state: canvas.logic.trial.current == state)
        image = grab(canvas)
        place = canvas.place(state)
        lit = QColor(image.pixel(QPoint(int(place.left()) + 5, int(place.center().y()))))
        assert lit.name() == color
        dark = canvas.place("waiting")
        assert QColor(image.pixel(QPoint(int(dark.left()) + 5, int(dark.center().y())))).name() == DARK.field


@pytest.mark.parametrize("size", [(284, 180), (900, 160), (160, 120)])
def test_boxes_lie_within_the_panel_and_not_on_each_other(
    show: Callable[..., Canvas], console: Any, size: tuple[int, int]
) -> None:
    canvas = show(LogicPanel, console, *size)
    grab(canvas)
    places = [canvas.place(state["name"]) for state in MACHINE]
    assert all(canvas.rect().contains(place.toAlignedRect()) for place in places)
    assert not any(a.intersects(b) for index, a in enumerate(places) for b in places[index + 1 :])


def test_pointing_at_a_state_tells_its_ways_out(show: Callable[..., Canvas], console: Any) -> None:
    canvas = show(LogicPanel, console)
    grab(canvas)
    where = canvas.place("hold").center().toPoint()
    QApplication.sendEvent(canvas, QHelpEvent(QEvent.Type.ToolTip, where, canvas.mapToGlobal(where)))
    assert QToolTip.text() == "hold\nafter 0.2 s: response"
    QToolTip.hideText()


def test_the_psychometric_function_appears_with_the_trials(show: Callable[..., Canvas], console: Any) -> None:
    canvas = show(PsychometricPanel, console)
    assert canvas.caption() == "no trials yet"
    assert n_pixels(grab(canvas), DARK.accent) == 0
    yes = {20: 1, 25: 2, 30: 10, 35: 17, 40: 19}
    trials = [
        {"level": float(level), "score": "HIT" if number < n else "MISS", "completed": True}
        for level, n in yes.items()
        for number in range(20)
    ]
    console.rows.trials, console.rows.n_trials = trials, len(trials)
    wait_until(lambda: canvas.psychometric.fit is not None)
    assert canvas.caption().startswith("threshold 30")
    assert n_pixels(grab(canvas), DARK.accent) > 300


def test_choices_are_drawn_by_side_as_they_come(show: Callable[..., Canvas], console: Any) -> None:
    canvas = show(ChoicesPanel, console, 284, 150)
    assert canvas.caption() == "no choices yet"
    blank = n_pixels(grab(canvas), DARK.text)
    console.state = {**console.state, "specs": [{"name": "side", "limits": [1, 2]}]}
    trials = [{"side": 1 + n % 2, "choice": 1 if n % 4 else 1 + n % 2, "completed": True} for n in range(40)]
    console.rows.trials, console.rows.n_trials = trials, len(trials)
    wait_until(lambda: canvas.choices.bias is not None)
    assert canvas.caption().startswith("bias to side 1: 1.00")
    wait_until(lambda: n_pixels(grab(canvas), DARK.text) > blank + 20)


@pytest.mark.parametrize("size", [(284, 200), (284, 120), (700, 160)])
def test_each_region_has_its_current_state_lit_and_says_how_long_it_still_takes(
    show: Callable[..., Canvas], console: Any, size: tuple[int, int]
) -> None:
    pouring = {"name": "pouring", "region": "reward", "begins": "deliver_reward", "owns_trial": False}
    trial = [{**state, "region": "logic", "owns_trial": True} for state in MACHINE]
    logic = {"logic": {"state": "hold", "ends": 10.2}, "reward": {"state": "pouring", "ends": 12.0}}
    console.state = {
        **console.state,
        "machine": [*trial, {**pouring, "color": "orange", "duration": "2", "target": "", "transitions": []}],
        "status": {"state": "hold", "time": 10.0, "logic": logic},
    }
    canvas = show(LogicPanel, console, *size)
    wait_until(lambda: len(canvas.logic.regions) == 2 and canvas.logic.regions[1].current == "pouring")
    image = grab(canvas)
    assert canvas.logic.regions[1].title == "reward on deliver reward"
    assert (canvas.logic.trial.remaining, canvas.logic.regions[1].remaining) == (0.2, 2.0)
    places = [canvas.place(state["name"]) for state in console.state["machine"]]
    assert not any(a.intersects(b) for index, a in enumerate(places) for b in places[:index])
    for name, color in (("hold", DARK.states["blue"]), ("pouring", DARK.states["orange"])):
        place = canvas.place(name)
        assert canvas.rect().contains(place.toRect())
        lit = QColor(image.pixel(QPoint(int(place.left()) + 5, int(place.center().y()))))
        assert lit.name() == color


def test_the_caption_goes_to_whoever_frames_the_panel_and_is_drawn_inside_while_nobody_does(
    show: Callable[..., Canvas], console: Any
) -> None:
    canvas = show(LogicPanel, console)
    inside = canvas.place("waiting").top()
    heard: list[str] = []
    canvas.noted.connect(lambda text, tone: heard.append(text))
    console.rows.events, console.rows.n_events = [event("hold_start", 1.0)], 1
    console.state = {**console.state, "status": {"state": "hold", "time": 1.5}}
    wait_until(lambda: heard)
    assert heard == ["hold for 0.5 s"]
    assert canvas.note == ("hold for 0.5 s", "")
    grab(canvas)
    assert canvas.place("waiting").top() < inside


def test_the_colours_are_the_consoles_also_when_they_change(show: Callable[..., Canvas], console: Any) -> None:
    canvas = show(LogicPanel, console)
    assert QColor(grab(canvas).pixel(0, 0)).name() == DARK.panel
    frames = canvas.frames
    console.theme = LIGHT
    wait_until(lambda: canvas.frames > frames)
    assert QColor(grab(canvas).pixel(0, 0)).name() == LIGHT.panel


def test_without_a_theme_the_colours_go_with_the_palette(show: Callable[..., Canvas], console: Any) -> None:
    console.theme = None
    canvas = show(LogicPanel, console)
    for window, theme in (("#202020", DARK), ("#f8f8f8", LIGHT)):
        palette = canvas.palette()
        palette.setColor(palette.ColorRole.Window, QColor(window))
        canvas.setPalette(palette)
        assert QColor(grab(canvas).pixel(0, 0)).name() == theme.panel


def test_a_fault_is_shown_in_its_place_and_the_others_go_on(
    show: Callable[..., Canvas], console: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = show(PsychometricPanel, console), show(LogicPanel, console)
    said = looks(other, monkeypatch)

    def fails() -> bool:
        raise KeyError("level")

    monkeypatch.setattr(broken, "look", fails)
    wait_until(lambda: broken.error)
    assert broken.error == "KeyError: 'level'"
    assert n_pixels(grab(broken), DARK.muted, 40) > 50
    before = len(said)
    wait_until(lambda: len(said) > before + 2)


def test_a_fault_while_drawing_is_shown_in_its_place(
    show: Callable[..., Canvas], console: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = show(LogicPanel, console)

    def fails(painter: object, area: object) -> None:
        raise ZeroDivisionError("no width")

    monkeypatch.setattr(canvas, "draw", fails)
    grab(canvas)
    assert canvas.error == "ZeroDivisionError: no width"
