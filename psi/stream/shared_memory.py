"""A named piece of memory that several processes see.

``multiprocessing.shared_memory`` hands every segment, also a merely attached one, to a resource
tracker that unlinks it when the attaching process ends: a reader's exit would take the ring away
from its writer (before Python 3.13), and a tracker process is started in each. Segments here are
tracked by nobody. Whoever creates one unlinks it; when the owner was killed, the last survivor
calls :func:`unlink_segment`.
"""

from __future__ import annotations

import errno
import mmap
import os
import re
import sys
from types import TracebackType

from psi.core.errors import ConfigurationError, RunFault

if sys.platform == "win32":
    from multiprocessing.shared_memory import SharedMemory  # untracked on Windows
else:
    import _posixshmem  # type: ignore[import-not-found]  # the standard library's, without stubs


def segment_name(run_id: str, what: str) -> str:
    """The name of the segment that holds ``what`` of a run: ``'psi-<run_id>-<what>'``."""
    name = f"psi-{run_id}-{what}"
    if re.search(r"[/\\\0]", name) or len(name) > 200:
        raise ConfigurationError(
            f"shared memory {name!r}: a name has at most 200 characters and no slash; choose a shorter one"
        )
    return name


class Segment:
    """A shared memory segment; make one with :meth:`create` or :meth:`attach`.

    ``buf`` is its memory, ``size`` its bytes as the system rounds them (Windows: up to a page).
    Views of ``buf`` must be dropped before :meth:`close`, which raises ``BufferError`` otherwise.
    """

    def __init__(self, name: str, size: int | None) -> None:
        self.name = name
        if sys.platform == "win32":
            self._memory = SharedMemory(name, create=size is not None, size=size or 0)
            assert self._memory.buf is not None  # only once closed
            self.buf: memoryview = self._memory.buf
        else:
            self._mmap = _map_posix(name, size)
            self.buf = memoryview(self._mmap)
        self.size = self.buf.nbytes
        self._closed = False

    @classmethod
    def create(cls, name: str, size: int) -> Segment:
        """A new segment of ``size`` bytes, all zero.

        Raises ``ConfigurationError`` where one of that name exists or the memory is not there.
        """
        try:
            return cls(name, size)
        except FileExistsError:
            raise ConfigurationError(
                f"shared memory {name!r} exists already: another run has it, or one that was killed left it; "
                "end that run or start with another run id"
            ) from None
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.ENOMEM):
                raise
            raise ConfigurationError(
                f"shared memory {name!r} needs {size / 2**20:.1f} MiB, which this machine does not have free; "
                "save fewer or slower streams, or give the system more shared memory (Linux: /dev/shm)"
            ) from None

    @classmethod
    def attach(cls, name: str) -> Segment:
        """The existing segment ``name``. Raises ``RunFault`` where there is none."""
        try:
            return cls(name, None)
        except FileNotFoundError:
            raise RunFault(f"shared memory {name!r} is gone: the run that made it has ended") from None

    def close(self) -> None:
        """Give up this process's view of the segment; again is fine."""
        if self._closed:
            return
        if sys.platform == "win32":
            self._memory.close()
        else:
            self.buf.release()
            self._mmap.close()
        self._closed = True

    def unlink(self) -> None:
        """Remove the name; the memory goes when the last process closes it. Again is fine."""
        unlink_segment(self.name)

    def __enter__(self) -> Segment:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def unlink_segment(name: str) -> bool:
    """Remove the segment ``name`` without attaching it; whether there was one to remove.

    On Windows a segment lives as long as a process has it open, so there is nothing to do.
    """
    if sys.platform == "win32":
        return False
    else:
        try:
            _posixshmem.shm_unlink(f"/{name}")
        except FileNotFoundError:
            return False
        return True


if sys.platform != "win32":

    def _map_posix(name: str, size: int | None) -> mmap.mmap:
        flags = os.O_RDWR if size is None else os.O_RDWR | os.O_CREAT | os.O_EXCL
        fd = _posixshmem.shm_open(f"/{name}", flags, mode=0o600)
        try:
            if size is not None:
                os.ftruncate(fd, size)
                # Without this a full /dev/shm is found out by SIGBUS at the first write.
                if sys.platform == "linux":
                    os.posix_fallocate(fd, 0, size)
            return mmap.mmap(fd, os.fstat(fd).st_size)
        except OSError:
            if size is not None:
                _posixshmem.shm_unlink(f"/{name}")
            raise
        finally:
            os.close(fd)
