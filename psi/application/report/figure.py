"""A figure as SVG text whose colours are the page's: axes, lines, bands, dots and words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from psi.plots.ticks import tick_labels, ticks

#: Pixels of every figure; the page scales them.
WIDTH = 960.0
LEFT, RIGHT, TOP, BOTTOM = 92.0, 16.0, 10.0, 34.0


class Figure:
    """Draws in units of the data; ``x`` and ``y`` are the ranges that are shown."""

    def __init__(
        self, x: tuple[float, float], y: tuple[float, float], height: float, width: float = WIDTH, left: float = LEFT
    ) -> None:
        self.x, self.y = _wide(x), _wide(y)
        self.width, self.height, self.left = width, height, left
        self._parts: list[str] = []

    def px(self, x: float) -> float:
        """Pixels from the left."""
        return self.left + (x - self.x[0]) / (self.x[1] - self.x[0]) * (self.width - self.left - RIGHT)

    def py(self, y: float) -> float:
        """Pixels from the top."""
        return self.height - BOTTOM - (y - self.y[0]) / (self.y[1] - self.y[0]) * (self.height - TOP - BOTTOM)

    def x_axis(self, label: str, n: int = 8, at: Sequence[tuple[float, str]] | None = None) -> None:
        """Ticks with words and faint lines; ``at`` gives them, where the axis is not an even one."""
        marks = ticks(*self.x, n) if at is None else [place for place, _ in at]
        words = tick_labels(marks) if at is None else [word for _, word in at]
        base = self.height - BOTTOM
        for mark, word in zip(marks, words, strict=True):
            x = self.px(mark)
            self._parts.append(f'<path class="grid" d="M{x:.1f} {TOP:.0f}V{base:.0f}"/>')
            self.words(x, base + 14, word, "tick", "middle")
        self.words(self.width - RIGHT, self.height - 3, label, "label", "end")

    def y_axis(self, label: str, n: int = 4) -> None:
        marks = ticks(*self.y, n)
        for mark, word in zip(marks, tick_labels(marks), strict=True):
            y = self.py(mark)
            self._parts.append(f'<path class="grid" d="M{self.left:.0f} {y:.1f}H{self.width - RIGHT:.0f}"/>')
            self.words(self.left - 8, y + 3.5, word, "tick", "end")
        middle = (TOP + self.height - BOTTOM) / 2
        self._parts.append(
            f'<text class="label" text-anchor="middle" transform="translate(16 {middle:.0f}) rotate(-90)">'
            f"{escape(label)}</text>"
        )

    def words(self, x: float, y: float, text: str, kind: str = "label", anchor: str = "start") -> None:
        """``text`` at pixels."""
        self._parts.append(f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>')

    def line(self, points: Iterable[tuple[float, float]], kind: str) -> None:
        path = "L".join(f"{self.px(x):.1f} {self.py(y):.1f}" for x, y in points)
        self._parts.append(f'<path class="line {kind}" d="M{path}"/>')

    def area(self, x: Sequence[float], low: Sequence[float], high: Sequence[float], kind: str) -> None:
        """The band between ``low`` and ``high``; where they are NaN it is open."""
        run: list[tuple[float, float, float]] = []
        for place, bottom, top in [*zip(x, low, high, strict=True), (0.0, math.nan, math.nan)]:
            if math.isfinite(bottom) and math.isfinite(top):
                run.append((self.px(place), self.py(bottom), self.py(top)))
                continue
            if run:
                ahead = "L".join(f"{at:.1f} {b:.1f}" for at, b, _ in run)
                back = "L".join(f"{at:.1f} {t:.1f}" for at, _, t in reversed(run))
                self._parts.append(f'<path class="area {kind}" d="M{ahead}L{back}Z"/>')
            run = []

    def bar(self, x0: float, x1: float, y: float, kind: str) -> None:
        left, right, top, base = self.px(x0), self.px(x1), self.py(y), self.py(self.y[0])
        width = max(right - left - 1, 1)
        self._parts.append(
            f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{base - top:.1f}"/>'
        )

    def ticks_in_row(self, times: Iterable[float], top: float, height: float, kind: str) -> None:
        """Upright strokes at ``times``, one at most on a third of a pixel; ``top`` and ``height`` in pixels."""
        seen = dict.fromkeys(round(self.px(time) * 3) / 3 for time in times)
        path = "".join(f"M{x:.1f} {top:.1f}v{height:.1f}" for x in seen)
        if path:
            self._parts.append(f'<path class="stroke {kind}" d="{path}"/>')

    def dot(self, x: float, y: float, radius: float, kind: str, title: str = "") -> None:
        said = f"<title>{escape(title)}</title>" if title else ""
        self._parts.append(
            f'<circle class="{kind}" cx="{self.px(x):.1f}" cy="{self.py(y):.1f}" r="{radius:.1f}">{said}</circle>'
        )

    def svg(self, title: str) -> str:
        return (
            f'<svg viewBox="0 0 {self.width:.0f} {self.height:.0f}" role="img" aria-label="{escape(title)}">'
            f"{''.join(self._parts)}</svg>"
        )


def _wide(span: tuple[float, float]) -> tuple[float, float]:
    low, high = span
    return (low, high) if high > low else (low - 0.5, low + 0.5)
