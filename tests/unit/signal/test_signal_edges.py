"""The edge detector against a definition that is written sample by sample."""

import numpy as np
import pytest

from psi.signal.edges import EdgeDetector


def by_definition(levels, debounce, initial):
    """Edges of one channel as (sample, rising): look back from each sample at the last ``debounce`` ones."""
    level = levels[0] if initial is None else initial
    edges, length, previous = [], 0, level
    for index, now in enumerate(levels):
        length = length + 1 if now == previous else 1
        previous = now
        if now != level and length >= max(debounce, 1):
            level = now
            edges.append((index - length + 1, bool(now)))
    return edges


def random_levels(rng, n_channels, n):
    """Runs of random length, many of them short."""
    flips = rng.random((n_channels, n)) < rng.choice([0.02, 0.2, 0.5], size=(n_channels, 1))
    return np.cumsum(flips, axis=1) % 2 == 1


@pytest.mark.parametrize("seed", range(40))
def test_any_chunking_finds_the_edges_of_the_definition(seed):
    print("seed", seed)
    rng = np.random.default_rng(seed)
    n_channels, debounce = int(rng.integers(1, 5)), int(rng.integers(0, 8))
    initial = [None, False, True][rng.integers(3)]
    levels = random_levels(rng, n_channels, 400)
    detector = EdgeDetector(debounce, initial)
    found, s0 = [], 0
    while s0 < levels.shape[1]:
        n = int(rng.choice([0, 1, 2, 3, 7, 13, 100]))
        chunk = levels[:, s0 : s0 + n]
        changes = detector.process(chunk, s0)
        assert changes == sorted(changes, key=lambda change: (change.sample, change.channel))
        end = s0 + chunk.shape[1]
        # As soon as it is certain, and not before.
        assert all(s0 < change.sample + detector.debounce <= end for change in changes)
        found += changes
        s0 = end
    for channel in range(n_channels):
        mine = [(change.sample, change.rising) for change in found if change.channel == channel]
        assert mine == by_definition(levels[channel].tolist(), debounce, initial)
    assert found == sorted(found, key=lambda change: (change.sample, change.channel))


@pytest.mark.parametrize(
    ("text", "debounce", "initial", "expected"),
    [
        ("0011010111", 3, None, [(7, True)]),
        ("0001110001", 3, None, [(3, True), (6, False)]),
        ("111000", 1, None, [(3, False)]),
        ("111000", 1, False, [(0, True), (3, False)]),
        ("110111", 3, False, [(3, True)]),
        ("000", 2, True, [(0, False)]),
        ("01", 2, None, []),
    ],
)
def test_examples_of_debouncing(text, debounce, initial, expected):
    levels = np.array([[character == "1" for character in text]])
    changes = EdgeDetector(debounce, initial).process(levels, 0)
    assert [(change.sample, change.rising) for change in changes] == expected


def test_a_level_may_last_for_hours_before_it_changes():
    detector, far = EdgeDetector(5), 720_000_000_000
    assert detector.process(np.zeros((1, 5), dtype=bool), far - 5) == []
    assert [change.sample for change in detector.process(np.ones((1, 5), dtype=bool), far)] == [far]
