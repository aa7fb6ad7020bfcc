"""Where panels stand: the first layout, and the one that a person made of it, remembered per paradigm."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from atom.api import Atom
from enaml.layout.api import (
    AreaLayout,
    DockBarLayout,
    DockLayout,
    HSplitLayout,
    ItemLayout,
    SplitLayout,
    TabLayout,
    VSplitLayout,
)
from enaml.layout.geometry import Rect

from psi.experiment.panel import Panel

#: Widths of the columns at first, in shares.
COLUMNS = {"left": 25, "middle": 50, "right": 23}

_NODES: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (AreaLayout, DockBarLayout, DockLayout, HSplitLayout, ItemLayout, SplitLayout, TabLayout, VSplitLayout)
}


def first_layout(panels: Mapping[str, Panel], width: int = 1400, height: int = 900) -> DockLayout:
    """A column for each area, its panels below each other by their shares."""
    found = {area: [(name, panel.share) for name, panel in panels.items() if panel.area == area] for area in COLUMNS}
    columns, widths = [], []
    for area, members in found.items():
        if not members:
            continue
        whole = sum(share for _, share in members)
        names = [name for name, _ in members]
        sizes = [height * share // whole for _, share in members]
        columns.append(VSplitLayout(*names, sizes=sizes) if len(names) > 1 else ItemLayout(names[0]))
        widths.append(width * COLUMNS[area] // sum(COLUMNS.values()))
    if len(columns) == 1:
        return DockLayout(AreaLayout(columns[0]))
    return DockLayout(AreaLayout(HSplitLayout(*columns, sizes=widths)))


def names_in(layout: DockLayout) -> set[str]:
    """The panels that a layout places."""
    return {item.name for item in layout.find_all(ItemLayout)}


def to_plain(node: Any) -> Any:
    """A layout as JSON values."""
    if type(node).__name__ in _NODES:
        return {"node": type(node).__name__} | {name: to_plain(getattr(node, name)) for name in node.members()}
    if isinstance(node, Rect):
        return {"rect": list(node)}
    return [to_plain(child) for child in node] if isinstance(node, (list, tuple)) else node


def from_plain(value: Any) -> Any:
    """The layout of JSON values. Raises ``ValueError`` or ``TypeError`` where they are none."""
    if isinstance(value, list):
        return [from_plain(child) for child in value]
    if not isinstance(value, dict):
        return value
    if "rect" in value:
        return Rect(*value["rect"])
    kind = _NODES.get(value.get("node", ""))
    if kind is None:
        raise ValueError(f"{value.get('node')!r} is no part of a layout")
    # Each kind takes its members in a way of its own.
    node: Any = Atom.__new__(kind)
    for name, member in value.items():
        if name != "node":
            setattr(node, name, from_plain(member))
    return node


class Arrangements:
    """The layouts that people made, one file per paradigm in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _file(self, paradigm: str) -> Path:
        return self._folder / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', paradigm) or 'none'}.json"

    def load(self, paradigm: str, panels: Mapping[str, Panel]) -> DockLayout:
        """The remembered layout where it places exactly these panels, else the first one."""
        try:
            layout = from_plain(json.loads(self._file(paradigm).read_text("utf-8")))
        except (OSError, ValueError, TypeError, AttributeError):
            # A layout that cannot be read must not keep a window from opening.
            return first_layout(panels)
        if not isinstance(layout, DockLayout) or names_in(layout) != set(panels):
            return first_layout(panels)
        return layout

    def save(self, paradigm: str, layout: DockLayout) -> None:
        """Remember ``layout``."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._file(paradigm).write_text(json.dumps(to_plain(layout)), "utf-8")
