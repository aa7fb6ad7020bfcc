"""Segments: seen by others, tracked by nobody, gone after their owner."""

import secrets
import subprocess
import sys

import pytest

from psi.core.errors import ConfigurationError, RunFault
from psi.stream.shared_memory import Segment, segment_name, unlink_segment

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="on Windows a segment ends with its last handle")


@pytest.fixture
def name():
    return segment_name(secrets.token_hex(6), "segment")


def test_what_one_writes_another_reads(name):
    with Segment.create(name, 1000) as one:
        assert one.size >= 1000
        assert bytes(one.buf[:1000]) == bytes(1000)
        with Segment.attach(name) as other:
            one.buf[:5] = b"hello"
            assert bytes(other.buf[:5]) == b"hello"
        one.unlink()


def test_a_name_is_taken_once_and_gone_after_unlink(name):
    with Segment.create(name, 100) as segment:
        with pytest.raises(ConfigurationError, match="exists already"):
            Segment.create(name, 100)
        segment.unlink()
        segment.unlink()
    with pytest.raises(RunFault, match="is gone"):
        Segment.attach(name)


@posix_only
def test_the_last_survivor_unlinks_what_it_never_attached(name):
    Segment.create(name, 100).close()
    assert unlink_segment(name)
    assert not unlink_segment(name)
    with pytest.raises(RunFault, match="is gone"):
        Segment.attach(name)


def test_the_exit_of_a_process_that_attached_leaves_the_segment_and_starts_no_tracker(name):
    code = (
        "import sys; from psi.stream.shared_memory import Segment\n"
        "s = Segment.attach(sys.argv[1]); s.buf[0] = 7\n"
        "tracker = sys.modules.get('multiprocessing.resource_tracker')\n"
        "print(tracker is not None and tracker._resource_tracker._fd is not None)"
    )
    with Segment.create(name, 100) as segment:
        done = subprocess.run([sys.executable, "-c", code, name], capture_output=True, text=True, check=True)
        assert done.stderr == ""
        assert done.stdout.strip() == "False"
        assert segment.buf[0] == 7
        with Segment.attach(name):
            pass
        segment.unlink()


@posix_only
def test_memory_that_is_not_there_is_refused_before_anything_is_written(name):
    with pytest.raises(ConfigurationError, match=r"needs .* MiB, which this machine does not have"):
        Segment.create(name, 1 << 45)
    assert not unlink_segment(name)


@pytest.mark.parametrize("what", ["a/b", "x" * 300, "a\\b"])
def test_names_that_no_system_takes_are_refused(what):
    with pytest.raises(ConfigurationError, match="at most 200 characters and no slash"):
        segment_name("run", what)
