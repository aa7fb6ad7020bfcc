"""Pictures as SVG text: boxes, lines and words that stay words, drawn with nothing but strings."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"
#: On boxes, which are light on every page; and beside them, where the page may be white or black.
INK, PALE, LINE = "#1f2937", "#566070", "#7b8494"

Point = tuple[float, float]

#: Width of characters in parts of the font's height, by what they look like; all others have that of a digit.
_NARROW, _WIDE = frozenset("fijlrtI.,:;'|!()[]{} /-"), frozenset("mwMW@%→")
#: Room for fonts that run wider than the one that was asked for.
_SPARE = 1.08


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width of ``text`` in pixels at ``size`` pixels, or a little more; no font is opened for it."""
    parts = sum(0.31 if c in _NARROW else 0.86 if c in _WIDE else 0.68 if c.isupper() else 0.56 for c in text)
    return parts * size * _SPARE * (1.18 if bold else 1.0)


def wrapped(text: str, width: int) -> list[str]:
    """``text`` in lines of ``width`` characters at most, cut within a word only where there is no other way."""
    return textwrap.wrap(text, width, break_on_hyphens=False, subsequent_indent="  ") or [""]


class Drawing:
    """What has been drawn so far. Coordinates are pixels from the top left."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        stroke: str,
        radius: float = 5,
        dashed: bool = False,
    ) -> None:
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius:g}" '
            f"fill={_attribute(fill)} stroke={_attribute(stroke)}{dash}/>"
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 11,
        color: str = INK,
        bold: bool = False,
        anchor: Literal["start", "middle", "end"] = "start",
    ) -> None:
        """``y`` is that of the baseline, ``x`` that of the ``anchor``."""
        weight = ' font-weight="bold"' if bold else ""
        at = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill={_attribute(color)}{weight}{at}>'
            f"{_words(text)}</text>"
        )

    def line(self, points: Sequence[Point], upright: bool = False, dashed: bool = False, head: bool = True) -> None:
        """A line through ``points``, with a head at its end: straight down where it stands, curved in between.

        ``upright`` lines run up and down, all others from side to side.
        """
        path = f"M{_at(points[0])}"
        for (x0, y0), (x1, y1) in pairwise(points):
            if (x0 == x1) or (y0 == y1):
                path += f" L{_at((x1, y1))}"
            elif upright:
                middle = (y0 + y1) / 2
                path += f" C{_at((x0, middle))} {_at((x1, middle))} {_at((x1, y1))}"
            else:
                middle = (x0 + x1) / 2
                path += f" C{_at((middle, y0))} {_at((middle, y1))} {_at((x1, y1))}"
        dash = ' stroke-dasharray="5 3"' if dashed else ""
        self._parts.append(f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.2"{dash}/>')
        if head:
            (x0, y0), (x, y) = points[-2], points[-1]
            if upright:
                back, across = (0.0, -6.0 if y > y0 else 6.0), (3.0, 0.0)
            else:
                back, across = (-6.0 if x > x0 else 6.0, 0.0), (0.0, 3.0)
            left = (x + back[0] + across[0], y + back[1] + across[1])
            right = (x + back[0] - across[0], y + back[1] - across[1])
            self._parts.append(f'<path d="M{_at((x, y))} L{_at(left)} L{_at(right)} Z" fill="{LINE}"/>')

    def svg(self, width: float, height: float, title: str) -> str:
        """The whole picture as the text of a file."""
        return "\n".join(
            [
                '<?xml version="1.0" encoding="UTF-8"?>',
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
                f'viewBox="0 0 {width:.0f} {height:.0f}" font-family={_attribute(FONT)}>',
                f"<title>{_words(title)}</title>",
                *self._parts,
                "</svg>",
                "",
            ]
        )


def _at(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


def _allowed(text: str) -> str:
    """``text`` without what no XML file may hold, such as a bell or half of a pair of code units."""
    return "".join(
        c if c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff" else "\ufffd" for c in text
    )


def _words(text: str) -> str:
    return escape(_allowed(text))


def _attribute(text: str) -> str:
    return quoteattr(_allowed(text))
