"""Recorded signals on disk: npy, npz, wav, or a stream of a psi recording."""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.core.errors import ConfigurationError
from psi.core.names import did_you_mean


@dataclass(frozen=True)
class SignalFile:
    """A signal as stored."""

    #: Shape ``(n_channels, n_samples)``, float64; a wav's with 1 for full scale.
    samples: NDArray[np.float64]
    #: Samples per second, where the file says so.
    fs: float | None = None
    #: The same as whole numbers, as stored, where the file holds such: codes of a converter.
    codes: NDArray[np.float64] | None = None


def _as_channels(array: NDArray[Any], path: Path) -> NDArray[np.float64]:
    if array.dtype.kind not in "biuf":
        raise ConfigurationError(f"{path} holds {array.dtype}, not numbers")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ConfigurationError(f"{path} holds NaN or infinite values, which no filter gets over; cut or mend them")
    if array.ndim == 1:
        return np.asarray(array, dtype=np.float64)[np.newaxis]
    if array.ndim == 2:
        # Whichever axis is shorter is the channels': nobody has more channels than samples.
        return np.asarray(array if array.shape[0] <= array.shape[1] else array.T, dtype=np.float64)
    raise ConfigurationError(f"{path} holds an array of {array.ndim} dimensions; a signal has 1 or 2")


def _pick(key: str, known: list[str], path: Path, what: str) -> str:
    if key:
        if key not in known:
            raise ConfigurationError(f"{path} has no {what} {key!r}{did_you_mean(key, known)}")
        return key
    if len(known) != 1:
        raise ConfigurationError(f"{path} has {len(known)} {what}s ({', '.join(known)}); name one as key")
    return known[0]


def _of_array(array: NDArray[Any], path: Path) -> SignalFile:
    samples = _as_channels(array, path)
    return SignalFile(samples, None, samples if array.dtype.kind in "iu" else None)


def _read_wav(path: Path) -> SignalFile:
    from scipy.io import wavfile

    fs, data = wavfile.read(path)
    samples = _as_channels(data, path)
    if data.dtype == np.uint8:  # the one width that wav stores without a sign
        return SignalFile((samples - 128) / 128, float(fs), samples)
    full_scale = float(np.iinfo(data.dtype).max) + 1 if data.dtype.kind == "i" else 1.0
    return SignalFile(samples / full_scale, float(fs), samples if data.dtype.kind == "i" else None)


def _read_recording(path: Path, key: str) -> SignalFile:
    import tables

    file = path if path.is_file() else next(iter(sorted(path.glob("*.h5"))), None)
    if file is None:
        raise ConfigurationError(f"{path} is a folder without a recording in it")
    try:
        h5 = tables.open_file(str(file), "r")
    except tables.HDF5ExtError:
        raise ConfigurationError(f"signal file {str(file)!r} cannot be read: it is not HDF5") from None
    with h5:
        if "/streams" not in h5:
            raise ConfigurationError(f"{file} is no psi recording: it has no /streams")
        name = _pick(key, sorted(h5.root.streams._v_children), file, "stream")
        node = h5.get_node("/streams", name)
        scale = float(getattr(node.attrs, "scale", 1.0))
        return SignalFile(node.read().T.astype(np.float64) * scale, float(node.attrs.fs))


def read_signal(file: str | Path, key: str = "") -> SignalFile:
    """The signal in ``file``.

    Parameters
    ----------
    file
        ``.npy``, ``.npz``, ``.wav``, ``.h5``, or the folder of a recording.
    key
        The array of an npz or the stream of a recording; may be empty where there is just one.

    Raises
    ------
    ConfigurationError
        Where the file is missing, unreadable, of another kind, or has no such key.
    """
    path = Path(file).expanduser()
    if not path.exists():
        raise ConfigurationError(f"signal file {str(path)!r} does not exist")
    kind = path.suffix.lower()
    try:
        if kind == ".npy":
            return _of_array(np.load(path, allow_pickle=False), path)
        if kind == ".npz":
            # Opened here, since NumPy leaves a damaged file open.
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
                name = _pick(key, list(arrays.files), path, "array")
                return _of_array(arrays[name], path)
        if kind == ".wav":
            return _read_wav(path)
        if kind in (".h5", ".hdf5") or path.is_dir():
            return _read_recording(path, key)
    except (OSError, ValueError, EOFError, struct.error, zipfile.BadZipFile, zlib.error) as error:
        raise ConfigurationError(f"signal file {str(path)!r} cannot be read: {error}") from error
    raise ConfigurationError(
        f"signal file {str(path)!r}: {kind or 'no ending'} is not npy, npz, wav, h5 or a recording"
    )
