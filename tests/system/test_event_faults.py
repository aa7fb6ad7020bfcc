"""What a run does when events come in masses, feed themselves, or lead to commands that fail or hang."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import psi
from psi.controller.dispatch.event import Event
from psi.controller.run import Run
from psi.core.errors import RunFault
from psi.testing import ScriptedSession

#: Seconds after which what should have happened has not.
PATIENCE = 30.0

PARADIGM = '''"""Commands that do what no command should."""
from psi.api import Command, ExperimentAction, ExperimentEvent, Extension, Paradigm, Parameter, expr


def post(event):
    event.workbench.get_plugin('psi.controller').post(event.parameters['event'])


def fail(event):
    raise ValueError('the pump is dry')


def keep(event):
    event.workbench.get_plugin('psi.controller').run.audit('kept', event.event.name, event.parameters)


def post_many(event):
    for _ in range(event.parameters['n']):
        post(event)


def hang(event):
    event.workbench.get_plugin('psi.controller').run.hang()


enamldef Trouble(Paradigm):
    title = 'Trouble'

    Extension:
        id = 'items'
        point = 'psi.context.items'
        Parameter:
            name = 'reward_duration'
            unit = 's'
            default = 0.25

    Extension:
        id = 'events'
        point = 'psi.controller.events'
        ExperimentEvent:
            name = 'ping'
        ExperimentEvent:
            name = 'pong'
        ExperimentEvent:
            name = 'alarm'
        ExperimentEvent:
            name = 'burst'

    Extension:
        id = 'commands'
        point = 'enaml.workbench.core.commands'
        Command:
            id = 'post'
            parameters = {'event': str}
            handler = post
        Command:
            id = 'post_many'
            parameters = {'event': str, 'n': int}
            handler = post_many
        Command:
            id = 'fail'
            handler = fail
        Command:
            id = 'fail_softly'
            critical = False
            handler = fail
        Command:
            id = 'keep'
            parameters = {'n': int, 'duration': float, 'text': str}
            handler = keep
        Command:
            id = 'hang'
            handler = hang

    Extension:
        id = 'actions'
        point = 'psi.controller.actions'
'''

ACTION = """\
        ExperimentAction:
            event = {event!r}
            command = {command!r}
"""


def actions(*made: tuple[str, str, str]) -> str:
    """(event, command, further lines) of each action."""
    texts = []
    for event, command, more in made:
        texts.append(ACTION.format(event=event, command=command))
        texts += [f"            {line}\n" for line in more.splitlines()]
    return "".join(texts)


CIRCLE = actions(("ping", "post", "kwargs = {'event': 'pong'}"), ("pong", "post", "kwargs = {'event': 'ping'}"))
#: The same with a timer in it that is no delay.
TIMED_CIRCLE = CIRCLE + "            delay = 1e-6\n"


@pytest.fixture
def session(tmp_path: Path) -> Callable[..., ScriptedSession]:
    def make(extra: str, duration: float | None = 0.3, lockstep: bool = True, **options) -> ScriptedSession:
        path = tmp_path / "trouble.enaml"
        path.write_text(PARADIGM + extra)
        return ScriptedSession(
            str(path),
            "simulated",
            tmp_path / "r",
            duration=duration,
            lockstep=lockstep,
            rig_sets=["fs=20e3"],
            **options,
        )

    return make


def posting(*names: str, at: float = 0.1) -> Callable[[Run], None]:
    def script(run: Run) -> None:
        for name in names:
            run.dispatcher.call_at(at, lambda name=name: run.post(name))

    return script


@pytest.mark.parametrize("lockstep", [True, False], ids=["lockstep", "wall clock"])
@pytest.mark.parametrize("circle", [CIRCLE, TIMED_CIRCLE], ids=["posts", "timers"])
def test_a_storm_that_feeds_itself_ends_the_run_names_the_circle_and_keeps_the_data(
    session: Callable[..., ScriptedSession], tmp_path: Path, circle: str, lockstep: bool
) -> None:
    with pytest.raises(RunFault, match="comes from itself.*(ping → pong → ping|pong → ping → pong)"):
        session(circle, duration=PATIENCE, lockstep=lockstep).run(posting("ping"))
    with psi.open_recording(tmp_path / "r") as recording:
        assert recording.finish_reason == "fault"
        stormy = recording.events[recording.events["name"].isin(["ping", "pong"])]
        assert 400 <= len(stormy) <= 1000
        assert list(recording.events["name"])[-1] == "experiment_end"
        # as long as the run, which began before the storm
        assert all(stream.shape[0] >= 0.09 * stream.fs for stream in recording.streams.values())


def test_a_storm_that_grows_is_stopped_before_it_fills_the_memory(session: Callable[..., ScriptedSession]) -> None:
    twice = actions(("ping", "post", "kwargs = {'event': 'pong'}"), ("pong", "post", "kwargs = {'event': 'ping'}"))
    twice += actions(("pong", "post", "kwargs = {'event': 'burst'}"), ("burst", "post", "kwargs = {'event': 'pong'}"))
    with pytest.raises(
        RunFault, match=r"comes from itself.*(pong → \w+ → pong|ping → pong → ping|burst → pong → burst)"
    ):
        session(twice).run(posting("ping"))


def test_a_circle_that_takes_its_time_is_none(session: Callable[..., ScriptedSession]) -> None:
    with session(CIRCLE + "            delay = 0.001\n", duration=3.0).run(posting("ping")) as recording:
        assert (recording.events["name"] == "ping").sum() > 2000


def test_ten_thousand_events_from_several_threads_are_all_kept_in_the_order_of_each(
    session: Callable[..., ScriptedSession],
) -> None:
    n_threads, n = 5, 2000
    began = threading.Event()

    def script(run: Run) -> None:
        def burst(number: int) -> None:
            assert began.wait(PATIENCE)
            for index in range(n):
                run.dispatcher.post(Event("burst", run.clock.now(), index, "thread", number))

        threads = [threading.Thread(target=burst, args=(number,)) for number in range(n_threads)]
        for thread in threads:
            thread.start()

        def join() -> None:
            for thread in threads:
                thread.join(PATIENCE)

        run.dispatcher.call_at(0.05, began.set)
        # What was posted before it is handled before it.
        run.dispatcher.call_at(0.3, join)

    made = session(actions(("burst", "keep", "kwargs = {'n': 3}")), duration=1.0, lockstep=False)
    with made.run(script) as recording:
        burst = recording.events[recording.events["name"] == "burst"]
        assert len(burst) == n_threads * n
        for number in range(n_threads):
            assert list(burst[burst["channel"] == number]["sample"]) == list(range(n))
        audit = recording.audit
        assert (audit["what"] == "kept").sum() == n_threads * n
        outcomes = audit[(audit["what"] == "action") & (audit["name"] == "keep")]
        assert len(outcomes) == n_threads * n
        assert {info["outcome"] for info in outcomes["info"]} == {"ok"}


@pytest.mark.parametrize("lockstep", [True, False], ids=["lockstep", "wall clock"])
def test_ten_thousand_events_that_one_command_posts_are_no_storm(
    session: Callable[..., ScriptedSession], lockstep: bool
) -> None:
    many = actions(("alarm", "post_many", "kwargs = {'event': 'burst', 'n': 10000}"), ("burst", "keep", ""))
    made = session(many + actions(("burst", "post", "kwargs = {'event': 'pong'}")), lockstep=lockstep)
    with made.run(posting("alarm")) as recording:
        counts = recording.events["name"].value_counts()
        assert (counts["burst"], counts["pong"]) == (10000, 10000)
        assert (recording.audit["what"] == "kept").sum() == 10000


def test_a_storm_takes_nothing_along_that_is_not_its_own(
    session: Callable[..., ScriptedSession], tmp_path: Path
) -> None:
    n_stormy = 0

    def script(run: Run) -> None:
        posting("ping")(run)

        def meanwhile(event: Event) -> None:
            nonlocal n_stormy
            n_stormy += event.name in ("ping", "pong")
            if n_stormy == 900 and event.name != "burst":
                # Behind so much of the storm that it will not be their turn before that is stopped.
                thread = threading.Thread(target=post_some)
                thread.start()
                thread.join(PATIENCE)

        def post_some() -> None:
            for n in range(50):
                run.dispatcher.post(Event("burst", 0.1, n))

        run.dispatcher.listeners.append(meanwhile)

    twice = CIRCLE + actions(("pong", "post", "kwargs = {'event': 'pong'}"))
    failing = actions(("experiment_end", "fail", "weight = 1"), ("burst", "keep", ""))
    with pytest.raises(RunFault, match="comes from itself"):
        session(twice + failing, duration=PATIENCE).run(script)
    with psi.open_recording(tmp_path / "r") as recording:
        burst = recording.events[recording.events["name"] == "burst"]
        assert list(burst["sample"]) == list(range(50))
        assert list(recording.events["name"])[-1] == "experiment_end"


def test_a_critical_command_that_fails_ends_the_run_after_the_others_of_its_event(
    session: Callable[..., ScriptedSession], tmp_path: Path
) -> None:
    trouble = actions(("alarm", "fail", "weight = 1"), ("alarm", "keep", ""))
    with pytest.raises(
        RunFault,
        match=r"'fail' of manifest 'Trouble' failed on event 'alarm' \(.*trouble\.enaml:\d+\): "
        "ValueError: the pump is dry",
    ):
        session(trouble, duration=PATIENCE).run(posting("alarm"))
    with psi.open_recording(tmp_path / "r") as recording:
        assert recording.finish_reason == "fault"
        assert list(recording.audit[recording.audit["what"] == "kept"]["name"]) == ["alarm"]


def test_a_command_that_is_not_critical_fails_and_is_recorded_and_told(
    session: Callable[..., ScriptedSession],
) -> None:
    seen: list[dict] = []

    def script(run: Run) -> None:
        posting("alarm")(run)
        run.dispatcher.call_at(0.2, lambda: seen.append(run.status()))

    made = session(actions(("alarm", "fail_softly", ""), ("alarm", "keep", "")))
    with made.run(script) as recording:
        assert recording.finish_reason == "duration"
        actions_done = recording.audit[recording.audit["what"] == "action"]
        outcomes = {
            name: info["outcome"] for name, info in zip(actions_done["name"], actions_done["info"], strict=True)
        }
        assert outcomes == {"fail_softly": "ValueError: the pump is dry", "keep": "ok"}
    (failure,) = seen[0]["failures"]
    assert "'fail_softly' of manifest" in failure["text"]
    assert "on event 'alarm'" in failure["text"]
    assert "the pump is dry" in failure["text"]


def test_an_argument_is_what_its_expression_is_when_the_action_runs(session: Callable[..., ScriptedSession]) -> None:
    lazy = (
        "kwargs = {'duration': '2 * reward_duration', 'n': 4, 'text': expr('\"x\" if reward_duration > 1 else \"y\"')}"
    )

    def edit(run: Run) -> None:
        items = {**run.controls.task.items, "reward_duration": 1.5}
        run.controls.apply(run.controls.task.model_copy(update={"items": items}))

    def script(run: Run) -> None:
        posting("alarm")(run)
        run.dispatcher.call_at(0.15, lambda: edit(run))
        posting("alarm", at=0.2)(run)

    with session(actions(("alarm", "keep", lazy))).run(script) as recording:
        kept = recording.audit[recording.audit["what"] == "kept"]["info"]
        assert list(kept) == [
            {"duration": 0.5, "n": 4, "text": "y"},
            {"duration": 3.0, "n": 4, "text": "x"},
        ]


def test_a_command_that_hangs_is_named_while_samples_go_on(session: Callable[..., ScriptedSession]) -> None:
    seen: list[dict] = []
    go_on = threading.Event()

    def script(run: Run) -> None:
        stream = next(iter(run.io.chains.values()))

        def hang() -> None:
            # Released by the watchdog's second word about it, which another thread than this one gives.
            at = stream.position or 0
            assert go_on.wait(PATIENCE)
            seen[0]["samples"] = (stream.position or 0) - at

        def told() -> None:
            status = run.status()
            if status["hanging"] and not go_on.is_set():
                run.post("burst")
                seen.append(run.status())
                go_on.set()

        run.hang = hang  # type: ignore[attr-defined]
        run.watchdog._tell = told
        posting("alarm")(run)

    with session(actions(("alarm", "hang", "")), duration=2.0, lockstep=False).run(script) as recording:
        hangs = recording.audit[recording.audit["what"] == "hang"]
        assert list(hangs["name"]) == ["hang", "hang"]
        begun, ended = hangs["info"]
        assert (begun["command"], begun["event"], begun["ended"], ended["ended"]) == ("hang", "alarm", False, True)
        assert begun["where"].split(":")[0].endswith("trouble.enaml")
        assert begun["seconds"] >= 1.0
        assert "burst" in set(recording.events["name"])
    assert seen[0]["hanging"]["command"] == "hang"
    # a second of samples came while no event was handled
    assert seen[0]["samples"] >= 0.5 * 20e3


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (("alarm", "keep", "kwargs = {'duration': 'rewad_duration'}"), "unknown name 'rewad_duration'; did you mean"),
        (("alarm", "keep", "kwargs = {'duration': '2 *'}"), "parameter 'duration'"),
        (("alarm", "keep", "kwargs = {'durations': 2}"), "no parameter 'durations'; did you mean 'duration'"),
        (("alarm", "keep", "kwargs = {'n': 2.5}"), "give a whole number"),
        (("ping and pong", "keep", ""), "never holds"),
    ],
)
def test_an_action_that_cannot_be_right_is_refused_before_the_run(
    session: Callable[..., ScriptedSession], action: tuple[str, str, str], message: str
) -> None:
    with pytest.raises(psi.core.errors.ConfigurationError, match=message):
        session(actions(action)).run()
