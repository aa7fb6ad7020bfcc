"""What is computed in one step is what the two stages give one after the other."""

import numpy as np
import pytest

from psi.inputs.downsample import Downsample
from psi.inputs.fir_filter import FIRFilter
from psi.inputs.iir_filter import IIRFilter
from psi.inputs.notch import Notch
from psi.stream.info import Chunk
from psi.testing import drive

SIZES = (0, 1, 2, 3, 7, 31, 97, 211, 1009)


def iir(btype, **settings):
    return IIRFilter, {"btype": btype, **settings}


#: Each with the sampling rate at which it is tried.
FILTERS = {
    "lowpass": (*iir("lowpass", f_lowpass=200), 200e3),
    "lowpass from 0": (*iir("lowpass", f_lowpass=60, start="zero"), 2.5e3),
    "first order": (*iir("lowpass", N=1, f_lowpass=200), 25e3),
    "highpass": (*iir("highpass", N=3, f_highpass=20), 2.5e3),
    "bandpass": (*iir("bandpass", f_highpass=300, f_lowpass=3000), 25e3),
    "cheby1": (*iir("lowpass", N=8, ftype="cheby1", rp=0.05, f_lowpass=100), 2.5e3),
    "cheby2": (*iir("bandstop", ftype="cheby2", rs=40, f_highpass=45, f_lowpass=55), 2.5e3),
    "ellip": (*iir("lowpass", N=5, ftype="ellip", rp=0.5, rs=50, f_lowpass=80), 1e3),
    "bessel": (*iir("lowpass", N=6, ftype="bessel", f_lowpass=20), 44.1e3),
    "notch": (Notch, {"frequency": 50, "harmonics": 3}, 2.5e3),
    "notch from 0": (Notch, {"frequency": 60, "start": "zero"}, 30e3),
    "fir lowpass": (FIRFilter, {"n_taps": 101, "btype": "lowpass", "f_lowpass": 200}, 25e3),
    "fir of three": (FIRFilter, {"taps": (0.25, 0.5, 0.25)}, 1e3),
    "fir from 0": (FIRFilter, {"n_taps": 31, "btype": "highpass", "f_highpass": 100, "start": "zero"}, 1e3),
}
QS = (1, 2, 7, 50, 400)


def noisy(seed, n_channels, n):
    print("seed", seed)
    rng = np.random.default_rng(seed)
    return 3.0 + rng.standard_normal((n_channels, n)) + np.cumsum(rng.standard_normal((n_channels, n)), axis=1) / 50


def both(kind, settings, q, data, fs, **options):
    """The same chain driven fused and, since somebody may read the filter where it has a name, not fused."""
    driven = []
    for name in ("", "filtered"):
        root = kind(name=name, **settings)
        Downsample(root, name="thin", q=q)
        driven.append(drive(root, data, fs, **options))
    fused, apart = driven
    (node,) = fused.chain.roots
    assert node.fused is fused.chain.node("thin")
    assert apart.chain.roots[0].fused is None
    return fused, apart


def assert_alike(fused, apart, limit=1e-9):
    got, expected = fused.streams["thin"], apart.streams["thin"]
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    assert fused.s0["thin"] == apart.s0["thin"]
    assert fused.info["thin"] == apart.info["thin"]
    # Of the range of what is filtered: what a filter leaves may be next to nothing.
    assert np.max(np.abs(got - expected), initial=0.0) <= limit * np.ptp(apart.streams["filtered"])


@pytest.mark.parametrize("q", QS)
@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_and_a_downsampler_in_one_step_give_the_same(name, q):
    kind, settings, fs = FILTERS[name]
    seed = 1000 * list(FILTERS).index(name) + q
    rng = np.random.default_rng(seed)
    data = noisy(seed, n_channels=1 + seed % 3, n=max(3000, 12 * q))
    for s0 in (0, 1, q - 1, q, 12_345):
        sizes = rng.choice(SIZES, 40)
        assert_alike(*both(kind, settings, q, data, fs, chunk_sizes=sizes, s0=s0))


@pytest.mark.parametrize("chunk_sizes", [1, 49, 50, 51, 99, 100, 101, 6400, (50, 1), (0, 3199, 3200), 100_000])
@pytest.mark.parametrize("name", ["lowpass", "notch", "fir lowpass"])
def test_chunks_that_end_beside_a_block_make_no_difference(name, chunk_sizes):
    kind, settings, fs = FILTERS[name]
    data = noisy(7, n_channels=2, n=7001)
    for s0 in (0, 49, 51):
        fused, apart = both(kind, settings, 50, data, fs, chunk_sizes=chunk_sizes, s0=s0)
        assert_alike(fused, apart)
        whole = both(kind, settings, 50, data, fs, chunk_sizes=data.shape[1], s0=s0)[0]
        assert np.allclose(fused.streams["thin"], whole.streams["thin"], rtol=0, atol=1e-9 * np.ptp(data))


@pytest.mark.parametrize("name", ["lowpass", "notch", "fir lowpass"])
def test_each_kept_sample_comes_with_the_chunk_that_has_it(name):
    kind, settings, fs = FILTERS[name]
    root = kind(**settings)
    Downsample(root, name="thin", q=10)
    driven = drive(root, np.zeros((1, 10)), fs)
    chain, made = driven.chain, []
    chain.attach("thin", lambda chunk: made.append((chunk.s0, chunk.n_samples)))
    assert driven.streams["thin"].shape == (1, 1)
    for s0 in range(10, 31):
        chain.push(Chunk(np.ones((1, 1)), s0, chain.source))
    assert made == [(1, 1), (2, 1), (3, 1)]


@pytest.mark.parametrize("name", ["lowpass", "fir lowpass"])
def test_whole_numbers_are_the_numbers_that_they_are(name):
    kind, settings, fs = FILTERS[name]
    codes = np.random.default_rng(5).integers(-3000, 3000, (2, 4000)).astype(np.int16)
    fused, apart = both(kind, settings, 20, codes, fs, chunk_sizes=(7, 133))
    assert fused.streams["thin"].dtype == np.float64
    assert_alike(fused, apart)


# NumPy says so of infinity times 0, once a process; what it spoils is then filtered again, sample by sample.
@pytest.mark.filterwarnings("ignore:invalid value encountered in dot:RuntimeWarning")
@pytest.mark.parametrize("name", ["lowpass", "notch", "fir lowpass"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_none_spoils_as_much_in_one_step_as_in_two(name, bad):
    kind, settings, fs = FILTERS[name]
    data = noisy(11, n_channels=2, n=2000)
    data[0, 777] = bad
    fused, apart = both(kind, settings, 50, data, fs, chunk_sizes=(40, 333))
    got, expected = fused.streams["thin"], apart.streams["thin"]
    assert np.array_equal(np.isfinite(got), np.isfinite(expected))
    assert np.isfinite(got[:, : 777 // 50 + 1]).all()
    assert not np.isfinite(got[0]).all()
    assert np.isfinite(got[1]).all()
    finite = np.isfinite(expected)
    assert np.max(np.abs(got[finite] - expected[finite])) <= 1e-9 * np.ptp(data[1])


LOW = "IIRFilter:\n    btype = 'lowpass'\n    f_lowpass = 50\n"
THIN = "    Downsample:\n        q = 5\n"
NAMED = THIN + "        name = 'y'\n"


@pytest.mark.parametrize(
    "text",
    [
        # Somebody may read the filter, or needs its samples.
        LOW + "    name = 'x'\n" + NAMED,
        LOW + NAMED + "    Input:\n        name = 'z'\n",
        # The filter does nothing.
        LOW + "    passthrough = True\n" + NAMED,
        # Nobody reads what it would make.
        LOW + THIN,
    ],
)
def test_stages_that_others_read_or_nobody_does_are_not_joined(text):
    assert [node.fused for node in drive(text, np.zeros((1, 20)), 1000).chain.nodes if node.fused] == []


def test_a_stage_that_nobody_reads_beside_it_does_not_keep_two_apart():
    text = """
    IIRFilter:
        btype = 'lowpass'
        f_lowpass = 50
        Downsample:
            name = 'y'
            q = 5
        Threshold:
            threshold = 1
    """
    chain = drive(text, np.zeros((1, 20)), 1000).chain
    assert chain.roots[0].fused is chain.node("y")
    assert "computed with Downsample 'y'" in chain.lines()[1]
    assert "nobody reads it" in chain.lines()[3]
