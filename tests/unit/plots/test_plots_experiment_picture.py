"""The picture of an experiment is whole, apart and well formed, whatever things are called."""

from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from psi.assembly.description import describe_logic
from psi.assembly.workbench import load_workbench
from psi.controller.graph import graph_lines
from psi.plots.experiment_picture import experiment_svg
from psi.plots.flow import Box, draw, place
from psi.plots.logic_picture import LogicPicture
from psi.plots.svg import Drawing, text_width, wrapped

NAMES = {"svg": "http://www.w3.org/2000/svg"}


def loaded_controller(paradigm, rig):
    loaded, faults = load_workbench(paradigm, rig, (), ())
    assert not faults
    return loaded.controller


def picture(paradigm, rig):
    controller = loaded_controller(paradigm, rig)
    states = describe_logic(controller.regions())
    return ElementTree.fromstring(experiment_svg(controller, states, f"{paradigm} on {rig}"))


def words(svg):
    """Every line of text in the picture, as somebody would select it."""
    return [text.text for text in svg.iterfind(".//svg:text", NAMES)]


def titles(svg):
    """What is on the first line of each box: its name, and its kind at the right."""
    texts = svg.findall(".//svg:text", NAMES)
    return [f"{name.text} {kind.text}" for name, kind in pairwise(texts) if kind.get("text-anchor") == "end"]


def rectangles(svg):
    return [
        tuple(float(rect.get(name)) for name in ("x", "y", "width", "height"))
        for rect in svg.iterfind(".//svg:rect", NAMES)
    ]


def overlap(a, b):
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def test_the_picture_says_what_every_node_is_and_who_reads_it():
    svg = picture("appetitive_gonogo", "simulated")
    said = [*words(svg), *titles(svg)]
    for line in (
        "appetitive_gonogo on simulated",
        "booth SimulatedEngine",
        "speaker AOChannel",
        "background ContinuousOutput",
        "plays Noise",
        "microphone Input",
        "200000 /s, V, 1 channel",
        "nose_poke_analog Downsample",
        "saved as float32, plotted",
        "not saved",
        "saved as events, plotted",
        "nose_poke_rising event",
        "trial logic waits for it in waiting",
        "nobody waits for it",
        "psi.controller.start",
        "output = target",
        "in pellet_dispenser",
        "a run begins here",
        "posts deliver_reward, trial_end",
        "after hold_duration s → present",
    ):
        assert line in said, line
    # The low-pass computes only what the downsampler keeps.
    assert (said.count("one"), said.count("step")) == (1, 1)


@pytest.mark.parametrize("rig", ["simulated", "simulated_array", "replay_ecg"])
def test_the_picture_has_the_rate_unit_shape_and_delay_of_each_node_of_the_text(rig):
    text = graph_lines(loaded_controller("record", rig))
    expected = [line.split(" | ")[1] for line in text if " | " in line and " /s, " in line]
    said = [line for line in words(picture("record", rig)) if " /s, " in line and "channel" in line]
    assert sorted(said) == sorted(expected)


def test_an_event_of_the_signals_leads_to_what_is_done_on_it():
    svg = picture("beat_locked", "replay_ecg")
    said = [*words(svg), *titles(svg)]
    assert "What is done on other events" not in said
    assert "Trial logic" not in said
    assert said.count("beat_rising event") == 1
    # Once where it is played and once where it is worked.
    assert said.count("stimulus EpochOutput") == 2


@pytest.mark.parametrize(
    ("paradigm", "rig"),
    [("appetitive_gonogo", "simulated"), ("record", "simulated_array"), ("beat_locked", "replay_ecg")],
)
def test_everything_lies_inside_the_picture(paradigm, rig):
    svg = picture(paradigm, rig)
    width, height = float(svg.get("width")), float(svg.get("height"))
    for x, y, w, h in rectangles(svg):
        assert min(x, y) >= 0
        assert x + w <= width
        assert y + h <= height
    for text in svg.iterfind(".//svg:text", NAMES):
        assert 0 < float(text.get("y")) < height


def test_a_rig_without_actions_or_logic_is_drawn_too():
    assert "Trial logic" not in words(picture("record", "simulated_array"))


RIG = """
from psi.api import (
    AIChannel, DOChannel, Edges, ExperimentAction, Extension, Input, Rig, SimulatedEngine, Threshold, Toggle
)

class Plain:
    # What runs need not be a dataclass, as long as it does what a stage does.
    reads = gives = 'samples'
    def bind(self, info):
        return info
    def process(self, chunk):
        return chunk

class Own(Input):
    def stage(self):
        return Plain()

enamldef Small(Rig):
    id = 'small'
    Extension:
        id = 'hardware'
        point = 'psi.controller.hardware'
        SimulatedEngine:
            AIChannel:
                channel = 'Dev1/ai0'
                fs = 1000
                Own:
                    name = 'own'
                Input:
                    Threshold:
                        threshold = 1
                Threshold:
                    threshold = 0.5
                    Edges:
                        name = 'touch'
            DOChannel:
                channel = 'Dev1/port0/line0'
                Toggle:
                    name = 'light'
    Extension:
        id = 'actions'
        point = 'psi.controller.actions'
        ExperimentAction:
            event = 'touch_rising and not light_active'
            command = 'psi.controller.set_high'
            kwargs = {'output': 'light'}
            delay = 0.5
"""


def test_what_is_unusual_is_drawn_as_well(tmp_path):
    path = tmp_path / "small.enaml"
    path.write_text(RIG)
    svg = picture("record", str(path))
    said = [*words(svg), *titles(svg)]
    for line in (
        "SimulatedEngine",
        "own Own",
        "after 0.5 s",
        "if touch_rising and not light_active",
        "on Dev1/port0/line0",
    ):
        assert line in said, line
    assert said.count("nobody reads it") == 2
    assert said.count("light Toggle") == 2


# -- trees ------------------------------------------------------------------------------------


def tree(rng, depth=0):
    box = Box("b" * int(rng.integers(1, 30)), "stage", lines=tuple("line" for _ in range(rng.integers(0, 5))))
    box.children = [tree(rng, depth + 1) for _ in range(rng.integers(0, 4 - depth))]
    if box.children:
        box.children[0].joined = bool(rng.integers(0, 2))
    return box


@pytest.mark.parametrize("seed", range(20))
def test_boxes_never_cover_each_other(seed):
    rng = np.random.default_rng(seed)
    roots = [tree(rng) for _ in range(3)]
    right, bottom = place(roots, 10, 20)
    boxes = [box for root in roots for box, _ in root.walk()]
    places = [(box.x, box.y, box.width, box.height) for box in boxes]
    assert not any(overlap(a, b) for index, a in enumerate(places) for b in places[:index])
    assert min(box.x for box in boxes) == 10
    assert min(box.y for box in boxes) >= 20 - 1e-6
    assert max(box.x + box.width for box in boxes) == pytest.approx(right)
    assert max(box.y + box.height for box in boxes) <= bottom + 1e-6
    for box in boxes:
        assert all(child.x > box.x + box.width for child in box.children)


def test_a_box_that_is_computed_in_one_step_stands_level_with_the_one_before_it():
    joined = Box("thin", "stage", joined=True, lines=("a", "b"))
    root = Box("filter", "stage", children=[joined, Box("other", "stage"), Box("third", "stage")])
    place([root], 0, 0)
    assert root.middle == joined.middle


def test_an_arrow_points_to_what_takes_the_samples():
    def tips(gives_back):
        root = Box("a", "channel", children=[Box("b", "output", gives_back=gives_back)])
        place([root], 0, 0)
        drawing = Drawing()
        draw([root], drawing)
        svg = ElementTree.fromstring(drawing.svg(500, 100, "x"))
        (head,) = [path.get("d") for path in svg.iterfind(".//svg:path", NAMES) if path.get("fill") != "none"]
        return root, float(head[1:].split(",")[0])

    root, tip = tips(gives_back=False)
    assert tip == pytest.approx(root.children[0].x, abs=0.1)
    root, tip = tips(gives_back=True)
    assert tip == pytest.approx(root.x + root.width, abs=0.1)


# -- trial logic ------------------------------------------------------------------------------


def machine_of(rng, n):
    names = [f"state_{number}" for number in range(n)]
    return [
        {
            "name": name,
            "color": "blue" if rng.integers(0, 2) else "",
            "duration": "1",
            "target": str(rng.choice(names)) if rng.integers(0, 2) else "",
            "posts": [],
            "transitions": [
                {"event": "poke_rising", "condition": "", "target": str(rng.choice(names))}
                for _ in range(rng.integers(0, 4))
            ],
        }
        for name in names
    ]


@pytest.mark.parametrize("seed", range(20))
def test_lines_of_the_logic_run_from_state_to_state_and_through_no_other(seed):
    rng = np.random.default_rng(seed)
    machine = machine_of(rng, int(rng.integers(1, 9)))
    logic, drawing = LogicPicture(machine, 10, 20), Drawing()
    logic.draw(drawing)
    svg = ElementTree.fromstring(drawing.svg(logic.right, logic.bottom, "x"))
    # Those of a colour's stripe are narrow.
    places = [place for place in rectangles(svg) if place[2] > 10]
    assert len(places) == len(machine)
    assert not any(overlap(a, b) for index, a in enumerate(places) for b in places[:index])
    of = dict(zip([box.name for box in logic.graph.boxes], places, strict=True))
    for line in logic.graph.lines:
        way = logic.way(line)
        for (x, y), name in ((way[0], line.source), (way[-1], line.target)):
            left, top, width, height = of[name]
            assert left <= x <= left + width
            assert min(abs(y - top), abs(y - top - height)) < 0.2
        # Where a line passes a layer it is upright: there it must not touch a box.
        for (x0, y0), (x1, y1) in pairwise(way):
            if x0 == x1:
                for name, (left, top, width, height) in of.items():
                    inside = left < x0 < left + width and min(y0, y1) < top + height - 0.2 and max(y0, y1) > top + 0.2
                    assert not inside, (line.source, line.target, name)


# -- svg --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["<b>&amp;\"'", "µV → Ω", "a\x07\x00b", "\ud800", "]]>", "--"])
def test_any_name_is_shown_as_it_is_and_breaks_nothing(name):
    drawing = Drawing()
    drawing.text(1, 2, name)
    drawing.rect(0, 0, 1, 1, name, name)
    svg = ElementTree.fromstring(drawing.svg(10, 10, name).encode())
    shown = "".join(c if c.isprintable() else "\ufffd" for c in name)
    assert svg.find("svg:title", NAMES).text == shown
    assert words(svg) == [shown]


def test_longer_and_bolder_words_take_more_room():
    assert text_width("mm", 12) > text_width("m", 12) > text_width("i", 12) > 0
    assert text_width("spikes", 12, bold=True) > text_width("spikes", 12)
    assert text_width("spikes", 24) == pytest.approx(2 * text_width("spikes", 12))
    assert wrapped("", 5) == [""]
    assert wrapped("ab cd", 3) == ["ab", "  cd"] or wrapped("ab cd", 4) == ["ab", "  cd"]
