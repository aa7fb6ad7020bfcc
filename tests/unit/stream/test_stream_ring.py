"""Rings against a plain array: whatever is written is read, and whatever is lost is said exactly."""

import secrets
import threading

import numpy as np
import pytest

from psi.core.errors import ConfigurationError, RunFault
from psi.stream.info import Gap
from psi.stream.ring import RingReader, RingWriter


@pytest.fixture
def name():
    return f"psi-test-{secrets.token_hex(6)}"


@pytest.fixture
def rng():
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    return np.random.default_rng(seed)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "uint8", "bool"])
def test_random_writes_and_reads_agree_with_a_plain_array_and_gaps_are_exact(name, rng, dtype):
    n_channels, capacity = int(rng.integers(1, 5)), int(rng.integers(1, 60))
    whole = rng.integers(0, 2 if dtype == "bool" else 100, (n_channels, 3000)).astype(dtype)
    with RingWriter(name, n_channels, dtype, capacity) as ring, RingReader(name) as reader:
        end = 0
        while end < whole.shape[1]:
            n = min(int(rng.choice([0, 1, 7, int(rng.integers(0, 3 * capacity + 1))])), whole.shape[1] - end)
            end += n
            assert ring.write(whole[:, end - n : end]) == end
            oldest = max(0, end - capacity)
            assert reader.available == (oldest, end)
            s0, n = int(rng.integers(0, end + 1)), int(rng.integers(0, 2 * capacity))
            data, gap = reader.read(s0, n)
            stop = min(s0 + n, end)
            first = min(max(s0, oldest), stop)
            np.testing.assert_array_equal(data, whole[:, first:stop])
            assert gap == (Gap(s0, first - s0) if first > s0 else None)
            assert data.dtype == dtype


def test_a_read_is_a_copy_and_what_was_not_written_yet_is_left_out(name):
    with RingWriter(name, 1, "float32", 8) as ring, RingReader(name) as reader:
        ring.write(np.arange(4.0)[None])
        data, gap = reader.read(2, 100)
        ring.write(np.full((1, 8), 9.0))
        assert data.tolist() == [[2.0, 3.0]]
        assert gap is None
        data, gap = reader.read(50, 10)
        assert data.shape == (1, 0)
        assert gap is None


def test_samples_that_are_overwritten_while_they_are_copied_count_as_lost(name):
    with RingWriter(name, 1, "float64", 10) as ring, RingReader(name) as reader:
        ring.write(np.arange(10.0)[None])

        class Overtaken:
            """The mapped samples, with a writer that comes in between looking and copying."""

            def __init__(self, samples):
                self.samples = samples

            def __getitem__(self, key):
                if ring.end == 10:
                    ring.write(np.arange(10.0, 13.0)[None])
                return self.samples[key]

        reader._samples = Overtaken(reader._samples)
        data, gap = reader.read(0, 10)
        assert gap == Gap(0, 3)
        assert data.tolist() == [[3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]]


def test_a_reader_beside_a_fast_writer_never_sees_a_wrong_sample(name):
    capacity, total = 5000, 400_000
    with RingWriter(name, 2, "float64", capacity) as ring, RingReader(name) as reader:
        ready = threading.Event()

        def write():
            ready.wait()
            for s0 in range(0, total, 500):
                ring.write(np.arange(s0, s0 + 500.0) + np.array([[0.0], [0.5]]))

        thread = threading.Thread(target=write)
        thread.start()
        ready.set()
        position = read = lost = 0
        while position < total:
            data, gap = reader.read(position, 3000)
            if gap:
                lost += gap.n
                position += gap.n
            expected = np.arange(position, position + data.shape[1], dtype=float) + np.array([[0.0], [0.5]])
            np.testing.assert_array_equal(data, expected)
            position += data.shape[1]
            read += data.shape[1]
        thread.join()
        assert read + lost == total


def test_a_keeper_is_counted_from_sample_0_before_it_is_there(name):
    with RingWriter(name, 1, "float32", 100, keepers=2) as ring:
        assert ring.free() == 100
        ring.write(np.zeros((1, 60)))
        assert ring.free() == 40
        with RingReader(name, slot=1) as one, RingReader(name, slot=0) as zero:
            one.acknowledge(60)
            assert ring.free() == 40
            zero.acknowledge(50)
            assert ring.headroom() == 0.9
            zero.release()
            assert ring.free() == 100
        with RingReader(name, slot=1) as again:
            assert again.position == 60
        ring.write(np.zeros((1, 130)))
        assert ring.free() == -30


def test_without_keepers_everything_is_free(name):
    with RingWriter(name, 1, "float32", 10) as ring:
        ring.write(np.zeros((1, 25)))
        assert ring.free() == 10
        with pytest.raises(ValueError, match="no slot 0"):
            RingReader(name, slot=0)
        with RingReader(name) as reader, pytest.raises(ValueError, match="has no slot"):
            reader.acknowledge(3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, "float23", 10), "cannot hold 'float23' samples; did you mean 'float32'"),
        ((0, "float32", 10), "0 channels of 10 samples"),
        ((1, "float32", 0), "1 channels of 0 samples"),
    ],
)
def test_an_impossible_ring_is_refused(name, arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        RingWriter(name, *arguments)


def test_a_block_of_the_wrong_shape_is_refused(name):
    with RingWriter(name, 2, "float32", 10) as ring:
        with pytest.raises(ValueError, match=r"takes \(2, n\) samples, not \(1, 5\)"):
            ring.write(np.zeros((1, 5)))
        with pytest.raises(ValueError, match=r"not \(5,\)"):
            ring.write(np.zeros(5))
        assert ring.end == 0


def test_a_ring_that_is_not_there_and_one_that_is_no_ring_are_faults(name):
    from psi.stream.journal import JournalWriter

    with pytest.raises(RunFault, match="is gone"):
        RingReader(name)
    with JournalWriter(name, 1024), pytest.raises(RunFault, match="does not hold a ring"):
        RingReader(name)
