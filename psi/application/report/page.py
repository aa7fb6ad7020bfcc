"""One HTML page about a recording, whole in itself: no script, nothing from a network, light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from psi.application.report import facts, figures
from psi.application.report.figures import Progress
from psi.application.report.scores import scoring_of
from psi.data.quality import quality, said_of, stored_quality
from psi.data.recording import Recording
from psi.data.wholeness import Verdict, with_verdicts
from psi.plots.palette import DARK, LIGHT, Palette


def report_page(recording: Recording, progress: Progress, verdicts: Sequence[Verdict] = ()) -> str:
    """The page as HTML text. ``progress`` is called with samples read and samples in all.

    ``verdicts`` are what came out when it was compared with what was written.
    """
    rates = {name: stream.fs for name, stream in recording.streams.items()}
    report = with_verdicts(stored_quality(recording) or quality(recording), verdicts, rates)
    task, session = recording.documents.get("task", {}), recording.documents.get("session", {})
    paradigm = str(task.get("paradigm", "recording")).replace("_", " ")
    end = float(recording.attributes.get("end_time", "nan"))
    if not end > 0:
        end = max((stream.t0 + len(stream.data) / stream.fs for stream in recording.streams.values()), default=1.0)
    found = figures.psychometric_of(recording)
    tiles = "".join(
        f'<div class="tile"><b>{escape(value)}</b><span>{escape(what)}</span></div>'
        for what, value in facts.tiles(recording, found, report)
    )
    curve = figures.psychometric_figure(found)
    latency = figures.latency_figure(*recording.latency)
    sections = [
        ("Quality", facts.quality_html(report)),
        ("Course of the session", figures.course_figure(recording.trials, scoring_of(recording), end)),
        ("Events", figures.events_figure(recording.events, end)),
        ("Signals", _signals(recording, progress)),
        ("Changes while it ran", facts.changes_html(recording)),
        ("Settings", facts.settings_html(recording)),
        ("Where it comes from", facts.provenance_html(recording)),
    ]
    pair = (
        ("Psychometric function", f"{curve}<p>{escape(found.caption)}</p>" if curve else ""),
        ("From event to command", latency),
    )
    html = [f"<section><h2>{heading}</h2>{content}</section>" for heading, content in sections if content]
    figures_side_by_side = [f"<section><h2>{heading}</h2>{content}</section>" for heading, content in pair if content]
    html.insert(1, f'<div class="pair">{"".join(figures_side_by_side)}</div>')
    body = "".join(html)
    subject = escape(str(session.get("subject", "")))
    ended = "still being written" if recording.live else f"ended: {recording.finish_reason}"
    badge = f'<span class="badge {"good" if report["good"] else "bad"}">quality: {escape(said_of(report))}</span>'
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{subject} · {escape(paradigm)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>'
        f"<header><div><h1>{subject or escape(paradigm)}</h1>"
        f"<p>{escape(paradigm)} · {escape(facts.start_text(recording))} · {escape(ended)}</p></div>{badge}</header>"
        f'<div class="tiles">{tiles}</div>{body}'
        "</main></body></html>\n"
    )


def _signals(recording: Recording, progress: Progress) -> str:
    return "".join(
        f"<figure><figcaption><b>{escape(name)}</b> {escape(said)}</figcaption>{svg}</figure>"
        for name, said, svg in figures.trace_figures(recording, progress)
    )


def _colors(palette: Palette) -> str:
    states = palette.states
    named = {"panel": palette.panel, "field": palette.field, "border": palette.border, "text": palette.text}
    named |= {"muted": palette.muted, "accent": palette.accent, "good": states["green"], "bad": states["red"]}
    named |= {"warm": states["orange"], "calm": states["blue"]}
    named |= {f"t{number}": color for number, color in enumerate(palette.traces)}
    return "".join(f"--{name}:{color};" for name, color in named.items())


_KINDS = ("good", "bad", "warm", "calm", "accent")

_STYLE = (
    f":root{{color-scheme:light dark;{_colors(LIGHT)}}}"
    f"@media(prefers-color-scheme:dark){{:root{{{_colors(DARK)}}}}}"
    """
*{box-sizing:border-box}
body{margin:0;background:var(--field);color:var(--text);font:15px/1.5 system-ui,'Segoe UI',Helvetica,Arial,sans-serif}
main{max-width:1060px;margin:0 auto;padding:28px 20px 60px}
header{display:flex;justify-content:space-between;align-items:center;gap:20px;margin-bottom:18px}
h1{font-size:30px;line-height:1.2;margin:0;letter-spacing:-.01em}
h2{font-size:16px;margin:0 0 12px}
p{margin:4px 0 0;color:var(--muted)}
section{background:var(--panel);border:1px solid var(--border);border-radius:10px;padding:18px 20px;margin-top:14px}
.badge{font-weight:600;font-size:17px;padding:6px 16px;border-radius:999px;color:var(--panel);white-space:nowrap}
.badge.good{background:var(--good)}.badge.bad{background:var(--warm)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(136px,1fr));gap:12px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:14px}
.tile{background:var(--panel);border:1px solid var(--border);border-radius:10px;padding:12px 16px}
.tile b{display:block;font-size:18px;line-height:1.25;font-variant-numeric:tabular-nums}
.tile span{color:var(--muted);font-size:13px}
.checks{list-style:none;margin:0;padding:0;columns:2;column-gap:28px}
.checks>li{break-inside:avoid;padding:2px 0 2px 26px;position:relative}
.checks .mark{position:absolute;left:2px;font-weight:700;color:var(--good)}
.checks .bad .mark{color:var(--warm);left:6px}
.checks .bad{font-weight:600}
.checks ul{margin:0 0 4px;padding-left:16px;font-weight:400;color:var(--muted)}
figure{margin:0 0 14px}figcaption{color:var(--muted);font-size:13px}figcaption b{color:var(--text);font-size:14px}
svg{display:block;width:100%;height:auto;max-width:960px;overflow:visible}
svg text{font-size:11px;fill:var(--muted)}
svg .grid{stroke:var(--border);stroke-width:1}
svg .line{fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
svg .dashed{stroke-dasharray:4 4;stroke-width:1.4}
svg .stroke{stroke-width:1.2;fill:none}
svg .bar{fill:var(--accent)}
.more{font-size:13px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:13.5px;margin-bottom:14px;width:100%}
th{color:var(--muted);font-weight:500;text-align:left}
td,th{padding:4px 14px 4px 0;border-bottom:1px solid var(--border);vertical-align:top}
td:first-child{white-space:nowrap}td{overflow-wrap:break-word;font-variant-numeric:tabular-nums}
svg[viewBox^="0 0 470"]{max-width:560px}
@media(max-width:640px){.checks{columns:1}}
@media print{body{background:none}section,.tile{break-inside:avoid}}
"""
    + "".join(
        f"svg .line.{kind},svg .stroke.{kind}{{stroke:var(--{kind})}}svg circle.{kind}{{fill:var(--{kind})}}"
        for kind in _KINDS
    )
    + "svg .line.faint,svg .stroke.faint{stroke:var(--muted)}svg circle.faint{fill:var(--muted)}"
    + "".join(f"svg .t{number}{{fill:var(--t{number})}}" for number in range(len(LIGHT.traces)))
)
