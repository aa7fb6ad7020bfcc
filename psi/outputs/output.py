"""Outputs as declared: under a channel, or anywhere with the channel's name."""

from __future__ import annotations

import math

from atom.api import Bool, Float, Str, Value
from enaml.core.api import Declarative, d_

from psi.core.errors import Finding
from psi.core.source_lines import where_of
from psi.outputs.line_player import LinePlayer, TogglePlayer
from psi.outputs.player import OutputPort, Player
from psi.outputs.sound_player import ContinuousPlayer, EpochPlayer


class Output(Declarative):
    """Gives samples or levels to one channel; a run plays it through a player of its own."""

    #: The name by which manifests and events (``<name>_start``, ``<name>_end``) know it.
    name = d_(Str())

    #: Reference of the channel it plays on; not needed where it is declared under the channel.
    channel = d_(Str())

    label = d_(Str())

    #: Whether it works on a channel that has a sample clock, on one that is set on demand, or both.
    timed = True
    on_demand = False
    #: Whether it drives a digital line.
    digital = False

    def events(self) -> tuple[str, ...]:
        """The events that it posts."""
        return (f"{self.name}_start", f"{self.name}_end")

    def findings(self) -> list[Finding]:
        """What is wrong with the declaration."""
        return []

    def player(self, port: OutputPort) -> Player:
        """A fresh player for one run."""
        raise NotImplementedError(f"{type(self).__name__} declares no player")


class ContinuousOutput(Output):
    """Plays its stimulus all the time that the engine runs."""

    def player(self, port: OutputPort) -> ContinuousPlayer:
        return ContinuousPlayer(self.name, port)


class EpochOutput(Output):
    """Plays one epoch of its stimulus each time it is started."""

    def player(self, port: OutputPort) -> EpochPlayer:
        return EpochPlayer(self.name, port)


class Trigger(Output):
    """A pulse on a digital line each time it is fired."""

    on_demand = True
    digital = True

    #: Seconds for which the line is high.
    duration = d_(Float(0.1))

    #: Seconds for which the line may be high at most, by the paradigm and by hand; ``None`` sets no limit for a
    #: paradigm. For a valve, what keeps a mistake from flooding the booth.
    max_duration = d_(Value())

    def findings(self) -> list[Finding]:
        longest, where = self.max_duration, where_of(self, "max_duration")
        if longest is None:
            return []
        number = isinstance(longest, (int, float)) and not isinstance(longest, bool)
        if not number or not 0 < longest < math.inf:
            return [
                Finding(f"max_duration = {longest!r} of output {self.name!r} is no time; give seconds above 0", where)
            ]
        if self.duration > longest:
            return [
                Finding(
                    f"output {self.name!r} has a duration of {self.duration:g} s, but a max_duration of {longest:g} s; "
                    "make one fit the other",
                    where,
                )
            ]
        return []

    def player(self, port: OutputPort) -> LinePlayer:
        longest = math.inf if self.max_duration is None else float(self.max_duration)
        return LinePlayer(self.name, port, self.duration, min(longest, port.max_on_time))


class Toggle(Output):
    """A digital line that is set high or low and stays so."""

    on_demand = True
    digital = True

    #: Whether the line is high when a run starts.
    initially_high = d_(Bool(False))

    def player(self, port: OutputPort) -> TogglePlayer:
        return TogglePlayer(self.name, port, self.initially_high)
