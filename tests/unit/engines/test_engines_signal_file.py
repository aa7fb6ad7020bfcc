"""Signals on disk: every kind that can be played, and what is said of those that cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import tables
from scipy.io import wavfile

from psi.core.errors import ConfigurationError
from psi.engines.signal_file import read_signal
from psi.testing import ScriptedSession

#: A recording's folder, and its streams as arrays of shape ``(n_channels, n_samples)``.
Recorded = tuple[Path, dict[str, np.ndarray]]

SIGNAL = np.arange(12.0).reshape(2, 6)


@pytest.mark.parametrize("array", [SIGNAL, SIGNAL.T, SIGNAL.astype("int16")], ids=["channels first", "last", "int16"])
def test_an_npy_has_its_longer_axis_as_time(tmp_path: Path, array: np.ndarray) -> None:
    np.save(tmp_path / "x.npy", array)
    stored = read_signal(tmp_path / "x.npy")
    np.testing.assert_array_equal(stored.samples, SIGNAL)
    assert stored.samples.dtype == np.float64
    assert stored.fs is None


def test_one_dimension_is_one_channel(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(5))
    np.testing.assert_array_equal(read_signal(tmp_path / "x.npy").samples, [[0, 1, 2, 3, 4]])


def test_an_npz_with_one_array_needs_no_key_and_one_with_two_does(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", ecg=np.arange(3))
    np.testing.assert_array_equal(read_signal(tmp_path / "one.npz").samples, [[0, 1, 2]])
    np.savez(tmp_path / "two.npz", ecg=np.arange(3), eeg=np.arange(4))
    np.testing.assert_array_equal(read_signal(tmp_path / "two.npz", "eeg").samples, [[0, 1, 2, 3]])
    with pytest.raises(ConfigurationError, match=r"two.npz has 2 arrays \(ecg, eeg\); name one as key"):
        read_signal(tmp_path / "two.npz")
    with pytest.raises(ConfigurationError, match=r"two.npz has no array 'ecgs'; did you mean 'ecg'"):
        read_signal(tmp_path / "two.npz", "ecgs")


@pytest.mark.parametrize(
    ("stored", "played"),
    [
        (np.array([-(2**15), 0, 2**14], dtype="int16"), [-1.0, 0.0, 0.5]),
        (np.array([-(2**31), 0, 2**30], dtype="int32"), [-1.0, 0.0, 0.5]),
        (np.array([0, 128, 192], dtype="uint8"), [-1.0, 0.0, 0.5]),
        (np.array([-1.5, 0, 0.5], dtype="float32"), [-1.5, 0.0, 0.5]),
    ],
    ids=lambda value: str(getattr(value, "dtype", "")),
)
def test_a_wav_is_played_re_full_scale_at_its_own_rate(tmp_path: Path, stored: np.ndarray, played: list[float]) -> None:
    wavfile.write(tmp_path / "x.wav", 8000, stored)
    read = read_signal(tmp_path / "x.wav")
    np.testing.assert_array_equal(read.samples, [played])
    assert read.fs == 8000


def test_the_channels_of_a_wav_stay_apart(tmp_path: Path) -> None:
    wavfile.write(tmp_path / "x.wav", 8000, np.array([[0.1, 0.5], [0.2, 0.6], [0.3, 0.7]]))
    np.testing.assert_allclose(read_signal(tmp_path / "x.wav").samples, [[0.1, 0.2, 0.3], [0.5, 0.6, 0.7]])


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    folder = tmp_path_factory.mktemp("recorded") / "recording"
    with ScriptedSession("record", "simulated_array", folder, duration=0.1).run() as opened:
        yield folder, {name: np.asarray(stream.data[:]).T for name, stream in opened.streams.items()}


def test_a_stream_of_a_recording_is_read_from_its_folder_and_from_its_file(recording: Recorded) -> None:
    folder, streams = recording
    (file,) = folder.glob("*.h5")
    for path in (folder, file):
        stored = read_signal(path, "lfp")
        np.testing.assert_array_equal(stored.samples, streams["lfp"])
        assert stored.samples.shape == (16, 2500)
        assert stored.fs == 25e3


def test_a_stream_that_a_recording_lacks_is_refused_with_the_nearest(recording: Recorded) -> None:
    folder, _ = recording
    with pytest.raises(ConfigurationError, match="has no stream 'spike'; did you mean 'spikes'"):
        read_signal(folder, "spike")
    with pytest.raises(ConfigurationError, match=r"has 3 streams \(lfp, raw_signal, spikes\); name one as key"):
        read_signal(folder)


def as_text(path: Path) -> None:
    path.write_text("this is no signal, whatever its ending says", encoding="utf-8")


def as_cut_npy(path: Path) -> None:
    np.save(path, np.arange(1000.0))
    path.write_bytes(path.read_bytes()[:500])


def as_cut_npz(path: Path) -> None:
    np.savez(path, x=np.arange(1000.0))
    path.write_bytes(path.read_bytes()[:500])


def as_damaged_npz(path: Path) -> None:
    np.savez_compressed(path, x=np.arange(1000.0))
    data = bytearray(path.read_bytes())
    data[100:140] = bytes(40)
    path.write_bytes(bytes(data))


def as_pickle(path: Path) -> None:
    np.save(path, np.array([{"a": 1}]), allow_pickle=True)


def as_words(path: Path) -> None:
    np.save(path, np.array(["a", "b"]))


def as_cube(path: Path) -> None:
    np.save(path, np.zeros((2, 2, 2)))


def as_other_hdf5(path: Path) -> None:
    tables.open_file(str(path), "w").close()


def as_empty_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("x.npy", None, "does not exist"),
        ("x.npy", as_text, "cannot be read"),
        ("x.npy", as_cut_npy, "cannot be read"),
        ("x.npy", as_pickle, "cannot be read"),
        ("x.npy", as_words, "not numbers"),
        ("x.npy", as_cube, "3 dimensions; a signal has 1 or 2"),
        ("x.npz", as_text, "cannot be read"),
        ("x.npz", as_cut_npz, "cannot be read"),
        ("x.npz", as_damaged_npz, "cannot be read"),
        ("x.wav", as_text, "cannot be read"),
        ("x.h5", as_text, "cannot be read: it is not HDF5"),
        ("x.h5", as_other_hdf5, "is no psi recording: it has no /streams"),
        ("x", as_empty_folder, "is a folder without a recording in it"),
        ("x.mp3", as_text, ".mp3 is not npy, npz, wav, h5 or a recording"),
        ("x", as_text, "no ending is not npy"),
    ],
)
def test_what_cannot_be_played_is_refused_in_one_line_that_names_it(
    tmp_path: Path, name: str, make: Callable[[Path], None] | None, message: str
) -> None:
    path = tmp_path / name
    if make is not None:
        make(path)
    with pytest.raises(ConfigurationError) as refused:
        read_signal(path)
    text = str(refused.value)
    assert str(path) in text
    assert message in text
    assert "\n" not in text
