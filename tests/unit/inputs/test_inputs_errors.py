"""What a chain refuses, all at once, with names, values and lines."""

import sys

import enaml
import numpy as np
import pytest
from enaml.core.api import Declarative

from psi.core.errors import ConfigurationError
from psi.inputs.calibrated_input import CalibratedInput
from psi.inputs.chain import build_chain
from psi.inputs.decimate import Decimate
from psi.inputs.downsample import Downsample
from psi.inputs.edges import Edges
from psi.inputs.iir_filter import IIRFilter
from psi.inputs.input import Input
from psi.inputs.threshold import Threshold
from psi.stream.info import StreamInfo

CHANNEL = StreamInfo("Dev1/ai1", 200e3)


def findings(*inputs, channel=CHANNEL):
    with pytest.raises(ConfigurationError) as caught:
        build_chain(channel, inputs)
    assert all("\n" not in finding.message for finding in caught.value.findings)
    return [finding.message for finding in caught.value.findings]


def levels(**settings):
    root = Threshold(threshold=1)
    Edges(root, name="poke", **settings)
    return root


def unsaved_levels():
    root = Input(name="raw")
    Threshold(root, threshold=1, name="high", dtype="int16")
    return root


REFUSED = [
    (
        lambda: IIRFilter(name="lfp", btype="lowpass", f_lowpass=120e3),
        "IIRFilter 'lfp' on 'Dev1/ai1': f_lowpass = 120000 Hz must lie below 100000 Hz, half of fs = 200000 samples/s",
    ),
    (
        lambda: IIRFilter(btype="lowpas", f_lowpass=200),
        "IIRFilter on 'Dev1/ai1': btype = 'lowpas' is not one of 'lowpass', 'highpass', 'bandpass', 'bandstop'; "
        "did you mean 'lowpass'?",
    ),
    (
        lambda: IIRFilter(f_lowpass=200),
        "IIRFilter on 'Dev1/ai1': a bandpass needs f_highpass in Hz; set it",
    ),
    (
        lambda: IIRFilter(N=8, btype="lowpass", f_lowpass=1e-4),
        "IIRFilter on 'Dev1/ai1': f_lowpass = 0.0001 Hz with N = 8 is unstable at fs = 200000 samples/s; "
        "downsample before it, lower N, or use a wider band",
    ),
    (
        lambda: IIRFilter(btype="lowpass", f_lowpass=200, start="stedy"),
        "IIRFilter on 'Dev1/ai1': start = 'stedy' is not one of 'steady', 'zero'; did you mean 'steady'?",
    ),
    (lambda: Downsample(q=0), "Downsample on 'Dev1/ai1': q = 0 must be a whole number, 1 or more"),
    (lambda: Downsample(q=2.5), "Downsample on 'Dev1/ai1': q = 2.5 must be a whole number, 1 or more"),
    (lambda: Downsample(), "Downsample on 'Dev1/ai1': q = None must be a whole number, 1 or more"),
    (lambda: Decimate(q="4"), "Decimate on 'Dev1/ai1': q = '4' must be a whole number, 1 or more"),
    (
        lambda: Decimate(q=10**9),
        "Decimate on 'Dev1/ai1': q = 1000000000: f_lowpass = 8e-05 Hz with N = 8 is unstable at "
        "fs = 200000 samples/s; downsample before it, lower N, or use a wider band",
    ),
    (lambda: Threshold(), "Threshold on 'Dev1/ai1': threshold = None is not a number; give one"),
    (
        lambda: Threshold(threshold=1, mode="=>"),
        "Threshold on 'Dev1/ai1': mode = '=>' is not one of '>', '>=', '<', '<='",
    ),
    (
        lambda: CalibratedInput(sensitivity=0),
        "CalibratedInput on 'Dev1/ai1': sensitivity = 0 V/Pa must be greater than 0 V/Pa",
    ),
    (
        lambda: Edges(name="poke"),
        "Edges 'poke' on 'Dev1/ai1': takes levels, not float64 samples in V; put a Threshold before it",
    ),
    (
        lambda: levels(debounce=-1),
        "Edges 'poke' on 'Dev1/ai1': debounce = -1 must be a whole number, 0 or more",
    ),
    (
        lambda: levels(debounce=3, debounce_duration=0.1),
        "Edges 'poke' on 'Dev1/ai1': debounce = 3 and debounce_duration are both set; leave one out",
    ),
    (
        lambda: levels(debounce_duration=-0.1),
        "Edges 'poke' on 'Dev1/ai1': debounce_duration = -0.1 s must not be negative",
    ),
    (
        lambda: levels(initial_state="high"),
        "Edges 'poke' on 'Dev1/ai1': initial_state = 'high' must be 0, 1 or None (the level of the first sample)",
    ),
    (
        lambda: levels(detect="rise"),
        "Edges 'poke' on 'Dev1/ai1': detect = 'rise' is not one of 'rising', 'falling', 'both'; did you mean 'rising'?",
    ),
    (
        lambda: Input(name="nose poke"),
        "Input 'nose poke' on 'Dev1/ai1': 'nose poke' is not a name; use letters, digits and underscores, "
        "not a digit first",
    ),
    (
        lambda: Input(name="raw", dtype="float23"),
        "Input 'raw' on 'Dev1/ai1': dtype = 'float23' cannot hold float64 samples; use float32 or float64",
    ),
    (
        unsaved_levels,
        "Threshold 'high' on 'Dev1/ai1': dtype = 'int16' cannot hold bool samples; "
        "use bool or uint8 or float32 or float64",
    ),
]


@pytest.mark.parametrize(("make", "message"), REFUSED, ids=[message.split(" ", 1)[0] for _, message in REFUSED])
def test_a_stage_that_cannot_work_is_refused_in_one_line(make, message):
    assert findings(make()) == [message]


def test_a_rate_that_q_does_not_divide_is_no_error():
    chain = build_chain(CHANNEL, [Downsample(name="x", q=7)])
    assert chain.node("x").info.fs == 200e3 / 7


def test_everything_wrong_in_a_tree_is_found_at_once():
    broken = IIRFilter(name="a", btype="lowpass", f_lowpass=-1, N=0)
    below = Downsample(broken, name="b", q=1.5)
    Edges(Threshold(below, threshold=1), name="a", debounce=0.5)
    sound = Input(name="c")
    Downsample(sound, name="b", q=2)
    messages = findings(broken, sound)
    assert len(messages) == 6
    for part in ("N = 0", "f_lowpass = -1", "q = 1.5", "called 'a' already", "debounce = 0.5", "called 'b' already"):
        assert sum(part in message for message in messages) == 1


def test_samples_cannot_be_taken_from_edges_and_only_inputs_nest_in_inputs():
    root = Threshold(threshold=1)
    Input(Edges(root, name="poke"), name="more")
    Declarative(root)
    assert findings(root) == [
        "Input 'more' on 'Dev1/ai1' reads samples, not edges; edges are read by stages such as EventRate",
        "Declarative on 'Dev1/ai1' is not an input; only inputs can be nested here",
    ]


def test_pascals_cannot_be_calibrated_again():
    once = CalibratedInput(sensitivity=0.05)
    CalibratedInput(once, sensitivity=0.05, name="twice")
    assert findings(once) == ["CalibratedInput 'twice' on 'Dev1/ai1': scales from V, but the signal is in Pa"]


def test_a_finding_names_the_file_and_the_line_of_the_setting(tmp_path, monkeypatch):
    (tmp_path / "broken_inputs_rig.enaml").write_text(
        "from enaml.core.api import Declarative\n"
        "from psi.inputs.iir_filter import IIRFilter\n"
        "from psi.inputs.downsample import Downsample\n"
        "\n"
        "enamldef Rig(Declarative):\n"
        "    IIRFilter:\n"
        "        btype = 'lowpass'\n"
        "        f_lowpass = 200\n"
        "        Downsample:\n"
        "            name = 'analog'\n"
        "            q = 400 / 3\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    try:
        with enaml.imports():
            from broken_inputs_rig import Rig
        with pytest.raises(ConfigurationError) as caught:
            build_chain(CHANNEL, Rig().children)
    finally:
        sys.modules.pop("broken_inputs_rig", None)
    (finding,) = caught.value.findings
    assert finding.where == "broken_inputs_rig.enaml:11"
    assert finding.message.startswith("Downsample 'analog' on 'Dev1/ai1': q = 133.3")


def test_whole_numbers_may_come_as_any_number_type():
    chain = build_chain(CHANNEL, [Downsample(name="x", q=np.int64(4)), Downsample(name="y", q=200e3 / 50e3)])
    assert chain.node("x").info.fs == chain.node("y").info.fs == 50e3
    assert type(chain.describe("x")[0]["settings"]["q"]) is int
