"""A chain is run without a rig, whatever it is written in and however its samples come."""

import numpy as np
import pytest

from psi.core.errors import ConfigurationError, RunFault
from psi.inputs.downsample import Downsample
from psi.inputs.edges import Edges
from psi.inputs.input import Input, InputStage
from psi.inputs.stage import StageBase
from psi.inputs.threshold import Threshold
from psi.stream.info import Chunk, Mark
from psi.stream.stage import EpochStage
from psi.testing import drive

THIN = """
Downsample:
    name = 'thin'
    q = 2
"""
POKES = """
Threshold:
    threshold = 0.5
    Edges:
        name = 'poke'
        debounce = 2
"""


class MarkCounter(Input):
    """Tells which marks had come when each chunk was processed."""

    def stage(self):
        return MarkCounterStage(self.name)


class MarkCounterStage(StageBase, EpochStage):
    kind = "MarkCounter"
    listens_to = ("cue",)

    def bind(self, info):
        self.chunks, self.marks = [], []
        return self.makes(info)

    def mark(self, mark):
        self.marks.append(mark)

    def process(self, chunk):
        self.chunks.append((chunk.s0, chunk.n_samples, [mark.time for mark in self.marks]))
        return ()

    def finish(self):
        return ()


def chunks_and_marks(data, fs, chunk_sizes, **options):
    """What a chain was given: (first sample, number of samples, times of the marks so far) of each chunk."""
    driven = drive(MarkCounter(name="counter"), data, fs, chunk_sizes, **options)
    return driven.chain.node("counter").stage


def pokes():
    root = Threshold(threshold=0.5)
    Edges(root, name="poke", debounce=2)
    return root


STEPS = [0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]


# -- what a chain is written in ---------------------------------------------------------------


def test_text_and_declarations_are_the_same_chain():
    from_text, declared = drive(POKES, STEPS, 100), drive(pokes(), STEPS, 100)
    assert from_text.events == declared.events
    assert [(event.sample, event.edge) for event in from_text.events] == [(2, "rising"), (7, "falling")]
    assert [event.time for event in from_text.events] == [0.02, 0.07]
    assert {event.name for event in from_text.events} == {"poke"}


def test_a_chain_may_have_several_stages_side_by_side():
    driven = drive([Downsample(name="thin", q=2), Input(name="whole"), pokes()], STEPS, 100)
    assert set(driven.streams) == {"thin", "whole"}
    assert np.array_equal(driven.streams["whole"], [STEPS])
    assert np.array_equal(driven.streams["thin"], [STEPS[::2]])
    assert (driven.info["thin"].fs, driven.info["whole"].fs) == (50, 100)
    assert len(driven.events) == 2


def test_text_may_import_and_compute_what_it_needs():
    text = """
    # thin out by as many as there are

    from math import (
        isqrt,
    )
    Downsample:
        name = 'thin'
        q = isqrt(4)
    CalibratedInput: pascals:
        name = 'pascals'
        sensitivity = 2 * pi / np.pi
    """
    driven = drive(text, STEPS, 100)
    assert np.array_equal(driven.streams["thin"], [STEPS[::2]])
    assert np.allclose(driven.streams["pascals"], np.divide(STEPS, 2))


def test_only_stages_with_a_name_are_given():
    assert drive(POKES, STEPS, 100).streams == {}
    assert drive("Input:\n    Input:\n        name = 'x'", STEPS, 100).streams.keys() == {"x"}


# -- samples ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chunk_sizes", "expected"),
    [
        (None, [2, 2, 2, 2, 2]),
        (3, [3, 3, 3, 1]),
        ((4, 1), [4, 1, 4, 1]),
        ([0, 6, 0], [6, 4]),
        (np.array([7, 2]), [7, 2, 1]),
        (iter([5]), [5, 5]),
        (1000, [10]),
    ],
)
def test_samples_come_in_chunks_as_asked(chunk_sizes, expected):
    # 10 ms of 200 samples/s are two samples. A chain without samples in it is not asked to do anything.
    stage = chunks_and_marks(STEPS, 200, chunk_sizes)
    assert [n for _, n, _ in stage.chunks] == expected
    assert [s0 for s0, _, _ in stage.chunks] == [sum(expected[:index]) for index in range(len(expected))]


@pytest.mark.parametrize("chunk_sizes", [1, 3, (0, 1), (2, 0, 5), 1000, None])
@pytest.mark.parametrize("s0", [0, 3])
def test_any_chunks_give_the_same(chunk_sizes, s0):
    driven = drive(THIN + POKES, STEPS, 100, chunk_sizes, s0=s0)
    assert np.array_equal(driven.streams["thin"], [STEPS[s0 % 2 :: 2]])
    assert driven.s0["thin"] == (s0 + 1) // 2
    assert [event.sample for event in driven.events] == [2 + s0, 7 + s0]


@pytest.mark.parametrize("chunk_sizes", [0, (0, 0), (), (3, -1)])
def test_chunks_that_never_reach_the_end_are_refused(chunk_sizes):
    with pytest.raises(ConfigurationError, match="never reach the end; give sizes of 0 and more, not all 0"):
        drive(THIN, STEPS, 100, chunk_sizes)


def test_without_samples_there_are_streams_without_samples():
    driven = drive(THIN + POKES, np.empty((3, 0)), 100)
    assert driven.streams["thin"].shape == (3, 0)
    assert driven.events == []


def test_channels_have_their_labels_and_edges_their_channel():
    data = np.array([STEPS, np.zeros(10), STEPS[::-1]])
    before = data.copy()
    driven = drive(THIN + POKES, data, 100, 3, "mV", labels=("left", "middle", "right"))
    assert driven.streams["thin"].shape == (3, 5)
    assert driven.info["thin"].labels == ("left", "middle", "right")
    assert (driven.info["thin"].unit, driven.info["thin"].n_channels) == ("mV", 3)
    assert {event.channel for event in driven.events} == {0, 2}
    assert np.array_equal(data, before)
    assert data.flags.writeable


def test_a_stage_that_changes_its_samples_is_found():
    class Doubling(InputStage):
        def process(self, chunk):
            chunk.data[:] *= 2
            return chunk

    class Doubled(Input):
        def stage(self):
            return Doubling(self.name)

    with pytest.raises(ValueError, match="read-only"):
        drive(Doubled(name="x"), STEPS, 100)


def test_whole_numbers_and_levels_stay_what_they_are():
    text = "Input:\n    name = 'x'\n    dtype = '{}'"
    assert drive(text.format("int16"), np.arange(4, dtype=np.int16), 100).streams["x"].dtype == np.int16
    assert drive(text.format("bool"), [True, False], 100).streams["x"].dtype == bool


# -- marks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late", "expected"),
    [(0.0, [[], [0.05], [0.05], [0.05, 0.11]]), (0.03, [[], [], [0.05], [0.05]])],
)
def test_a_mark_is_told_with_the_samples_of_its_time_or_as_late_as_asked(late, expected):
    marks = [("cue", 0.11), Mark("cue", 0.05, {"trial": 1}), ("something_else", 0.0)]
    stage = chunks_and_marks(np.zeros(12), 100, 3, marks=marks, marks_late=late)
    assert [seen for _, _, seen in stage.chunks] == expected
    # What is later than the samples is told at the end.
    assert [(mark.time, dict(mark.metadata)) for mark in stage.marks] == [(0.05, {"trial": 1}), (0.11, {})]


def test_marks_count_from_sample_0_whatever_the_first_sample_is():
    stage = chunks_and_marks(np.zeros(6), 100, 3, s0=100, marks=[("cue", 1.04)])
    assert [(s0, seen) for s0, _, seen in stage.chunks] == [(100, []), (103, [1.04])]


# -- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["the chain has no stage; write at least one, such as 'Input:' and its name"]),
        (
            "\n\n    Downsample:\n        name = 'a'\n        q = = 2",
            ["chain, line 3: cannot be read: invalid syntax"],
        ),
        (
            "import math\n\nDownsample:\n    name = 'a'\n    q == 2",
            ["chain, line 5: cannot be read: invalid syntax"],
        ),
        (
            "Downsample:\n    name = 'a'\n   q = 2",
            ["chain, line 3: cannot be read: unindent does not match any outer indentation level"],
        ),
        ("Downsample:\n    q = (2", ["chain, line 2: cannot be read: EOF in multi-line statement; is a bracket still"]),
        ("import nowhere_at_all\nInput:\n    name = 'a'", ["chain, line 1: ModuleNotFoundError: No module named"]),
        ("Input:\n    name = 'a'\nDwnsample:\n    q = 2", ["chain, line 3: NameError: name 'Dwnsample' is not"]),
        ("Input:\n    name = 'a'\n    p = 2", ["chain, line 3: TypeError: 'p' is not a declarative member"]),
        (
            "Input:\n    name = 'a'\n    dtype = 3\n    Downsample:\n        q = 1 / 0\n        name = nowhere",
            [
                "chain, line 3: TypeError: The 'dtype' member on the 'Input' object must be of type 'str'.",
                "chain, line 5: ZeroDivisionError: division by zero",
                "chain, line 6: NameError: name 'nowhere' is not defined",
            ],
        ),
        (
            "from math import pi\nInput:\n    name = 'a'\nDownsample:\n    q = 0\n    Input:\n        name = 'a'",
            [
                "chain, line 5: Downsample on 'driven': q = 0 must be a whole number, 1 or more",
                "chain, line 7: Input 'a': an input on 'driven' is called 'a' already (chain, line 2); rename one",
            ],
        ),
        ("Command:\n    id = 'x'", ["chain, line 1: Command on 'driven' is not an input; only inputs can be nested"]),
    ],
)
def test_every_fault_of_a_text_is_named_with_its_line(text, expected):
    with pytest.raises(ConfigurationError) as refused:
        drive(text, STEPS, 100)
    said = str(refused.value).splitlines()
    assert len(said) == len(expected), said
    assert all(line.startswith(start) for line, start in zip(said, expected, strict=True)), said


def test_a_fault_of_a_loop_is_named_by_its_stage():
    text = """
    from enaml.core.api import Looper
    Input:
        Looper:
            iterable = (1, 0)
            Downsample:
                q = loop_item
    """
    with pytest.raises(ConfigurationError, match="q = 0 must be a whole number"):
        drive(text, STEPS, 100)


@pytest.mark.parametrize(
    ("data", "fs", "expected"),
    [
        (np.zeros((1, 2, 3)), 100, r"data has shape \(1, 2, 3\); give \(n_samples,\) or \(n_channels, n_samples\)"),
        (["a", None], 100, "data holds objects; give numbers or bools"),
        ([1.0], 0, "fs = 0 samples/s must be greater than 0"),
        ([1.0], float("nan"), "fs = nan samples/s must be greater than 0"),
    ],
)
def test_what_is_no_signal_is_refused(data, fs, expected):
    with pytest.raises(ConfigurationError, match=expected):
        drive(THIN, np.asarray(data, dtype=object) if isinstance(data, list) and None in data else data, fs)


def test_the_chain_can_be_driven_on_and_misses_no_lost_samples():
    chain = drive(THIN, STEPS, 100).chain
    with pytest.raises(RunFault, match="waits for 10"):
        chain.push(Chunk(np.zeros((1, 2)), 12, chain.source))
