"""The run's control segment: what one process sets, another reads."""

import secrets

import pytest

from psi.core.errors import RunFault
from psi.stream.control import RunControl, RuntimeCondition, StoreCondition
from psi.stream.ring import RingWriter


@pytest.fixture
def name():
    return f"psi-test-{secrets.token_hex(6)}"


def test_everything_set_on_one_side_is_read_on_the_other(name):
    with RunControl.create(name, 2) as ours, RunControl.attach(name) as theirs:
        assert theirs.runtime_condition is RuntimeCondition.STARTING
        assert theirs.store_condition is StoreCondition.WAITING
        assert theirs.store_message == ""
        ours.runtime_condition = RuntimeCondition.RUNNING
        ours.heartbeat = 2**62
        ours.final_rows = 17
        ours.set_final(1, 10**12)
        theirs.store_condition = StoreCondition.FAILED
        theirs.store_message = "disk is full: 5 µs left"
        theirs.burst += 1
        theirs.set_committed(1, 5)
        assert (theirs.runtime_condition, theirs.heartbeat) == (RuntimeCondition.RUNNING, 2**62)
        assert (theirs.final(0), theirs.final(1), theirs.final_rows) == (0, 10**12, 17)
        assert (ours.committed(0), ours.committed(1), ours.burst) == (0, 5, 1)
        assert (ours.store_condition, ours.store_message) == (StoreCondition.FAILED, "disk is full: 5 µs left")
        with pytest.raises(IndexError, match="2 streams, no number 2"):
            ours.final(2)
        ours.close(unlink=True)


def test_a_long_message_is_cut_to_whole_characters(name):
    with RunControl.create(name, 0) as control:
        control.store_message = "a" + "µ" * 2000
        assert control.store_message == "a" + "µ" * 511
        control.close(unlink=True)


def test_a_segment_of_another_kind_is_refused(name):
    with RingWriter(name, 1, "float32", 1000), pytest.raises(RunFault, match="does not hold a run's control"):
        RunControl.attach(name)
