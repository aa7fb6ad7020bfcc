"""The histogram in the bottom line."""

from __future__ import annotations

from qtpy.QtGui import QColor

from psi.controller.dispatch.latency import LatencyHistogram
from psi.experiment.strips.latency_view import LatencyBars
from psi.experiment.theme import DARK


def columns(bars: LatencyBars, color: str) -> list[int]:
    """Pixels from the left edge that have the colour at the lower edge."""
    image = bars.grab().toImage()
    row = image.height() - 3
    return [x for x in range(image.width()) if image.pixelColor(x, row) == QColor(color)]


def test_bars_stand_where_the_delays_are(application: object) -> None:
    histogram = LatencyHistogram()
    bars = LatencyBars()
    bars.show_latency(histogram.summary(), DARK)
    assert bars.isHidden()
    for _ in range(1000):
        histogram.add(200_000)
    histogram.add(30_000_000)
    bars.show_latency(histogram.summary(), DARK)
    assert not bars.isHidden()
    # On a logarithmic axis from 10 µs to 100 ms: 0.2 ms is at a third of it, 30 ms, which is late, near its end.
    usual, late = columns(bars, DARK.accent), columns(bars, DARK.edited)
    assert 0.28 * bars.width() < min(usual) <= max(usual) < 0.40 * bars.width()
    assert 0.80 * bars.width() < min(late) <= max(late) < 0.95 * bars.width()
    assert "1001 commands" in bars.toolTip()
    assert "longest 30.00 ms" in bars.toolTip()
