"""A recording's tables as CSV, and its streams as WAV."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from psi.core.errors import ConfigurationError
from psi.core.names import did_you_mean
from psi.data.recording import Recording
from psi.data.saved_stream import Stream

#: The tables that are written, by the name of their file.
TABLES = ("trials", "events", "outputs", "audit", "clock_pairs")

#: Bytes that a WAV file can say it has.
_MOST = 2**32 - 100

SampleFormat = Literal["float32", "int16"]


def export_csv(recording: Recording, folder: Path) -> list[Path]:
    """Write each table that has rows, and the metadata of epochs, into ``folder``; the files.

    UTF-8, a comma between cells, a point in numbers, the full precision of each; ``info`` is JSON; a cell without a
    value is empty.
    """
    written = []
    tables = {name: getattr(recording, name) for name in TABLES}
    tables |= {f"epochs_{name}": epochs.metadata for name, epochs in recording.epochs.items()}
    for name, table in tables.items():
        if table.empty:
            continue
        if "info" in table:
            table = table.assign(info=[json.dumps(info, ensure_ascii=False) for info in table["info"]])
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
        written.append(path)
    return written


def chosen_channels(stream: Stream, wanted: Sequence[str]) -> list[int]:
    """Channels by label or number (from 0); all where none is named. Raises ``ConfigurationError`` for unknown ones."""
    known = {label: index for index, label in enumerate(stream.labels)}
    known |= {str(index): index for index in range(stream.shape[1])}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ConfigurationError(
            f"stream {stream.name!r} has no channel {unknown[0]!r}{did_you_mean(unknown[0], list(known))}; "
            f"it has {', '.join(stream.labels) or f'0 to {stream.shape[1] - 1}'}",
            "--channels",
        )
    return [known[name] for name in wanted] or list(range(stream.shape[1]))


def export_wav(
    stream: Stream,
    path: Path,
    channels: Sequence[int],
    sample_format: SampleFormat,
    progress: Callable[[int, int], None],
) -> float:
    """Write channels of ``stream`` as WAV; returns what one in the file is in the stream's unit.

    Samples of ``float32`` are in the stream's unit as they are (1 for 1). Of ``int16`` the largest magnitude becomes
    32767, and the returned number is what 32767 stands for. NaN becomes 0.

    Raises ``ConfigurationError`` where the rate is no whole number, or the file would be larger than WAV can say.
    """
    fs = round(stream.fs)
    if fs != stream.fs:
        raise ConfigurationError(f"stream {stream.name!r} has {stream.fs:g} samples/s; WAV knows whole rates only")
    n, width = len(stream.data), 4 if sample_format == "float32" else 2
    n_bytes = n * len(channels) * width
    if n_bytes > _MOST:
        raise ConfigurationError(
            f"stream {stream.name!r} needs {n_bytes / 1e9:.1f} GB, a WAV file holds 4.3; choose --channels, or int16"
        )
    at_once = max(1, (4 << 20) // max(1, stream.shape[1]))
    spans = [(start, min(start + at_once, n)) for start in range(0, n, at_once)]
    full = 1.0
    passes = 1 if sample_format == "float32" else 2
    if passes == 2:
        full = 0.0
        for start, stop in spans:
            full = max(full, float(np.nanmax(np.abs(stream.data[start:stop][:, channels]), initial=0.0)))
            progress(stop, passes * n)
        full = full or 1.0
    with open(path, "wb") as file:
        file.write(_header(fs, len(channels), width, n_bytes))
        for start, stop in spans:
            block = np.nan_to_num(np.asarray(stream.data[start:stop][:, channels], np.float64), nan=0.0)
            if sample_format == "int16":
                file.write(np.rint(block * (32767 / full)).astype("<i2").tobytes())
            else:
                file.write(block.astype("<f4").tobytes())
            progress((passes - 1) * n + stop, passes * n)
        if n_bytes % 2:
            file.write(b"\0")
    return full


def _header(fs: int, n_channels: int, width: int, n_bytes: int) -> bytes:
    """RIFF, format and data chunk; IEEE floats (3) carry the size of an extension, which is empty."""
    kind = 3 if width == 4 else 1
    block = n_channels * width
    form = struct.pack("<HHIIHH", kind, n_channels, fs, fs * block, block, 8 * width)
    form += struct.pack("<H", 0) if kind == 3 else b""
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    if kind == 3:
        chunks += b"fact" + struct.pack("<II", 4, n_bytes // block)
    chunks += b"data" + struct.pack("<I", n_bytes)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks) + n_bytes) + b"WAVE" + chunks
