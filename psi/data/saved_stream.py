"""One stream of a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from psi.core.errors import ConfigurationError
from psi.data.recorded_parts import RecordedParts, parsed
from psi.data.samples import Samples

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True)
class Stream:
    """One recorded stream."""

    name: str
    #: Samples per second.
    fs: float
    #: Unit of ``data``.
    unit: str
    #: Time of sample 0 in seconds on the master clock.
    t0: float
    #: Nominal delay in seconds of the stages that made it.
    delay: float
    labels: tuple[str, ...]
    #: The stages that made it, as they were described at Start; ``None`` where nothing was said.
    chain: Any
    data: Samples

    @property
    def shape(self) -> tuple[int, int]:
        """``(n_samples, n_channels)``."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.data.dtype

    def seconds(self, start: float = 0.0, stop: float | None = None) -> slice:
        """The samples from ``start`` to ``stop`` s on the run's clock, as a slice of :attr:`data`."""
        first, last = (
            None if at is None else min(max(0, int(np.ceil((at - self.t0) * self.fs - 1e-6))), len(self.data))
            for at in (start, stop)
        )
        return slice(first, len(self.data) if last is None else last)

    def to_pandas(self, start: float = 0.0, stop: float | None = None) -> pd.DataFrame:
        """Samples from ``start`` to ``stop`` s: one column for each channel, the time in s as index."""
        import pandas as pd

        wanted = self.seconds(start, stop)
        return pd.DataFrame(
            self.data[wanted], columns=list(self._labels()), index=pd.Index(self._times(wanted), name="time")
        )

    def to_xarray(self, start: float = 0.0, stop: float | None = None) -> xr.DataArray:
        """The same as an array with dimensions ``time`` and ``channel``; fs, unit and delay are attributes.

        Raises ``ConfigurationError`` where xarray is not installed.
        """
        try:
            import xarray as xr
        except ImportError:
            raise ConfigurationError("xarray is not installed; run: pip install 'psi[xarray]'") from None
        wanted = self.seconds(start, stop)
        return xr.DataArray(
            self.data[wanted],
            coords={"time": self._times(wanted), "channel": list(self._labels())},
            dims=("time", "channel"),
            name=self.name,
            attrs={"fs": self.fs, "units": self.unit, "delay": self.delay},
        )

    def _times(self, wanted: slice) -> Any:
        return self.t0 + np.arange(wanted.start, wanted.stop) / self.fs

    def _labels(self) -> tuple[str, ...]:
        n_channels = self.shape[1]
        return self.labels if len(self.labels) == n_channels else tuple(str(number) for number in range(n_channels))


def read_stream(parts: RecordedParts, name: str) -> Stream:
    """The stream called ``name``."""
    path = f"/streams/{name}"
    said, array = parts.array(path, "streams", name)
    return Stream(
        name=name,
        fs=said["fs"],
        unit=said["unit"],
        t0=said["t0"],
        delay=said["delay"],
        labels=tuple(parsed(said["labels"], path)),
        chain=parsed(said["chain"], path) if said["chain"] else None,
        data=Samples(array, array.shape[0], said["dtype"], said["scale"]),
    )
