"""A run without engines: rings, journal and store, and a look at what is left behind."""

import secrets
from pathlib import Path

import numpy as np
import pytest

from psi.data.recording_rings import RecordingRings
from psi.stream.info import Chunk


def shared_memory_of(run_id):
    folder = Path("/dev/shm")
    return sorted(path.name for path in folder.glob(f"psi-{run_id}-*")) if folder.exists() else []


@pytest.fixture
def rng():
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    return np.random.default_rng(seed)


@pytest.fixture
def make_rings(tmp_path):
    """Makes :class:`RecordingRings` into ``tmp_path / 'run'`` and takes them down at the end."""
    made = []

    def make(streams=(), trial_columns=(), documents=None, **settings):
        rings = RecordingRings(
            f"test-{secrets.token_hex(6)}", streams, trial_columns, documents or {}, tmp_path / "run", **settings
        )
        made.append(rings)
        return rings

    yield make
    for rings in made:
        rings.close()
        assert shared_memory_of(rings.plan.run_id) == []


@pytest.fixture
def push():
    """Pushes samples of shape (n_channels, n) into a stream's ring in chunks of the given sizes."""

    def push(rings, info, data, sizes, s0=0):
        sink = rings.sink(info.name)
        at = 0
        for size in sizes:
            sink(Chunk(data[:, at : at + size], s0 + at, info))
            at += size
        sink(Chunk(data[:, at:], s0 + at, info))

    return push
