"""What selectors had found and where they were, read from a recording."""

from __future__ import annotations

from typing import Any

from psi.data.recording import Recording

#: ``what`` of the audit's rows about selectors.
_ROWS = "selector"


def selector_results(recording: Recording) -> dict[str, dict[str, Any]]:
    """Selector -> what it found, such as a threshold with its interval; those without a result are left out."""
    found = {name: info["result"] for name, info in _infos(recording) if info.get("result")}
    return {name: dict(result) for name, result in found.items()}


def selector_states(recording: Recording) -> dict[str, dict[str, Any]]:
    """Selector -> the state from which a later run can go on.

    Where the run died before it could say it, the states of adaptive selectors are put together from their steps,
    each of which was written when its trial ended; those of other selectors are missing.
    """
    settings = recording.documents["task"]["selectors"]
    states: dict[str, dict[str, Any]] = {}
    for name, info in _infos(recording):
        if "state" in info:
            states[name] = dict(info["state"])
        elif "level" in info.get("step", {}):
            held = settings.get(name, {})
            begun = {"kind": held.get("kind"), "item": held.get("item"), "steps": [], "complete": ""}
            states.setdefault(name, begun)["steps"].append(info["step"])
    return {name: state for name, state in states.items() if state}


def _infos(recording: Recording) -> list[tuple[str, dict[str, Any]]]:
    rows = recording.audit[recording.audit["what"] == _ROWS]
    return list(zip(rows["name"], rows["info"], strict=True))
