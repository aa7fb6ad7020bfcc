"""Functions of samples that somebody else has written, tried before they are trusted."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psi.signal.settings import Fault

SampleFunction = Callable[[NDArray[Any]], Any]

#: Samples that a function is tried with, and where they are cut to see whether that matters.
_TRIED = 12
_CUTS = (0, 1, 2, 7, _TRIED)


def name_of(function: Any) -> str:
    """How messages call ``function``."""
    return str(getattr(function, "__qualname__", None) or getattr(function, "__name__", None) or repr(function))


def apply(function: SampleFunction, data: NDArray[Any]) -> NDArray[Any]:
    """What ``function`` makes of ``data``, which it cannot change."""
    view = data.view()
    view.flags.writeable = False
    return np.asarray(function(view))


def taken_dtype(function: SampleFunction, n_channels: int, dtype: str) -> str:
    """NumPy name of the dtype in which ``function`` is given samples of ``dtype``.

    Levels as they are, all else as float64, so that nothing overflows; but whole numbers as they are where floats are
    refused, as by operations on bits and tables.
    """
    kind = np.dtype(dtype).kind
    if kind in "iu":
        try:
            with np.errstate(all="ignore"):
                apply(function, _trial(n_channels, dtype).astype(np.float64))
        except Exception:  # whatever somebody else's function says to floats; what it says to these numbers is shown
            return dtype
    return dtype if kind == "b" else "float64"


def made_dtype(function: SampleFunction, n_channels: int, dtype: str) -> str:
    """NumPy name of the dtype of what ``function`` makes: bool for levels, float64 for all else."""
    with np.errstate(all="ignore"):
        made = apply(function, _trial(n_channels, dtype).astype(taken_dtype(function, n_channels, dtype)))
    return "bool" if made.dtype.kind == "b" else "float64"


def transform_faults(function: Any, n_channels: int, dtype: str) -> list[Fault]:
    """What is wrong with ``function``, found by trying it with a few samples of ``n_channels`` channels.

    It must give an array of the shape of its own, sample by sample: the same values however the samples are cut, and
    whenever it is called.
    """
    if not callable(function):
        message = f"function = {function!r} cannot be called; give a function of an array (n_channels, n_samples)"
        return [Fault("function", message)]
    message = _wrong(function, _trial(n_channels, dtype).astype(taken_dtype(function, n_channels, dtype)))
    return [Fault("function", f"function {name_of(function)!r} {message}")] if message else []


def _wrong(function: SampleFunction, data: NDArray[Any]) -> str:
    with np.errstate(all="ignore"):
        try:
            whole = apply(function, data)
            again = apply(function, data)
            cut = [apply(function, data[:, begin:end]) for begin, end in pairwise(_CUTS)]
        except Exception as error:  # whatever the function of somebody else raises is its fault, to be shown
            says = f"raises {type(error).__name__} for an array of shape {data.shape}"
            return " ".join(f"{says}: {error}".split())
    if whole.shape != data.shape:
        return f"makes shape {whole.shape} of {data.shape}; it must keep the shape (n_channels, n_samples)"
    if whole.dtype.kind not in "biuf":
        return f"makes {whole.dtype} samples; it must make real numbers or levels"
    if any(piece.ndim != 2 or piece.shape[0] != data.shape[0] for piece in cut):
        return "makes another shape of fewer samples; it must keep the shape (n_channels, n_samples)"
    if not np.array_equal(whole, again, equal_nan=whole.dtype.kind == "f"):
        return "makes something else of the same samples when it is called again; it must not keep or draw anything"
    joined = np.concatenate(cut, axis=1)
    if joined.shape != whole.shape or not np.allclose(joined, whole, rtol=1e-9, atol=1e-12, equal_nan=True):
        return (
            "makes something else of the same samples when they come in smaller chunks; it must work sample by sample "
            "(no mean, filter or sort over samples)"
        )
    return ""


def _trial(n_channels: int, dtype: str) -> NDArray[Any]:
    """Samples of both signs and several sizes, the same each time; shape ``(n_channels, _TRIED)``."""
    values = np.random.default_rng(0).normal(0, 2, (n_channels, _TRIED))
    if np.dtype(dtype).kind in "iu":
        return np.abs(10 * values).astype(dtype)
    return values > 0 if dtype == "bool" else values.astype(dtype)
