"""The quiet line at the bottom: rig, loop, headroom, disk, recording, and what was applied last."""

from __future__ import annotations

import math
from pathlib import PurePath
from typing import Any, Literal

import numpy as np

from psi.controller.dispatch.watchdog import hang_text
from psi.experiment.console import Console
from psi.experiment.strips.headline import watched_over
from psi.experiment.strips.store_state import store_warning, store_words
from psi.experiment.work import buffers, over, silent_engines, waiting_engines

#: Seconds for which a command that failed is spoken of; after that it is in the audit.
FAILURE_SHOWN_FOR = 60.0


def bytes_per_second(streams: list[dict[str, Any]]) -> float:
    """What the streams of a run take on disk, before compression."""
    return sum(s["fs"] * s["n_channels"] * np.dtype(s["dtype"]).itemsize for s in streams)


def change_text(name: str, old: Any, new: Any, unit: str = "") -> str:
    """``'response_duration 1.2 → 1.5 s'``; tables and lists are only named."""
    if isinstance(old, (dict, list)) or isinstance(new, (dict, list)):
        return name.replace("selector.", "selector ")
    return f"{name} {old} → {new} {unit}".rstrip()


def applied_text(console: Console) -> str:
    """When and where the last edit took effect."""
    applied = console.get("applied") or {}
    changes = applied.get("changes") or {}
    if not changes:
        return ""
    texts = []
    for name, (old, new) in changes.items():
        spec = console.draft.specs.get(name)
        texts.append(change_text(spec.title.lower() if spec else name, old, new, spec.unit if spec else ""))
    more = f" and {len(texts) - 2} more" if len(texts) > 2 else ""
    return f"applied at trial {applied.get('trial')}: {', '.join(texts[:2])}{more}"


def _last_failure(status: dict[str, Any]) -> str:
    """The last command that failed, for as long as that is news."""
    failures = status.get("failures") or []
    if not failures or status.get("time", 0.0) - failures[-1]["time"] >= FAILURE_SHOWN_FOR:
        return ""
    return f"at {failures[-1]['time']:.1f} s {failures[-1]['text']}"


def _command_words(status: dict[str, Any]) -> list[str]:
    """Of a command that hangs, and of the last one that failed."""
    hanging = status.get("hanging")
    return [words for words in (hang_text(hanging) if hanging else "", _last_failure(status)) if words]


def lamp(console: Console) -> Literal["good", "notice", "bad"]:
    """How things stand: 'notice' is for what should be read, 'bad' for what somebody should do something about."""
    status = console.status
    if not console.connected or console.get("fault") or silent_engines(console) or status.get("hanging"):
        return "bad"
    well = watched_over(console) and not _last_failure(status) and not store_warning(console)
    return "good" if well else "notice"


def health_words(console: Console) -> list[str]:
    """The words of the line, in order."""
    rig = console.get("rig") or {}
    status = console.status
    words = [f"{rig.get('title') or rig.get('name') or 'no'} rig".replace(" rig rig", " rig")]
    recording = "/".join(PurePath(console.get("recording") or "").parts[-2:])
    if over(console):
        words.append("the run has ended, and the runtime with it; close this window")
        return [*words, recording] if recording else words
    if not console.connected:
        return [*words, "the runtime does not answer; 'psi status' in a terminal says whether the run goes on"]
    if console.get("fault") and console.get("condition") == "closed":
        words.append(str(console.get("fault")).replace("\n", " "))
    if not watched_over(console):
        words.append(
            "nobody watches over this run: what started it is gone; the run goes on to its end, then all is closed; "
            "Stop still works"
        )
    if console.work:
        words.append(console.work)
    for engine, found in waiting_engines(console).items():
        waited = f"{found['seconds']:.0f} s of {found['timeout']:g} s"
        words.append(f"engine {engine!r} is armed: waiting for trigger {found['trigger']!r}, {waited}")
    for engine, seconds in silent_engines(console).items():
        words.append(f"engine {engine!r} gives no samples for {seconds:.0f} s; the run goes on without them")
    if console.get("condition") != "closed":
        words += _command_words(status)
        latency = status.get("latency")
        if latency is not None:
            words.append(f"block to command {1000 * latency['p99']:.2f} ms p99")
        headroom = status.get("headroom")
        if headroom is not None and math.isfinite(headroom):
            words.append(f"ring headroom {100 * headroom:.0f} %")
        for engine, free in buffers(console).items():
            words.append(f"{engine} buffer {100 * free:.0f} % free")
        rate = bytes_per_second((status.get("segments") or {}).get("streams") or [])
        of_store = store_words(console)
        words += of_store
        if not of_store and console.disk_free is not None and rate:
            words.append(f"disk {console.disk_free / rate / 3600:.0f} h left")
    if console.get("condition") in ("open", "monitoring"):
        words.append("nothing is recorded")
    if recording:
        words.append(recording)
    if console.get("quality") and console.get("condition") != "running":
        words.append(f"last recording: {console.get('quality')}")
    applied = applied_text(console)
    return [*words, applied] if applied else words
