"""Beats found in a heart's signal by band-pass, threshold and debounced edges."""

from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from psi.inputs.chain import build_chain
from psi.inputs.edges import Edges
from psi.inputs.iir_filter import IIRFilter
from psi.inputs.threshold import Threshold
from psi.signal.electrocardiogram import heart_beats, synthetic_ecg
from psi.stream.info import Chunk, StreamInfo

FS = 360.0
REAL = Path(__file__).parents[3].parent / "shared" / "data" / "ecg.npz"


def beats_of(ecg, step):
    """Samples of the rising edges of the heart-beat chain."""
    root = IIRFilter(N=1, btype="bandpass", f_highpass=5, f_lowpass=20)
    Edges(Threshold(root, threshold=0.4), name="beat", debounce=5, detect="rising")
    info = StreamInfo("ecg", FS, unit="mV")
    chain, edges = build_chain(info, [root]), []
    chain.attach("beat", edges.append)
    for s0 in range(0, len(ecg), step):
        chain.push(Chunk(ecg[np.newaxis, s0 : s0 + step], s0, info))
    return np.array([edge.sample for edge in edges])


def matched(found, expected, within):
    """How many of ``expected`` have one of ``found`` within so many samples."""
    nearest = np.min(np.abs(found[:, np.newaxis] - expected[np.newaxis, :]), axis=0)
    return int(np.sum(nearest <= within))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_beats_of_a_synthetic_heart_are_found(seed):
    print("seed", seed)
    rng = np.random.default_rng(seed)
    beats = heart_beats(120, rng)
    times = np.rint(beats.times * FS)
    found = beats_of(synthetic_ecg(FS, 120, rng, beats=beats), step=4)
    # The last beat may be cut off by the end.
    assert len(times) - 1 <= len(found) <= len(times)
    assert matched(found, times[: len(found)], within=36) == len(found)


@pytest.mark.skipif(not REAL.exists(), reason=f"no recorded electrocardiogram at {REAL}")
def test_the_beats_of_a_real_heart_are_found():
    with np.load(REAL) as archive:
        ecg = (archive["ecg"].astype(float) - 1024) / 200
    found = beats_of(ecg, step=7)
    # The same chain on the whole signal: SciPy, and the definition of an edge sample by sample.
    sos = signal.butter(1, [5, 20], "bandpass", fs=FS, output="sos")
    filtered, _ = signal.sosfilt(sos, ecg, zi=signal.sosfilt_zi(sos) * ecg[0])
    high, run, rising = False, 0, []
    for index, now in enumerate((filtered > 0.4).tolist()):
        run = run + 1 if now != high else 0
        if run == 5:
            high, run = now, 0
            rising += [index - 4] if now else []
    assert found.tolist() == rising
    # And an independent detector that looks both ways in time: slope energy with a local maximum.
    slopes = signal.sosfiltfilt(signal.butter(3, [5, 20], "bandpass", fs=FS, output="sos"), ecg)
    energy = np.sqrt(signal.convolve(slopes**2, np.ones(43) / 43, "same"))
    expected, _ = signal.find_peaks(energy, distance=90, height=0.15)
    assert 450 < len(expected) < 550
    assert matched(found, expected, within=54) / len(expected) > 0.95
    assert matched(expected, found, within=54) / len(found) > 0.95
