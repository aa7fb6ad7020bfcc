"""Random numbers by name: each name has a stream of its own, spawned from one root seed.

A stream depends on the root seed and on its name alone, so adding an item, a selector or a device
does not shift the numbers of any other.
"""

from __future__ import annotations

import hashlib
import secrets

import numpy as np

from psi.core.errors import ConfigurationError

#: Seeds are below this, so that every JSON reader keeps them exactly and people can type them.
SEED_LIMIT = 2**32


def draw_seed() -> int:
    """A new root seed from the operating system; keep it in the Task, so that the Task alone repeats the run."""
    return secrets.randbelow(SEED_LIMIT)


class RandomStreams:
    """The random streams of one run."""

    def __init__(self, root_seed: int) -> None:
        if isinstance(root_seed, bool) or not isinstance(root_seed, int) or root_seed < 0:
            raise ConfigurationError(f"seed {root_seed!r} is not allowed; give a whole number, 0 or more")
        self.root_seed = root_seed

    def generator(self, name: str) -> np.random.Generator:
        """A generator at the beginning of the stream ``name``: asked twice, it gives the same numbers twice."""
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.root_seed, spawn_key=_key(name))))


def substream(generator: np.random.Generator, name: str) -> np.random.Generator:
    """A generator at the beginning of the stream ``name`` below that of ``generator``, which is left as it is."""
    seed = generator.bit_generator.seed_seq
    assert isinstance(seed, np.random.SeedSequence)
    below = np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, *_key(name)))
    return np.random.Generator(np.random.PCG64(below))


def _key(name: str) -> tuple[int, ...]:
    # hash() differs from process to process; this does not.
    digest = hashlib.sha256(name.encode("utf-8")).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
