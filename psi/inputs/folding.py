"""What a Downsample folds back: frequencies that its new rate cannot show, and that no filter has taken out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from psi.core.errors import Finding
from psi.core.source_lines import source_file, where_of
from psi.inputs.downsample import DownsampleStage
from psi.inputs.node import Node

#: In dB; what is passed by less than this counts as taken out.
CLEAN = -40.0
#: Frequencies at which gains are compared, evenly and by ratio.
_EVENLY, _BY_RATIO = 2048, 512

_Gain = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def folding_findings(node: Node) -> list[Finding]:
    """A warning where ``node`` is a Downsample that folds back more than :data:`CLEAN`.

    The worst gain, from half of the new rate up to half of the old one, of the filters between it and the stage before
    it that has changed the rate or made new frequencies. Levels are not looked at: they have steps, not a band.
    """
    stage = node.stage
    if not isinstance(stage, DownsampleStage) or int(stage.q) == 1 or node.source.dtype == "bool":
        return []
    highest, lowest = node.source.fs / 2, node.info.fs / 2
    filters = _filters_before(node)
    worst, at = (0.0, lowest) if not filters else _worst(filters, lowest, highest)
    if worst <= CLEAN:
        return []
    passed = f"are passed at up to {worst:.1f} dB (at {at:.6g} Hz)" if filters else "have passed no filter"
    mend = "filter more steeply or lower" if filters else "put a low-pass filter before it"
    message = (
        f"{stage.title} on {node.source.name!r}: q = {int(stage.q)} folds frequencies above {lowest:.6g} Hz back, "
        f"which {passed}; {mend} for {CLEAN:g} dB, or use Decimate"
    )
    where = where_of(node.declaration, "q") if source_file(node.declaration) else ""
    return [Finding(message, where, "warning")]


def _filters_before(node: Node) -> list[_Gain]:
    gains: list[_Gain] = []
    above = node.parent
    while above is not None and above.source.fs == above.info.fs:
        gain = getattr(above.stage, "gain", None)
        if gain is not None:
            gains.append(gain)
        # An Envelope smooths what it has rectified: of the filters here its own counts, and none before it.
        above = above.parent if getattr(above.stage, "keeps_band", True) else None
    return gains


def _worst(filters: list[_Gain], lowest: float, highest: float) -> tuple[float, float]:
    """The largest gain of all ``filters`` together in dB, and its frequency in Hz."""
    frequencies = np.concatenate(
        (np.linspace(lowest, highest, _EVENLY), np.geomspace(lowest, highest, _BY_RATIO)[1:-1])
    )
    gains = np.prod([gain(frequencies) for gain in filters], axis=0)
    peak = int(np.argmax(gains))
    return float(20 * np.log10(max(gains[peak], 1e-30))), float(frequencies[peak])
