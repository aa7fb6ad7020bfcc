"""A Downsample that folds frequencies back is warned of, with its line, and works all the same."""

import sys

import enaml
import numpy as np
import pytest
from scipy import signal

from psi.inputs.chain import build_chain
from psi.stream.info import StreamInfo
from psi.testing import drive


def warnings_of(text, fs=200e3, n_channels=1):
    chain = drive(text, np.zeros((n_channels, 1)), fs).chain
    assert all(finding.severity == "warning" for finding in chain.warnings)
    return [finding.message for finding in chain.warnings]


def after(*stages, q=400):
    """Downsample 'x' below ``stages``, each in the next."""
    lines = []
    for depth, stage in enumerate([*stages, f"Downsample:\n    name = 'x'\n    q = {q}"]):
        lines += ["    " * depth + line for line in stage.split("\n")]
    return "\n".join(lines)


LP4 = "IIRFilter:\n    btype = 'lowpass'\n    f_lowpass = 200"
LP8 = "IIRFilter:\n    N = 8\n    btype = 'lowpass'\n    f_lowpass = 100"


def test_without_a_filter_everything_folds():
    assert warnings_of(after()) == [
        "Downsample 'x' on 'driven': q = 400 folds frequencies above 250 Hz back, which have passed no filter; "
        "put a low-pass filter before it for -40 dB, or use Decimate"
    ]


def test_a_filter_that_is_not_steep_enough_is_named_with_its_gain():
    sos = signal.butter(4, 200, output="sos", fs=200e3)
    gain = 20 * np.log10(np.abs(signal.freqz_sos(sos, [250], fs=200e3)[1][0]))
    assert warnings_of(after(LP4)) == [
        "Downsample 'x' on 'driven': q = 400 folds frequencies above 250 Hz back, which are passed at up to "
        f"{gain:.1f} dB (at 250 Hz); filter more steeply or lower for -40 dB, or use Decimate"
    ]


@pytest.mark.parametrize(
    "text",
    [
        after(LP8),
        after(LP4.replace("200", "100"), LP4.replace("200", "100")),
        after(LP8, "Reference:", "Delay:\n    n_samples = 3", "Input:"),
        after("FIRFilter:\n    n_taps = 1001\n    f_lowpass = 600", q=100),
        after(LP8, "Threshold:\n    threshold = 0").replace("q = 400", "q = 400\n            dtype = 'bool'"),
        after(q=1),
        "Decimate:\n    name = 'x'\n    q = 400",
        "Input:\n    Downsample:\n        q = 400",
    ],
    ids=["steep", "two", "through others", "FIR", "levels", "q = 1", "decimate", "nobody reads it"],
)
def test_what_folds_nothing_that_anybody_reads_is_not_warned_of(text):
    assert warnings_of(text) == []


def test_a_filter_before_the_last_change_of_rate_does_not_count_again():
    assert len(warnings_of(after(LP8, "Downsample:\n    q = 400", q=2))) == 1
    # A square of what is band-limited reaches twice as high.
    assert len(warnings_of(after(LP8, "Transform:\n    function = lambda x: x ** 2"))) == 1


def test_a_band_that_a_notch_leaves_is_named_where_it_passes_most():
    (message,) = warnings_of(after("Notch:\n    frequency = 200\n    Q = 1", q=5), fs=1000)
    assert "above 100 Hz" in message
    assert "at up to -0.0 dB (at 500 Hz)" in message or "at up to 0.0 dB (at 500 Hz)" in message


def test_a_warning_names_file_and_line(tmp_path, monkeypatch):
    (tmp_path / "folding_rig.enaml").write_text(
        "from enaml.core.api import Declarative\n"
        "from psi.api import Downsample, Input\n"
        "\n"
        "enamldef Rig(Declarative):\n"
        "    Input:\n"
        "        Downsample:\n"
        "            name = 'analog'\n"
        "            q = 400\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    try:
        with enaml.imports():
            from folding_rig import Rig
        rig = Rig()
        chain = build_chain(StreamInfo("Dev1/ai1", 200e3), rig.children)
        (finding,) = chain.warnings
    finally:
        sys.modules.pop("folding_rig", None)
    assert finding.where == "folding_rig.enaml:8"
    assert finding.severity == "warning"


def test_an_envelope_counts_by_its_own_low_pass_and_hides_what_is_before_it():
    slow = "Envelope:\n    N = 6\n    f_lowpass = 100"
    assert warnings_of(after(slow)) == []
    assert warnings_of(after(LP8, slow, "Delay:\n    n_samples = 3")) == []
    (warning,) = warnings_of(after(LP8, "Envelope:\n    N = 1\n    f_lowpass = 100"))
    gain = 20 * np.log10(np.abs(signal.freqz_sos(signal.butter(1, 100, output="sos", fs=200e3), [250], fs=200e3)[1][0]))
    assert f"which are passed at up to {gain:.1f} dB (at 250 Hz)" in warning
