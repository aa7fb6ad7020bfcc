"""Chains are told of the events that they listen to, with what is known of them; unknown events are found before."""

from pathlib import Path

import numpy as np
import pytest

import psi
from psi.assembly.preparation import load_choice
from psi.assembly.request import RunRequest, new_run_id
from psi.controller.dispatch.event import Event
from psi.controller.marks import Marks
from psi.inputs.capture import Capture
from psi.inputs.chain import build_chain
from psi.inputs.extract_epochs import ExtractEpochs
from psi.stream.info import Chunk, StreamInfo

RIG = Path(psi.__file__).parents[1] / "hardware_configs" / "simulated.enaml"
INFO = StreamInfo("mic", 1000.0)


def chain_of(*inputs):
    chain = build_chain(INFO, inputs)
    got = []
    for node in chain.epochs:
        chain.attach(node.name, got.append)
    return chain, got


def output_row(name, sample, end_sample, fs=1000.0, **info):
    row = {"kind": "output", "name": name, "time": sample / 1000, "sample": sample, "end_sample": end_sample}
    return {**row, "fs": fs, "info": info}


def test_only_what_is_listened_to_is_told_and_to_those_who_listen():
    first, got_first = chain_of(ExtractEpochs(name="a", event="go", duration=0.01))
    second, got_second = chain_of(ExtractEpochs(name="b", event=["go", "nogo"], duration=0.01))
    marks = Marks(dict.fromkeys([first, second], float), lambda: 7)
    assert marks
    for name, time in (("go", 0.1), ("nogo", 0.2), ("other", 0.3)):
        marks.listen(Event(name, time, info={"why": 1}))
    for chain in (first, second):
        chain.push(Chunk(np.zeros((1, 500)), 0, INFO))
    assert [epoch.metadata["event"] for epoch in got_first] == ["go"]
    assert [epoch.metadata["event"] for epoch in got_second] == ["go", "nogo"]
    assert got_first[0].metadata == {
        "event": "go", "time": 0.1, "source": "", "sample": -1, "trial": 7, "clock": "dispatcher", "info": {"why": 1},
    }  # fmt: skip


def test_where_nobody_listens_there_are_no_marks():
    chain, _ = chain_of()
    assert not Marks({chain: float}, lambda: None)


def test_an_output_brings_what_it_presents_and_when_it_ends():
    chain, got = chain_of(ExtractEpochs(name="a", output="tone"))
    marks = Marks({chain: float}, lambda: None)
    # Planned before the first begins, and overlapping.
    marks.planned(output_row("tone", 100, 300, level=60))
    marks.planned(output_row("tone", 200, 260, level=40))
    marks.planned(output_row("other", 100, 300))
    for name, sample in (("tone_start", 100), ("tone_start", 200), ("tone_end", 260), ("tone_end", 300)):
        marks.listen(Event(name, sample / 1000, sample, "tone", clock="master"))
    chain.push(Chunk(np.zeros((1, 500)), 0, INFO))
    assert [(epoch.s0, epoch.n_samples, epoch.metadata["output"]) for epoch in got] == [
        (200, 60, {"level": 40}), (100, 200, {"level": 60}),
    ]  # fmt: skip
    assert not any(marks._planned.values())


def test_presentations_that_never_begin_do_not_pile_up():
    chain, _ = chain_of(ExtractEpochs(name="a", output="tone", duration=0.1))
    marks = Marks({chain: float}, lambda: None)
    for number in range(10_000):
        marks.planned(output_row("tone", number, number + 10))
    assert sum(map(len, marks._planned.values())) <= 100


def test_a_capture_hears_of_both_events():
    chain, got = chain_of(Capture(name="a", start="poke", stop="leave", max_duration=1))
    marks = Marks({chain: float}, lambda: 1)
    marks.listen(Event("poke", 0.1, 100, "port", 0, "master"))
    marks.listen(Event("leave", 0.3))
    chain.push(Chunk(np.zeros((1, 500)), 0, INFO))
    assert [(epoch.s0, epoch.n_samples, epoch.metadata["channel"]) for epoch in got] == [(100, 200, 0)]


# -- before the run ---------------------------------------------------------------------------


def findings(tmp_path, nested):
    text = RIG.read_text(encoding="utf-8")
    text = text.replace("    Extension,\n", "    Capture,\n    Detrend,\n    Extension,\n    ExtractEpochs,\n", 1)
    before = "                    name = 'microphone'\n"
    assert text.count(before) == 1
    text = text.replace(before, before + nested.rstrip(" "))
    rig = tmp_path / "epoch_rig.enaml"
    rig.write_text(text, encoding="utf-8")
    lines = text.splitlines()
    request = RunRequest(run_id=new_run_id(), token="", paradigm="appetitive_gonogo", rig=str(rig), seed=1)
    found = [finding for finding in load_choice(request).findings if finding.severity == "error"]
    return [(finding.message, lines[int(finding.where.rsplit(":", 1)[1]) - 1].strip()) for finding in found]


def test_what_is_there_is_not_found_fault_with(tmp_path):
    nested = """
                    ExtractEpochs:
                        name = 'a'
                        event = ['target_start', 'nose_poke_rising', 'trial_start']
                        duration = 0.1
                    Capture:
                        name = 'b'
                        start = 'hold_start'
                        stop = 'response_end'
                        max_duration = 3
                    ExtractEpochs:
                        name = 'c'
                        output = 'target'
    """
    assert findings(tmp_path, nested) == []


@pytest.mark.parametrize(
    ("nested", "expected"),
    [
        (
            """
                    ExtractEpochs:
                        event = ['target_start', 'targt_start']
                        duration = 0.1
                        Detrend:
                            name = 'a'
            """,
            [("ExtractEpochs listens to the unknown event 'targt_start'; did you mean 'target_start'", "event = ")],
        ),
        (
            """
                    Capture:
                        name = 'b'
                        start = 'hold_strat'
                        stop = 'nose_poke_active'
                        max_duration = 3
            """,
            [
                ("Capture 'b' listens to the unknown event 'hold_strat'; did you mean 'hold_start'", "start = "),
                ("Capture 'b' listens to the unknown event 'nose_poke_active'", "stop = "),
            ],
        ),
        (
            """
                    ExtractEpochs:
                        name = 'c'
                        output = 'targets'
            """,
            [("ExtractEpochs 'c' listens to the unknown output 'targets'; did you mean 'target'", "output = ")],
        ),
    ],
)
def test_an_event_or_output_that_is_not_there_is_found_with_its_line(tmp_path, nested, expected):
    found = findings(tmp_path, nested)
    assert len(found) == len(expected)
    for (message, line), (said, begins) in zip(found, expected, strict=True):
        assert message.startswith(said)
        assert line.startswith(begins)
