"""Windows are slices of the whole signal, however it arrives, whenever they are asked for, or they are refused."""

import numpy as np
import pytest

from psi.signal.windows import WindowCutter


def signal(n_channels=2, n=3000, seed=1):
    return np.random.default_rng(seed).standard_normal((n_channels, n))


@pytest.mark.parametrize("seed", range(20))
def test_a_window_is_a_slice_wherever_it_begins_and_whenever_it_is_opened(seed):
    print("seed", seed)
    rng = np.random.default_rng(seed)
    data, s0, look_back = signal(seed=seed), int(rng.integers(-50, 10_000)), int(rng.integers(0, 400))
    cutter = WindowCutter(2, "float64", look_back)
    cutter.expect(s0)
    done, refused, opened = [], 0, 0
    at = 0
    while at < data.shape[1]:
        for _ in range(rng.integers(0, 3)):
            begin = s0 + at + int(rng.integers(-500, 300))
            end = begin + int(rng.integers(1, 900))
            if begin < max(s0, s0 + at - look_back):
                with pytest.raises(ValueError, match="has passed"):
                    cutter.open(begin, end, end)
                refused += 1
            else:
                opened += 1
                cutter.open(begin, end, end)
        n = int(rng.choice([1, 7, 31, 97, 1009]))
        done += cutter.push(data[:, at : at + n])
        at = min(at + n, data.shape[1])
    assert refused
    assert done
    assert opened == len(done) + len(cutter.windows)
    for window in done:
        np.testing.assert_array_equal(window.samples, data[:, window.begin - s0 : window.end - s0])
    for window in cutter.windows:
        assert window.end > s0 + data.shape[1]


def test_complete_windows_come_by_their_end_and_then_as_they_were_opened():
    cutter = WindowCutter(1, "float64", 0)
    cutter.expect(0)
    for number, (begin, end) in enumerate([(5, 9), (1, 3), (2, 9), (0, 9)]):
        cutter.open(begin, end, end, number)
    assert [window.tag for window in cutter.push(signal(1, 20))] == [1, 0, 2, 3]


def test_a_window_without_an_end_grows_and_is_closed_late_or_by_its_limit():
    data = signal(1, 6000)
    cutter = WindowCutter(1, "float64", 10, patience=500)
    cutter.expect(0)
    late, never = (cutter.open(100, None, 4100) for _ in range(2))
    assert cutter.push(data[:, :3000]) == []
    # Its samples have passed already.
    late.close(2222)
    assert cutter.push(data[:, 3000:4599]) == [late]
    np.testing.assert_array_equal(late.samples, data[:, 100:2222])
    assert not late.truncated
    assert cutter.push(data[:, 4599:]) == [never]
    assert never.truncated
    np.testing.assert_array_equal(never.samples, data[:, 100:4100])


def test_an_end_that_comes_after_the_limit_but_in_patience_is_the_end():
    cutter = WindowCutter(1, "float64", 0, patience=100)
    cutter.expect(0)
    window = cutter.open(0, None, 50)
    assert cutter.push(signal(1, 149)) == []
    window.close(20)
    assert cutter.push(signal(1, 1)) == [window]
    assert (window.n_samples, window.truncated) == (20, False)


def test_an_end_beyond_the_limit_is_cut_there():
    cutter = WindowCutter(1, "float64", 0)
    cutter.expect(0)
    window = cutter.open(3, None, 50)
    window.close(51)
    assert (window.end, window.truncated) == (50, True)
    # The earlier of two ends holds.
    window.close(30)
    window.close(40)
    assert (window.end, window.truncated) == (30, False)


def test_a_window_of_one_channel_has_that_channel_only():
    data = signal(4, 100)
    cutter = WindowCutter(4, "float64", 0)
    cutter.expect(0)
    cutter.open(10, 20, 20, rows=slice(2, 3))
    (window,) = cutter.push(data)
    np.testing.assert_array_equal(window.samples, data[2:3, 10:20])


def test_the_memory_for_the_past_is_made_once():
    cutter = WindowCutter(2, "float64", 1000)
    past = cutter._past
    cutter.expect(0)
    for _ in range(50):
        cutter.push(signal(2, 333))
    assert cutter._past is past
    assert cutter.oldest == 50 * 333 - 1000
    assert cutter.windows == ()


def test_samples_that_do_not_join_are_refused():
    cutter = WindowCutter(1, "float64", 5)
    cutter.expect(7)
    cutter.push(signal(1, 3))
    with pytest.raises(ValueError, match="sample 11 came, sample 10 was to come"):
        cutter.expect(11)
