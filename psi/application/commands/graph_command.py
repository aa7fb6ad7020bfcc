"""``psi graph``: chains and trial logic as text, or as a picture."""

from __future__ import annotations

from pathlib import Path

from psi.application.requests import request_of_choice
from psi.application.run_options import Choice
from psi.assembly.description import describe_logic
from psi.assembly.preparation import load_choice
from psi.controller.graph import graph_lines
from psi.controller.plugin import ControllerPlugin
from psi.core.errors import ConfigurationError


def graph(options: Choice, svg: Path | None = None) -> int:
    """Print the chains and the trial logic of a paradigm on a rig, or draw them into the file ``svg``."""
    loaded = load_choice(request_of_choice(options)).loaded
    if svg is None:
        print("\n".join(graph_lines(loaded.controller)))
    else:
        _save(svg, _picture(loaded.controller, f"{options.paradigm} on {options.rig}"))
        print(f"drawn in {svg}")
    return 0


def _picture(controller: ControllerPlugin, title: str) -> str:
    from psi.plots.experiment_picture import experiment_svg

    return experiment_svg(controller, describe_logic(controller.regions()), title)


def _save(path: Path, text: str) -> None:
    from psi.data.durable_files import write_text

    if path.is_dir():
        raise ConfigurationError(f"{path} is a folder; give the name of a file, such as {path / 'graph.svg'}", "--svg")
    try:
        write_text(path, text)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror}; choose a file in a folder that is there and yours", "--svg"
        ) from None
