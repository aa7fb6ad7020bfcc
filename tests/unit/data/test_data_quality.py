"""The report on quality: each fault is found, and a good recording has none."""

import numpy as np
import pytest

import psi
from psi.data.quality import quality, said_of, said_of_recording, stored_quality
from psi.data.signal_check import Flat, SignalCheck
from psi.data.store import Store
from psi.stream.info import StreamInfo

INFO = StreamInfo("signal", 1000.0, 2, unit="V", labels=("left", "right"))
CHAIN = '[{"kind": "Input", "name": "signal", "settings": {}}]'
RIG = {
    "name": "r", "block_duration": 0.01,
    "engines": [{"channels": [{
        "kind": "AIChannel", "settings": {"expected_range": [-5.0, 5.0]}, "inputs": [{"name": "signal"}],
    }]}],
}  # fmt: skip


@pytest.fixture
def record(make_rings, push, tmp_path, rng):
    """Records 10 s of two noisy channels; ``change`` alters the samples, ``rows`` are journalled too."""

    def record(change=lambda data: None, rows=(), end=10.0):
        documents = {"rig": RIG, "task": {"items": {}, "selectors": {}}}
        rings = make_rings([(INFO, "float32", CHAIN)], (), documents)
        store = Store(rings.plan)
        store.open()
        data = rng.uniform(-1, 1, size=(2, 10_000))
        change(data)
        push(rings, INFO, data, [777])
        store.work()
        for row in rows:
            rings.append(row)
        rings.append({"kind": "finish", "reason": "trials", "time": end})
        rings.finish()
        store.close()
        return psi.open_recording(tmp_path / "run")

    return record


def found(recording):
    with recording:
        report = stored_quality(recording)
        # Who reads the file afterwards finds the same as the store that saw the samples pass.
        assert quality(recording) == report
        return [(finding["check"], finding["text"]) for finding in report["findings"]]


def event(time, name="poke", sample=-1, **more):
    return {"kind": "event", "time": time, "name": name, "sample": sample, "source": "port", **more}


def action(time, name, **info):
    return {"kind": "audit", "time": time, "what": "action", "name": name, "info": info}


def test_a_good_recording_has_no_findings(record, tmp_path):
    rows = [event(1, sample=100), event(2, "deliver_reward"), event(1.5, sample=150)]
    rows += [action(2, "dispense", event="deliver_reward", outcome="ok")]
    rows += [{"kind": "output", "time": 2.01, "name": "pellets"}]
    assert found(record(rows=rows)) == []
    assert said_of_recording(tmp_path / "run") == "good"
    assert said_of_recording(tmp_path / "nothing") == ""


def test_rewards_that_trial_logic_and_hands_gave_were_given(record):
    rows = [event(1, "deliver_reward"), event(3, "deliver_reward"), event(5, "deliver_reward", clock="console")]
    rows += [{"kind": "output", "time": 1.0, "name": "outlet_1"}, {"kind": "output", "time": 3.0, "name": "outlet_2"}]
    rows += [{"kind": "output", "time": 5.0, "name": "outlet_1", "info": {"by": "console"}}]
    rows += [{"kind": "output", "time": 4.9, "name": "light"}]
    totals = {"outlets": {"outlet_1": {}, "outlet_2": {}}}
    rows += [{"kind": "audit", "time": 9, "what": "totals", "name": "run", "info": totals}]
    assert found(record(rows=rows)) == []


def saturate(data):
    data[1, 500:520] = 5.0


def go_flat(data):
    data[0, 4000:7000] = 0.25


FAULTS = {
    "saturation": ({"change": saturate}, r"signal channel right was at its limit \(-5 to 5 V\) for 20 samples, 0\.2 %"),
    "flat": ({"change": go_flat}, r"signal channel left did not move at all for (2\.[6-9]|3\.\d) s, from 4\.\d s on"),
    "samples": ({"end": 12.0}, r"signal has 10000 samples, 10\.000 s, which is 2\.000 s less than the run took"),
    "order": ({"rows": [event(1, sample=500), event(0.9, sample=450)]}, "1 event of port was written after later"),
    "outside": ({"rows": [event(-1), event(99)]}, "1 event lies before time zero, the first is poke at -1.000 s"),
    "rewards": (
        {
            "rows": [
                event(1, "deliver_reward"), action(1, "dispense", event="deliver_reward", outcome="ok"),
                event(3, "deliver_reward"), action(3, "dispense", event="deliver_reward", outcome="ok"),
                {"kind": "output", "time": 1.01, "name": "pellets"},
            ]
        },
        "deliver_reward was posted 2 times, something was given once",
    ),
    "faults": ({"rows": [action(1, "dispense", event="e", outcome="failed")]}, "the command dispense failed once"),
    "restarts": ({"rows": [{"kind": "audit", "time": 1, "what": "restart"}]}, "the store was started again once"),
    "latency": (
        {"rows": [{"kind": "latency", "edges": [0.001, 0.01, 0.1], "counts": [90, 10]}]},
        "1 of 100 events waited longer than 100 ms",
    ),
    "drift": (
        {
            "rows": [
                {"kind": "audit", "time": 9, "what": "clock", "name": name, "info": info}
                for name, info in {
                    "a": {"drift_ppm": -20, "residual": 1e-5, "pairs": 60},
                    "b": {"drift_ppm": 480, "residual": 1e-5, "pairs": 60},
                }.items()
            ]
        },
        "b and a drift apart by 500 parts per million",
    ),
    "gaps": (
        {"rows": [{"kind": "audit", "time": 1, "what": "gap", "name": "signal", "info": {"s0": 5, "n": 100}}]},
        r"100 samples of signal are lost from number 5 on \(0\.1 s\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("check", FAULTS)
def test_each_fault_is_found_and_nothing_else(record, check):
    import re

    settings, text = FAULTS[check]
    findings = found(record(**settings))
    assert {name for name, _ in findings} == {check}
    assert re.match(text, findings[0][1]), findings[0][1]


def test_a_completed_trial_without_a_score_is_named(make_rings, tmp_path):
    columns = [
        {"name": "trial_number", "dtype": "int64"}, {"name": "completed", "dtype": "bool"},
        {"name": "score", "dtype": "text"},
    ]  # fmt: skip
    from psi.data.plan import TrialColumn

    rings = make_rings((), [TrialColumn(**column) for column in columns], {"task": {"items": {}}})
    store = Store(rings.plan)
    store.open()
    for number, completed, score in ((1, True, "HIT"), (2, True, None), (3, False, None)):
        values = {"trial_number": number, "completed": completed, "score": score}
        rings.append({"kind": "trial", "values": values})
    rings.append({"kind": "finish", "reason": "trials", "time": 1.0})
    rings.finish()
    store.close()
    with psi.open_recording(tmp_path / "run") as recording:
        report = stored_quality(recording)
    assert [finding["text"] for finding in report["findings"]] == ["1 completed trial without a result: 2"]
    assert said_of(report) == "1 finding"


def test_any_chunking_of_the_samples_gives_the_same_check(rng):
    data = rng.normal(size=(5000, 2))
    data[1000:4000, 0] = 1.5
    data[4500:4510, 1] = np.nan
    data[20:30, 1] = 9.0
    checks = []
    for _ in range(8):
        check = SignalCheck(2, 100.0, (-9.0, 9.0))
        for block in np.split(data, np.sort(rng.integers(0, 5000, rng.integers(0, 40)))):
            if len(block):
                check.add(block)
        check.finish()
        assert [flat.channel for flat in check.flats] == [0]
        # Spans are known to a tenth of the time that makes a flat line.
        assert abs(check.flats[0].start - 1000) <= 20
        assert abs(check.flats[0].stop - 4000) <= 20
        checks.append(
            (check.n, check.n_saturated.tolist(), check.n_missing.tolist(), check.low.tolist(), check.high.tolist())
        )
    assert all(check == checks[0] for check in checks)
    assert checks[0][:3] == (5000, [0, 10], [0, 10])


def test_a_line_that_is_flat_from_beginning_to_end_is_one_span():
    check = SignalCheck(1, 10.0)
    for _ in range(100):
        check.add(np.zeros((7, 1)))
    assert check.finish().flats == [Flat(0, 0, 700)]
