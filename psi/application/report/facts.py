"""What a report says in words and tables."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from psi.application.report.scores import scoring_of, trial_rows
from psi.data.quality import CHECKS
from psi.data.recording import Recording
from psi.experiment.counts import count
from psi.plots.psychometric import Psychometric


def tiles(recording: Recording, found: Psychometric, report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The figures that matter: what, and how much."""
    yield "duration", duration_text(recording)
    counts = count(trial_rows(recording), scoring_of(recording))
    if counts.rows:
        yield "completed trials", str(counts.completed)
    for figure in counts.figures:
        if figure.known:
            yield figure.label, figure.text
    if found.fit is not None:
        yield "threshold", found.caption.removeprefix("threshold ")
    delivered = int(recording.events["name"].str.startswith("deliver_").sum())
    if delivered:
        yield "rewards", str(delivered)
    p99 = report["figures"].get("latency_p99_ms")
    if p99 is not None:
        yield "event to command, p99", f"{p99:.2g} ms"


def duration_text(recording: Recording) -> str:
    """``'12 min 03 s'``."""
    seconds = float(recording.attributes.get("end_time", float("nan")))
    if seconds != seconds:
        streams = recording.streams.values()
        seconds = max((stream.t0 + len(stream.data) / stream.fs for stream in streams), default=0.0)
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def start_text(recording: Recording) -> str:
    """``'21 November 2026, 12:28 UTC'``; as it stands where it is no date."""
    start = str(recording.attributes.get("start", ""))
    try:
        when = datetime.datetime.fromisoformat(start).astimezone(datetime.UTC)
    except ValueError:
        return start
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def quality_html(report: Mapping[str, Any]) -> str:
    """All checks, and below each what it found."""
    found: dict[str, list[str]] = {}
    for finding in report["findings"]:
        found.setdefault(finding["check"], []).append(finding["text"])
    titles = {check.name: check.title for check in CHECKS}
    made = [check["name"] for check in report["checks"]] or list(found)
    items = []
    for name in made:
        texts = found.get(name, [])
        mark, kind = ("!", "bad") if texts else ("✓", "good")
        listed = "".join(f"<li>{escape(text)}</li>" for text in texts)
        items.append(
            f'<li class="{kind}"><span class="mark">{mark}</span>{escape(titles.get(name, name))}'
            f"{f'<ul>{listed}</ul>' if listed else ''}</li>"
        )
    return f'<ul class="checks">{"".join(items)}</ul>'


def settings_html(recording: Recording) -> str:
    """Items with their values, selectors, and stop rules, as the run was started with."""
    task = recording.documents.get("task", {})
    units = {name: unit for name, _, unit in recording.trial_columns}
    roving = set(task.get("roving", ()))
    rows = [
        (name, _text(value), units.get(name, ""), "roves" if name in roving else "")
        for name, value in task.get("items", {}).items()
    ]
    html = table(("item", "value", "unit", ""), rows)
    selectors = [(name, each.get("kind", ""), _brief(each)) for name, each in task.get("selectors", {}).items()]
    if selectors:
        html += table(("selector", "kind", "settings"), selectors)
    stop = [(name, _text(value)) for name, value in (task.get("stop") or {}).items() if value is not None]
    return html + (table(("stops at", ""), stop) if stop else "")


def changes_html(recording: Recording) -> str:
    """What a person changed, wrote or did while it ran; empty where nothing was."""
    rows = []
    audit = recording.audit
    for row in audit[audit["what"].isin(["change", "pause", "command", "note"])].to_dict("records"):
        info = row["info"]
        if row["what"] == "change":
            said = f"{_text(info.get('old'))} → {_text(info.get('new'))}"
        elif row["what"] == "note":
            said = _text(info.get("text"))
        else:
            said = ", ".join(f"{key} {_text(value)}" for key, value in info.items())
        rows.append((_clock(row["time"]), row["what"], row["name"], said, row["who"]))
    return table(("time", "what", "which", "", "who"), rows) if rows else ""


def provenance_html(recording: Recording) -> str:
    """By whom, where, and with which software."""
    documents, attributes = recording.documents, recording.attributes
    session, provenance = documents.get("session", {}), documents.get("provenance", {})
    git = provenance.get("git") or {}
    rows = [
        ("experimenter", session.get("experimenter") or "–"),
        ("notes", session.get("notes") or "–"),
        ("rig", documents.get("rig", {}).get("name", "–")),
        ("run", attributes.get("run_id", "–")),
        ("files", ", ".join(str(path) for path in recording.files)),
        ("psi", f"{attributes.get('psi_version', '')} {git.get('commit', '')[:12]}{' +' if git.get('dirty') else ''}"),
        ("Python", provenance.get("python", "–")),
        ("machine", f"{provenance.get('host', '–')}, {provenance.get('platform', '')}"),
        ("seeds", ", ".join(f"{name} {seed}" for name, seed in (provenance.get("seeds") or {}).items()) or "–"),
        ("command", " ".join(("psi", *provenance.get("command_line", ()))) if provenance.get("command_line") else "–"),
    ]
    return table(("", ""), rows)


def table(heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    head = "".join(f"<th>{escape(word)}</th>" for word in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    top = f"<thead><tr>{head}</tr></thead>" if any(heads) else ""
    return f'<div class="scroll"><table>{top}<tbody>{body}</tbody></table></div>'


def _brief(selector: Mapping[str, Any]) -> str:
    said = {key: value for key, value in selector.items() if key != "kind" and value not in (None, [])}
    return ", ".join(f"{key} {_text(value)}" for key, value in said.items())


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        words = [_text(each) for each in value]
        return ", ".join(words[:24]) + (f", ... ({len(words)})" if len(words) > 24 else "")
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(each)}" for key, each in value.items())
    return str(value)


def _clock(seconds: float) -> str:
    if seconds != seconds:
        return "–"
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:04.1f}"
