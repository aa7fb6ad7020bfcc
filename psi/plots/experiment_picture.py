"""The picture of an experiment: what flows where, what follows what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psi.controller.plugin import ControllerPlugin
from psi.plots.flow import Box, draw, place
from psi.plots.flow_boxes import FlowBoxes
from psi.plots.logic_picture import LogicPictures, legend
from psi.plots.svg import LINE, Drawing, text_width

#: Around everything; between two sections, below each other and side by side; from a heading to what it heads.
_EDGE, _SECTION, _BESIDE, _HEADING = 24.0, 48.0, 72.0, 14.0
#: Pixels up to which trial logic stands beside the actions, where it is wider than the signals.
_WIDEST = 1400.0


def experiment_svg(controller: ControllerPlugin, machine: Sequence[Mapping[str, Any]], title: str) -> str:
    """SVG with the engines, channels, chains and outputs, the actions, and the trial logic below.

    It has no background and reads on a white page as on a black one; its words can be selected and searched.

    Parameters
    ----------
    controller
        Whose declarations have been found to be in order.
    machine
        The states of the trial logic; empty where there is none.
    title
        What the picture is of.
    """
    boxes = FlowBoxes(controller, machine)
    signals, actions = boxes.signals(), boxes.actions()
    drawing = Drawing()
    drawing.text(_EDGE, _EDGE + 8, title, 16, LINE, bold=True)
    right, bottom = place(signals, _EDGE, _EDGE + 8 + _SECTION)
    width = max(right, _EDGE + text_width(title, 16, bold=True))
    _draw_flow("Signals", signals, drawing)
    below = bottom + _SECTION
    right, bottom = place(actions, _EDGE, below) if actions else (_EDGE, bottom)
    _draw_flow("What is done on other events", actions, drawing)
    if machine:
        logic = LogicPictures(machine, right + _BESIDE, below)
        if not actions or logic.right > max(width, _WIDEST):
            logic = LogicPictures(machine, _EDGE, bottom + _SECTION)
        drawing.text(logic.left, logic.top - _HEADING, "Trial logic", 13, LINE, bold=True)
        legend(drawing, logic.left + 90, logic.top - _HEADING)
        logic.draw(drawing)
        right, bottom = max(right, logic.right), max(bottom, logic.bottom)
    return drawing.svg(max(width, right) + _EDGE, bottom + _EDGE, title)


def _draw_flow(heading: str, roots: Sequence[Box], drawing: Drawing) -> None:
    if roots:
        top = min(box.y for root in roots for box, _ in root.walk())
        drawing.text(_EDGE, top - _HEADING, heading, 13, LINE, bold=True)
        draw(roots, drawing)
