"""Files that a command was told to write."""

from __future__ import annotations

from pathlib import Path

from psi.core.errors import ConfigurationError


def require_place(path: Path, option: str) -> None:
    """Raise ``ConfigurationError`` where no file can be at ``path``."""
    if path.is_dir():
        raise ConfigurationError(f"{path} is a folder; give the name of a file", option)
    if not path.absolute().parent.is_dir():
        raise ConfigurationError(f"{path} lies in a folder that is not there; make it first", option)


def write_result(path: Path, text: str, option: str) -> None:
    """Write ``text``. Raises ``ConfigurationError`` where that cannot be."""
    from psi.data.durable_files import write_text

    require_place(path, option)
    try:
        write_text(path, text)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}; choose another place", option) from None
