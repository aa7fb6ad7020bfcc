"""A mirror converges whatever happens to the answers on their way."""

from __future__ import annotations

import random

import pytest

from psi.link.state import StateMirror, StateReply, StateSource


def ask(source: StateSource, mirror: StateMirror) -> StateReply:
    """What the source answers, as it comes off the wire."""
    return StateReply.model_validate_json(source.since(mirror.epoch, mirror.number).model_dump_json())


def change(source: StateSource, generator: random.Random) -> None:
    changed = {f"k{generator.randrange(8)}": generator.randrange(5) for _ in range(generator.randrange(4))}
    removed = tuple(f"k{generator.randrange(8)}" for _ in range(generator.randrange(2)))
    source.update(changed, tuple(key for key in removed if key not in changed))


@pytest.mark.parametrize("seed", range(30))
def test_a_mirror_converges_when_answers_are_lost_doubled_and_reordered(seed: int) -> None:
    print(f"seed {seed}")
    generator = random.Random(seed)
    source, mirror = StateSource(memory=8), StateMirror()
    under_way: list[StateReply] = []
    for _ in range(300):
        change(source, generator)
        if generator.random() < 0.5:
            under_way.append(ask(source, mirror))
        if under_way and generator.random() < 0.5:
            reply = under_way.pop(generator.randrange(len(under_way)))
            before = mirror.epoch, mirror.number
            mirror.take(reply)
            assert (mirror.epoch, mirror.number) >= before, "a mirror never goes back"
            if generator.random() < 0.2:
                under_way.append(reply)  # doubled
        if generator.random() < 0.1:
            under_way.clear()  # the connection was lost
        if generator.random() < 0.01:
            source = StateSource(memory=8)  # another runtime took its place
            change(source, generator)
    mirror.take(ask(source, mirror))
    assert mirror.values == source.since(0, 0).snapshot
    for reply in under_way:
        mirror.take(reply)
    assert mirror.values == source.since(0, 0).snapshot


def test_a_mirror_that_lags_far_behind_gets_a_snapshot_and_one_that_does_not_gets_patches() -> None:
    source, mirror = StateSource(memory=16), StateMirror()
    source.update({"a": 0})
    assert ask(source, mirror).snapshot == {"a": 0}
    mirror.take(ask(source, mirror))
    source.update({"a": 1})
    reply = ask(source, mirror)
    assert reply.snapshot is None
    assert [patch.changed for patch in reply.patches] == [{"a": 1}]
    for number in range(20):
        source.update({"a": number + 2})
    assert ask(source, mirror).snapshot is not None


def test_what_stays_as_it_is_makes_no_patch_and_observers_hear_of_changes_only() -> None:
    source, mirror = StateSource(), StateMirror()
    heard: list[set[str]] = []
    mirror.observe(heard.append)
    source.update({"a": 1, "b": [1, 2]})
    mirror.take(ask(source, mirror))
    source.update({"a": 1, "b": [1, 2]})
    mirror.take(ask(source, mirror))
    source.update({"b": [1]}, removed=("a", "nothing"))
    mirror.take(ask(source, mirror))
    assert heard == [{"a", "b"}, {"a", "b"}]
    assert mirror.values == {"b": [1]}
