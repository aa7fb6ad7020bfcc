"""A panel that a manifest declares: its figures follow the run, and its faults stay its own."""

from __future__ import annotations

from typing import Any

from psi.application.console import declared_panels
from psi.experiment.figures_view import FiguresView
from psi.experiment.rows import MAX_EVENTS


def texts(view: FiguresView) -> dict[str, str]:
    return {caption: label.text() for caption, label in view.figures.items()}


def test_the_shipped_panel_counts_rewards(window: Any) -> None:
    panel = declared_panels("appetitive_gonogo", "simulated", ["reward_count"])["reward_count"]
    made = panel.view()(console=window.console)
    view = FiguresView(made.compute, window.console)
    assert texts(view) == {"pellets": "0", "since the last": "–"}
    window.console.rows.take([{"kind": "event", "name": "deliver_reward", "time": 2.0}])
    window.console.state = {**window.console.state, "status": {"time": 9.0}}
    window.console.changed({"rows"})
    assert texts(view) == {"pellets": "1", "since the last": "7 s"}
    window.console.rows.take([{"kind": "event", "name": "any", "time": 3.0}] * (MAX_EVENTS + 1))
    window.console.rows.take([{"kind": "event", "name": "deliver_reward", "time": 8.0}])
    window.console.changed({"rows"})
    assert texts(view) == {"pellets": "2", "since the last": "1 s"}
    window.console.rows.begin("another", "running")
    window.console.changed({"rows"})
    assert texts(view) == {"pellets": "0", "since the last": "–"}
    view.release()
    view.deleteLater()


def test_a_function_that_raises_is_shown_in_its_place(window: Any) -> None:
    calls = []

    def compute(console: Any) -> dict[str, str]:
        calls.append(console)
        if len(calls) > 1:
            raise KeyError("pupil")
        return {"pupil": "3 mm"}

    view = FiguresView(compute, window.console)
    window.console.changed({"rows"})
    window.console.changed({"rows"})
    assert len(calls) == 2
    assert view._looking is False
    view.deleteLater()
