"""Epochs of a recording: their samples, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from psi.data.layout import EPOCH_COLUMNS, EPOCHS
from psi.data.recorded_parts import RecordedParts, parsed
from psi.data.samples import Samples

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Epochs(Sequence[NDArray[Any]]):
    """The epochs of one stage, in the order in which they became complete.

    ``epochs[i]`` reads one from the file, shape ``(n_channels, n_samples)``; ``epochs[2:5]`` is a list.
    """

    name: str
    #: Samples per second.
    fs: float
    #: Unit of the samples.
    unit: str
    #: Nominal delay in seconds of the stages that made them.
    delay: float
    labels: tuple[str, ...]
    #: The stages that made them, as they were described at Start.
    chain: Any
    #: Cells of the table but for the metadata, each of shape ``(n_epochs,)``.
    table: dict[str, NDArray[np.int64]]
    #: What is known of each.
    info: list[dict[str, Any]]
    #: All samples, one epoch after the other, shape ``(n_samples of all, n_channels)``.
    samples: Samples

    def __len__(self) -> int:
        return len(self.info)

    @overload
    def __getitem__(self, index: int) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[NDArray[Any]]: ...
    def __getitem__(self, index: int | slice) -> NDArray[Any] | list[NDArray[Any]]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        row0, n = int(self.table["row0"][index]), int(self.table["n"][index])
        return np.ascontiguousarray(self.samples[row0 : row0 + n].T)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[number] for number in range(len(self)))

    @property
    def n_samples(self) -> NDArray[np.int64]:
        """Of each epoch, shape ``(n_epochs,)``."""
        return self.table["n"]

    @property
    def data(self) -> NDArray[Any] | list[NDArray[Any]]:
        """All of them: ``(n_epochs, n_channels, n_samples)`` where they are equally long, else a list of arrays."""
        if len(set(self.n_samples.tolist())) > 1:
            return list(self)
        n, n_channels = int(self.n_samples[0]) if len(self) else 0, self.samples.shape[1]
        together = np.empty((len(self), n_channels, n), self.samples.dtype)
        for number, epoch in enumerate(self):
            together[number] = epoch
        return together

    @property
    def t(self) -> NDArray[np.float64] | list[NDArray[np.float64]]:
        """Seconds from the event to each sample: ``(n_samples,)`` where all epochs share it, else one for each."""
        first, n = self.table["s0"] - self.table["sample"], self.n_samples
        times = [
            (begin + np.arange(length)) / self.fs for begin, length in zip(first.tolist(), n.tolist(), strict=True)
        ]
        if len(set(zip(first.tolist(), n.tolist(), strict=True))) > 1:
            return times
        return times[0] if times else np.empty(0)

    @property
    def metadata(self) -> pd.DataFrame:
        """One row per epoch: number, s0, sample, n, and a column for each thing that is known of any of them."""
        import pandas as pd

        columns = {name: self.table[name] for name in ("number", "s0", "sample", "n")}
        known = dict.fromkeys(key for info in self.info for key in info if key not in columns)
        return pd.DataFrame({**columns, **{key: [info.get(key) for info in self.info] for key in known}})


def read_epochs(parts: RecordedParts, name: str) -> Epochs:
    """The epochs called ``name``, as far as rows and samples are there."""
    path = f"{EPOCHS}/{name}"
    said, array = parts.array(f"{path}/data", "epochs", name)
    cells = parts.table(path, [column.name for column in EPOCH_COLUMNS])
    texts = cells.pop("metadata")
    n_samples = array.shape[0]
    # Samples are written in blocks of about a second, rows at once: the last may be there without their samples.
    whole = cells["row0"] + cells["n"] <= n_samples
    return Epochs(
        name=name,
        fs=said["fs"],
        unit=said["unit"],
        delay=said["delay"],
        labels=tuple(parsed(said["labels"], path)),
        chain=parsed(said["chain"], path) if said["chain"] else None,
        table={key: column[whole] for key, column in cells.items()},
        info=[parsed(text, f"{path}/metadata") for text, there in zip(texts, whole, strict=True) if there],
        samples=Samples(array, n_samples, said["dtype"], said["scale"]),
    )
