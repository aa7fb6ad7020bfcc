"""Trial logic as declared: states, timers and transitions on events, in one machine and regions beside it."""

from __future__ import annotations

from atom.api import Bool, Coerced, Dict, Enum, List, Str
from enaml.core.api import Declarative, d_

from psi.controller.dispatch.action import ExperimentAction

#: Names that conditions and ``sets`` may use beside context items.
EVENT_SYMBOLS = ("event_time", "event_name", "event_channel", "state_start")

#: Events by which trial logic makes a trial: only the region that owns it posts them.
TRIAL_EVENTS = ("next_trial", "trial_start", "trial_end")


class Transition(Declarative):
    """Leaves the state for ``target`` when ``event`` happens and ``condition`` holds.

    Without a target it stays in the state, and is taken once per visit.
    """

    #: Event expression.
    event = d_(Str())

    #: Expression over context items; empty is always true.
    condition = d_(Str())

    #: Name of the next state; empty stays.
    target = d_(Str())

    #: Result item -> expression, set when the transition is taken.
    sets = d_(Dict(Str(), Str()))

    #: Makes the event the trial's stimulus or response, whose time and sample the trial row keeps.
    marks = d_(Enum("", "stimulus", "response"))


class Entry(ExperimentAction):
    """A command that is called when its state is entered: an action on ``<state>_start``."""

    def _default_event(self) -> str:
        return f"{self.parent.name}_start"


class Exit(ExperimentAction):
    """A command that is called when its state is left, in whatever way: an action on ``<state>_end``."""

    def _default_event(self) -> str:
        return f"{self.parent.name}_end"


def _duration_text(value: object) -> str:
    """A number as the text of an expression, so that a duration may be written as either."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        kind = type(value).__name__
        raise TypeError(f"a duration is a number of s, or the text of an expression, not something of the kind {kind}")
    return repr(value)


class State(Declarative):
    """One state. It owns the events ``<name>_start`` and ``<name>_end`` and the flag ``<name>_active``."""

    name = d_(Str())

    #: Number, or expression, in s, counted from the event that led here; empty waits for a transition. A distribution,
    #: such as ``'Exponential(rate=0.5).truncate(1, 8)'``, is drawn from each time that the state is entered, with
    #: random numbers of the state's own; the info of ``<name>_end`` has what was drawn.
    duration = d_(Coerced(str, coercer=_duration_text))

    #: State that follows when ``duration`` is over.
    target = d_(Str())

    #: Whether the end of ``duration`` is decided only when every edge up to then is known, which takes
    #: as long as chains and blocks do. Without it the end comes on time, and an edge that happened
    #: shortly before it may be told of in the next state.
    waits_for_inputs = d_(Bool(False))

    #: Events posted on entry, after ``<name>_start``.
    posts = d_(List(Str()))

    #: Result item -> expression, set on entry.
    sets = d_(Dict(Str(), Str()))

    #: Events posted when it is left, after ``<name>_end``: by its timer, a transition, an aborted trial, or Stop.
    exit_posts = d_(List(Str()))

    #: Result item -> expression, set when it is left.
    exit_sets = d_(Dict(Str(), Str()))

    #: Colour of the state's band in plots: one of the theme's names; empty for none.
    color = d_(Str())

    def transitions(self) -> list[Transition]:
        return [child for child in self.children if isinstance(child, Transition)]

    def actions(self) -> list[ExperimentAction]:
        """The commands on its entry and exit."""
        return [child for child in self.children if isinstance(child, (Entry, Exit))]


class Region(Declarative):
    """States that are walked beside the trial's: a reward that runs while the next trial begins.

    Contributed to ``psi.controller.logic`` by a paradigm or any other manifest. A region has a current state of its
    own and hears every event after the :class:`StateMachine` and the regions declared before it. It owns the events
    ``<name>_start`` and ``<name>_end`` and the flag ``<name>_active``. A state whose ``duration`` has no ``target``
    is its last: when the time is over the region ends, until ``begins`` happens again.
    """

    name = d_(Str())

    #: Event expression that begins it in its first state; empty begins it with the experiment.
    begins = d_(Str())

    #: Event expression that ends it in whatever state it is, with that state's exit.
    ends = d_(Str())

    #: What ``begins`` does while it is at work: 'queue' begins it once more when it has ended, so that no reward is
    #: lost; 'restart' leaves its state for the first one; 'ignore' does nothing.
    again = d_(Enum("queue", "restart", "ignore"))

    #: Items that have, in its states and for the commands on their entry and exit, the values that they had when it was
    #: asked for: a reward that waits for its turn is given at the side of its own trial, not at the next one's.
    keeps = d_(List(Str()))

    #: Whether a pause holds it with the trial: its timers stand still and it hears no events. Without it what has
    #: begun comes to its end: a valve does not stay open because somebody paused.
    pauses = d_(Bool(False))

    #: Whether the trial is its own; only a StateMachine's is.
    owns_trial = False

    def states(self) -> dict[str, State]:
        """The states by name; of two with one name the first."""
        states: dict[str, State] = {}
        for child in self.declared_states():
            states.setdefault(child.name, child)
        return states

    def declared_states(self) -> list[State]:
        """Every state, those with a name that is taken included."""
        return [child for child in self.children if isinstance(child, State)]


class StateMachine(Region):
    """Trial logic that is read at a glance, drawn (``psi graph``) and checked for dead ends.

    It enters its first state when the experiment starts, owns the trial (posts ``next_trial``, ``trial_start`` and
    ``trial_end``), and stands still in a pause.
    """

    name = d_(Str("logic"))
    pauses = d_(Bool(True))

    owns_trial = True
