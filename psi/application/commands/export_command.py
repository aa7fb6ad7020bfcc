"""``psi export``: a recording for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from psi.application.long_work import Progress
from psi.application.output_file import require_place
from psi.core.errors import ConfigurationError
from psi.data.recording import Recording, open_recording


def nwb(path: Path, out: Path | None, session: Path | None) -> int:
    """Write an NWB file; returns the exit status. Raises ``ConfigurationError`` or ``RecordingError``."""
    from psi.data.nwb import export_nwb

    with open_recording(path) as recording:
        _require_ended(recording, path)
        if session is not None:
            _take_session(recording, session)
        target = out or recording.path.parent / "recording.nwb"
        require_place(target, "--out")
        with Progress("writing NWB") as progress:
            export_nwb(recording, target, progress)
    print(f"written: {target} (valid NWB)")
    return 0


def csv(path: Path, out: Path | None) -> int:
    """Write the tables; returns the exit status."""
    from psi.data.flat_files import export_csv

    with open_recording(path) as recording:
        folder = out or recording.path.parent / "csv"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            written = export_csv(recording, folder)
        except OSError as error:
            raise ConfigurationError(f"{folder} cannot be written: {error.strerror}", "--out") from None
    for file in written:
        print(f"written: {file}")
    return 0


def wav(path: Path, stream: str, channels: str, sample_format: Literal["float32", "int16"], out: Path | None) -> int:
    """Write a stream; returns the exit status."""
    from psi.data.flat_files import chosen_channels, export_wav

    with open_recording(path) as recording:
        if not stream and len(recording.streams) != 1:
            names = ", ".join(recording.streams) or "none"
            raise ConfigurationError(f"which stream? the recording has {names}", "--stream")
        chosen = recording.streams[stream] if stream else next(iter(recording.streams.values()))
        wanted = chosen_channels(chosen, [word.strip() for word in channels.split(",") if word.strip()])
        target = out or recording.path.parent / f"{chosen.name}.wav"
        require_place(target, "--out")
        try:
            with Progress("writing WAV") as progress:
                full = export_wav(chosen, target, wanted, sample_format, progress)
        except OSError as error:
            raise ConfigurationError(f"{target} cannot be written: {error.strerror}", "--out") from None
    scale = f"32767 is {full:g} {chosen.unit}" if sample_format == "int16" else f"1 is 1 {chosen.unit}"
    print(f"written: {target} ({sample_format}, {scale.strip()})")
    return 0


def _require_ended(recording: Recording, path: Path) -> None:
    if recording.live:
        raise ConfigurationError(f"{path} is being written; export it after the end of its run")


def _take_session(recording: Recording, file: Path) -> None:
    """What the session document in ``file`` says goes before what was recorded."""
    from psi.models.documents import load_document
    from psi.models.session import Session

    given = load_document(file, Session).model_dump(mode="json")
    recorded = recording.documents.get("session", {})
    recording.documents["session"] = recorded | {key: value for key, value in given.items() if value not in ("", None)}
