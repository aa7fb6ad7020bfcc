"""Outputs worked by hand: pulses of a given length, some drops, priming, lights; and what was given so."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from psi.core.errors import ConfigurationError, Finding
from psi.core.names import did_you_mean
from psi.outputs.line_player import LinePlayer, TogglePlayer
from psi.outputs.pulse_series import (
    DEFAULT_GAP,
    DEFAULT_PRIME,
    MAX_BY_HAND,
    MAX_COUNT,
    MAX_GAP,
    Given,
    PulseSeries,
    series_kind,
)
from psi.outputs.sound_player import EpochPlayer

if TYPE_CHECKING:
    from psi.controller.run import Run

#: Action -> what may be said about it.
_SETTINGS: dict[str, tuple[str, ...]] = {"fire": ("duration", "count", "gap"), "prime": ("duration",)}


class HandWork:
    """Asked from any thread, done on the dispatcher's; at most one command goes on at each line."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = threading.Lock()
        # Output name -> action and series that go on.
        self._going: dict[str, tuple[str, PulseSeries]] = {}
        self._given: dict[str, Given] = {}
        self._closed = False

    def work(self, name: str, action: str, settings: Mapping[str, Any], who: str = "console") -> None:
        """Do ``action`` at the output ``name``.

        Parameters
        ----------
        name
            Of an output that is worked by hand.
        action
            'fire' gives ``count`` pulses (1) of ``duration`` s (the output's own) with ``gap`` s (0.2) between them.
            'prime' holds the line high for ``duration`` s (5, or as long as the output allows). 'stop' ends both at
            once. 'high' and 'low' set a toggle, 'start' plays an epoch.
        settings
            Those of the action; a value of ``None`` is as if it were left out.
        who
            Stands in the audit.

        Raises
        ------
        ConfigurationError
            With everything that is wrong: there is no such output, it cannot do that, it must not be high for so
            long, or what was asked for before still goes on.
        """
        run = self._run
        player = run.io.players.get(name)
        if player is None:
            raise ConfigurationError(f"the rig has no output {name!r}{did_you_mean(name, run.io.players)}")
        done: dict[str, Callable[[], object]] = {}
        if isinstance(player, LinePlayer):
            done = dict.fromkeys(("fire", "prime", "stop"), lambda: None)
        elif isinstance(player, TogglePlayer):
            done = {"high": player.set_high, "low": player.set_low}
        elif isinstance(player, EpochPlayer):
            done = {"start": player.start}
        if action not in done:
            raise ConfigurationError(
                f"output {name!r} cannot {action!r}; it can: {', '.join(done) or 'nothing by hand'}"
            )
        if run.stop_request:
            raise ConfigurationError("the run is ending; work outputs when the rig is open again", name)
        if player.port.fs > 0 and run.settings.mode == "open":
            raise ConfigurationError(
                "is timed by samples, which do not flow while the rig is open; choose Monitor", name
            )
        given = {key: value for key, value in settings.items() if value is not None}
        unknown = [key for key in given if key not in _SETTINGS.get(action, ())]
        if unknown:
            takes = ", ".join(_SETTINGS.get(action, ())) or "nothing"
            raise ConfigurationError(f"{action!r} takes no {unknown[0]!r}; it takes: {takes}", name)
        doing: Callable[[], object]
        if isinstance(player, LinePlayer):
            doing = self._stop(name) if action == "stop" else self._series(player, action, given)
        else:
            doing = done[action]
        run.audit("command", f"{name}.{action}", given, who)
        run.dispatcher.call_at(-math.inf, doing, survives_stop=True)

    def _series(self, player: LinePlayer, action: str, given: dict[str, Any]) -> Callable[[], None]:
        """Reserve the line for what is asked for, which stands complete in ``given`` then; returns what begins it."""
        name = player.name
        longest = player.max_duration if player.max_duration < math.inf else MAX_BY_HAND
        own = min(DEFAULT_PRIME, longest) if action == "prime" else player.duration
        count, gap = given.get("count", 1), given.get("gap", DEFAULT_GAP)
        duration = given.get("duration", own)
        findings = [Finding(fault, name) for fault in pulse_faults(duration, count, gap, longest)]
        if findings:
            raise ConfigurationError(findings)
        counts = self._given.setdefault(name, Given())
        with self._lock:
            if name in self._going:
                raise ConfigurationError(f"{self._words(name)}; stop it first, or wait", name)
            series = series_kind(player)(player, count, float(duration), float(gap), counts, lambda: finished())
            self._going[name] = action, series
        given["duration"] = duration
        if action == "fire":
            given.update(count=count, gap=gap)

        def finished() -> None:
            with self._lock:
                if self._going.get(name, ("", None))[1] is series:
                    del self._going[name]

        def begin() -> None:
            if self._closed:
                finished()
            else:
                series.begin()

        return begin

    def _words(self, name: str) -> str:
        action, series = self._going[name]
        if action == "prime":
            return "the line is being primed"
        return f"pulse {max(1, series.begun)} of {series.count} is being given"

    def _stop(self, name: str) -> Callable[[], None]:
        """Let the line be free for what is asked for next; returns what ends what goes on."""
        with self._lock:
            going = self._going.pop(name, None)
        return (lambda: None) if going is None else going[1].end

    def close(self) -> None:
        """The run ends: a valve that is primed closes, a drop that has begun still falls, nothing else begins."""
        self._closed = True
        for action, series in list(self._going.values()):
            series.end(at_once=action == "prime")

    def state(self) -> dict[str, dict[str, Any]]:
        """What consoles show, by output: pulses and seconds given in this run, and what goes on."""
        with self._lock:
            going = dict(self._going)
        state: dict[str, dict[str, Any]] = {}
        for name, given in list(self._given.items()):
            action, series = going.get(name, ("", None))
            doing = {} if series is None else {"doing": action, "begun": series.begun, "count": series.count}
            state[name] = {"pulses": given.pulses, "seconds": round(given.seconds, 6), **doing}
        return state


def pulse_faults(duration: Any, count: Any, gap: Any, longest: float) -> list[str]:
    """What is wrong with ``count`` pulses of ``duration`` s, ``gap`` s apart, where ``longest`` s is allowed."""
    faults = []
    if not _is_number(duration) or not 0 < duration <= longest:
        faults.append(
            f"duration = {_shown(duration)} is no length of a pulse; allowed is more than 0, up to {longest:g} s"
        )
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_COUNT:
        faults.append(f"count = {count!r} is no number of pulses; allowed is 1 to {MAX_COUNT}")
    if not _is_number(gap) or not 0 <= gap <= MAX_GAP:
        faults.append(f"gap = {_shown(gap)} is no time between pulses; allowed is 0 to {MAX_GAP:g} s")
    if not faults and gap == 0 and count * duration > longest:
        faults.append(
            f"{count} pulses of {duration:g} s without a gap hold the line high for {count * duration:g} s; "
            f"allowed are {longest:g} s: leave a gap"
        )
    return faults


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    return f"{value!r:.20} s" if _is_number(value) else repr(value)
