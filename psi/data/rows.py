"""From journal rows to the cells of the recording's tables.

A row is a flat mapping with a ``kind``:

========  ==================================================================================
event     time, name; sample (-1), source (''), channel (-1), clock ('master'), info ({})
output    name, time; sample (-1), end_sample (-1), fs (nan), info ({})
audit     time, what; name (''), who (''), info ({})
clock     engine, sample, time, monotonic
report    info
epoch     name, number, row0, n, s0, sample; metadata ({})
trial     values: {column: value}, ``None`` or left out where there is none
latency   edges (s), counts: the whole histogram so far; the last one is kept
finish    reason; time (nan), utc ('')
========  ==================================================================================

What stands in brackets is taken where a field is left out. A row that does not fit, wholly or in
a cell, is never dropped: it becomes an audit row ``fault`` that carries it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from psi.core.names import did_you_mean
from psi.data.layout import EPOCH_COLUMNS, TABLES, Column
from psi.data.plan import TrialColumn

_REQUIRED = object()

#: Table and, per field, what is taken where the row leaves it out.
_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "event": (
        "/events",
        {
            "time": _REQUIRED, "sample": -1, "name": _REQUIRED, "source": "", "channel": -1, "clock": "master",
            "info": {},
        },
    ),
    "output": (
        "/outputs",
        {"time": _REQUIRED, "name": _REQUIRED, "sample": -1, "end_sample": -1, "fs": math.nan, "info": {}},
    ),
    "audit": ("/audit", {"time": _REQUIRED, "what": _REQUIRED, "name": "", "who": "", "info": {}}),
    "clock": (
        "/timing/clock",
        {"engine": _REQUIRED, "sample": _REQUIRED, "time": _REQUIRED, "monotonic": _REQUIRED},
    ),
    "report": ("/report", {"info": _REQUIRED}),
}  # fmt: skip
#: The same for the table of the epochs that the row names.
_EPOCH_FIELDS: dict[str, Any] = {column.name: _REQUIRED for column in EPOCH_COLUMNS} | {"metadata": {}}
_OTHER_KINDS = {"trial": {"values"}, "latency": {"edges", "counts"}, "finish": {"reason", "time", "utc"}}
ROW_KINDS = (*_KINDS, "epoch", *_OTHER_KINDS)

_EMPTY = {"float64": math.nan, "int64": 0, "bool": False, "text": ""}


@dataclass
class Finish:
    """How the run ended."""

    reason: str
    #: Seconds on the master clock.
    time: float = math.nan
    #: ISO 8601.
    utc: str = ""


@dataclass
class RowBatch:
    """Cells of some rows, ready to be appended."""

    #: By table: one tuple per row, in the order of the table's columns.
    tables: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {path: [] for path in TABLES})
    #: By name of the epochs: one tuple per row, in the order of their table's columns.
    epochs: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    #: Cells of one trial per entry, in the order of the columns, and whether each has a value.
    trials: list[list[Any]] = field(default_factory=list)
    valid: list[list[bool]] = field(default_factory=list)
    latency: tuple[list[float], list[int]] | None = None
    finish: Finish | None = None
    #: Gaps that were found while these rows were taken.
    n_gaps: int = 0

    def add(
        self, rows: Iterable[dict[str, Any]], trial_columns: Sequence[TrialColumn], epoch_names: Collection[str] = ()
    ) -> None:
        """Sort ``rows`` into their tables."""
        for row in rows:
            kind = row.get("kind")
            try:
                if kind in _KINDS:
                    path, fields = _KINDS[kind]
                    self.tables[path].append(_cells(row, TABLES[path], fields))
                    self._refuse_unknown(row, fields)
                elif kind == "epoch":
                    name = to_cell(row["name"], "text")
                    if name not in epoch_names:
                        raise ValueError(f"the recording has no epochs {name!r}{did_you_mean(name, epoch_names)}")
                    self.epochs.setdefault(name, []).append(_cells(row, EPOCH_COLUMNS, _EPOCH_FIELDS))
                    self._refuse_unknown(row, ["name", *_EPOCH_FIELDS])
                elif kind == "trial":
                    self._add_trial(row, trial_columns)
                elif kind == "latency":
                    self.latency = [float(x) for x in row["edges"]], [int(n) for n in row["counts"]]
                elif kind == "finish":
                    reason = to_cell(row["reason"], "text")
                    self.finish = Finish(reason, float(row.get("time", math.nan)), str(row.get("utc", "")))
                else:
                    raise ValueError(f"unknown kind of row{did_you_mean(str(kind), ROW_KINDS)}")
                if kind in _OTHER_KINDS:
                    self._refuse_unknown(row, _OTHER_KINDS[kind])
            except KeyError as error:
                self.fault(row, f"the row has no field {error}")
            except (ValueError, TypeError, OverflowError) as error:
                self.fault(row, str(error))

    def fault(self, row: dict[str, Any], message: str) -> None:
        """Record that ``row`` could not be taken as it is."""
        time = row.get("time")
        known = isinstance(time, (int, float)) and not isinstance(time, bool)
        self.audit("fault", str(row.get("kind")), {"message": message, "row": row}, time if known else math.nan)

    def audit(self, what: str, name: str, info: dict[str, Any], time: float | None = math.nan) -> None:
        """An audit row by the store itself."""
        cells = (math.nan if time is None else float(time), what, name, "store", to_cell(info, "text"))
        self.tables["/audit"].append(cells)

    def _refuse_unknown(self, row: dict[str, Any], fields: Iterable[str]) -> None:
        unknown = sorted(row.keys() - {"kind", *fields})
        if unknown:
            raise ValueError(f"a {row['kind']} row has no field {unknown[0]!r}{did_you_mean(unknown[0], fields)}")

    def _add_trial(self, row: dict[str, Any], columns: Sequence[TrialColumn]) -> None:
        values = row["values"]
        if not isinstance(values, dict):
            raise TypeError("values is not a mapping")
        cells, valid = [], []
        for column in columns:
            value = values.get(column.name)
            cell, there = _EMPTY[column.dtype], value is not None
            if there:
                try:
                    cell = to_cell(value, column.dtype)
                except (ValueError, TypeError, OverflowError) as error:
                    self.fault(row, f"{column.name} {value!r} {error}")
                    there = False
            cells.append(cell)
            valid.append(there)
        self.trials.append(cells)
        self.valid.append(valid)
        known = [column.name for column in columns]
        for name in sorted(values.keys() - set(known)):
            self.fault(row, f"the trial table has no column {name!r}{did_you_mean(name, known)}")


def _cells(row: dict[str, Any], columns: Sequence[Column], fields: dict[str, Any]) -> tuple[Any, ...]:
    """The cells of ``row``, in the order of the table's columns."""
    cells = []
    for column in columns:
        default = fields[column.name]
        value = row[column.name] if default is _REQUIRED else row.get(column.name, default)
        try:
            if column.name in ("info", "metadata") and not isinstance(value, dict):
                raise TypeError("is not a mapping")
            cells.append(to_cell(value, column.dtype))
        except (ValueError, TypeError, OverflowError) as error:
            raise ValueError(f"{column.name} {value!r} {error}") from None
    return tuple(cells)


def to_cell(value: Any, dtype: str) -> Any:
    """``value`` as a cell of a column; raises ``ValueError`` or ``TypeError`` rather than change it."""
    if dtype == "text":
        if isinstance(value, (dict, list)):
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if isinstance(value, str):
            return value
        raise TypeError("is not a text")
    if dtype == "bool":
        if value in (True, False):
            return bool(value)
        raise ValueError("is neither true nor false")
    if isinstance(value, str) or value is None:
        raise TypeError("is not a number")
    if dtype == "float64":
        return float(value)
    if int(value) != value:
        raise ValueError("is not a whole number")
    if not -(2**63) <= value < 2**63:
        raise ValueError("does not fit into 64 bits")
    return int(value)
