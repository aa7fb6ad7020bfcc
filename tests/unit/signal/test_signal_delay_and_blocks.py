"""Delay lines and blocks: for any sizes of chunks, with what they keep no larger than it has to be."""

import numpy as np
import pytest

from psi.signal.blocks import Blocker
from psi.signal.channels import as_index
from psi.signal.delay_line import DelayLine


@pytest.mark.parametrize("n", [1, 5, 64])
@pytest.mark.parametrize("size", [1, 4, 5, 63, 64, 65, 200])
def test_a_delay_line_gives_what_it_was_given_before(n, size):
    data = np.arange(1, 601).reshape(2, 300)
    line = DelayLine(n, initial=0)
    late = np.concatenate([line.process(data[:, begin : begin + size]) for begin in range(0, 300, size)], axis=1)
    assert late.dtype == data.dtype
    assert np.array_equal(late, np.concatenate((np.zeros((2, n), int), data[:, :-n]), axis=1))


def test_a_delay_line_keeps_what_it_was_given_when_that_is_written_over():
    line, buffer = DelayLine(3), np.array([[1.0, 2.0]])
    line.process(buffer)
    buffer[:] = 99
    assert np.array_equal(line.process(np.zeros((1, 4))), [[1, 1, 2, 0]])


@pytest.mark.parametrize("size", [1, 3, 10])
@pytest.mark.parametrize("s0", [0, 7, -4])
@pytest.mark.parametrize("chunk", [1, 2, 3, 9, 25])
def test_blocks_lie_on_the_grid_of_absolute_indices(size, s0, chunk):
    data = np.arange(s0, s0 + 100)[np.newaxis]
    blocker, pieces, following = Blocker(size), [], None
    for begin in range(0, 100, chunk):
        made, first = blocker.process(data[:, begin : begin + chunk], s0 + begin)
        assert made.shape[1] % size == 0
        if made.shape[1]:
            assert first % size == 0
            assert following in (None, first)
            following = first + made.shape[1]
            pieces.append(made[0].copy())
    whole = [k for k in range(s0, s0 + 100) if s0 <= k // size * size and (k // size + 1) * size <= s0 + 100]
    assert np.concatenate(pieces).tolist() == whole


@pytest.mark.parametrize(
    ("found", "index"),
    [
        ([2], slice(2, 3)),
        ([0, 1, 2], slice(0, 3, 1)),
        ([1, 3, 5], slice(1, 6, 2)),
        ([2, 1], [2, 1]),
        ([0, 1, 3], [0, 1, 3]),
    ],
)
def test_channels_that_follow_each_other_evenly_are_taken_as_a_view(found, index):
    assert as_index(found) == index
    assert np.array_equal(np.arange(10)[as_index(found)], found)
