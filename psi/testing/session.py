"""A whole session in one process: the same runtime and store, in lockstep, without the warden."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from psi.assembly.preparation import PreparedRun, prepare_run
from psi.assembly.request import RunRequest, new_run_id
from psi.data.plan import RecordingPlan
from psi.data.store import Store
from psi.stream.control import RuntimeCondition

if TYPE_CHECKING:
    from psi.controller.run import Run
    from psi.data.recording import Recording


class StoreThread:
    """Keeps stores in a thread of this process; give it to ``DataPlugin.hand_over``."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def __call__(self, plan: RecordingPlan) -> None:
        self._thread = threading.Thread(target=self._keep, args=(Store(plan),), name="store", daemon=True)
        self._thread.start()

    def _keep(self, store: Store) -> None:
        try:
            store.open()
            while not store.has_everything():
                finished = store.control.runtime_condition is RuntimeCondition.FINISHED
                if not store.work(final=finished):
                    time.sleep(0.001)
            store.close()
        except Exception as error:  # the run waits for this store and must be told
            store.fail(f"{type(error).__name__}: {error}")
            raise

    def join(self) -> None:
        """Wait for the last store to end."""
        if self._thread is not None:
            self._thread.join()


class ScriptedSession:
    """One run of a paradigm on a rig, as fast as the machine can.

    Examples
    --------
    >>> session = ScriptedSession('record', 'simulated_array', folder, duration=1.0)  # doctest: +SKIP
    >>> with session.run() as recording:                                             # doctest: +SKIP
    ...     recording.streams['lfp'].data.shape
    (25000, 16)
    """

    def __init__(
        self,
        paradigm: str,
        rig: str,
        folder: Path | str,
        *,
        subject: str = "test",
        sets: Sequence[str] = (),
        rig_sets: Sequence[str] = (),
        manifests: Sequence[str] = (),
        trials: int | None = None,
        duration: float | None = None,
        seed: int | None = 7,
        speed: float | None = None,
        task_file: Path | str | None = None,
        lockstep: bool = True,
        carry_over: Path | str | None = None,
        stop_after: Sequence[str] = (),
        session_file: Path | str | None = None,
    ) -> None:
        request = RunRequest(
            run_id=new_run_id(),
            token="",
            paradigm=paradigm,
            rig=rig,
            subject=None if session_file is not None else subject,
            session_file=None if session_file is None else str(session_file),
            stop_after=tuple(stop_after),
            sets=tuple(sets),
            rig_sets=tuple(rig_sets),
            manifests=tuple(manifests),
            trials=trials,
            duration=duration,
            seed=seed,
            task_file=None if task_file is None else str(task_file),
            lockstep=lockstep,
            speed=speed,
            carry_over=None if carry_over is None else str(carry_over),
            out=str(folder),
        )
        self.prepared: PreparedRun = prepare_run(request)
        #: The run, from :meth:`start` on.
        self.last_run: Run | None = None

    def run(self, script: Callable[[Run], None] | None = None) -> Recording:
        """Run to the end and open the recording. Raises what ended the run where that was a fault.

        ``script`` is called with the run before it starts; with ``run.dispatcher.call_at`` it lets
        things be done to the run at times of its clock.
        """
        from psi.data.recording import open_recording

        run = self.prepared.make_run()
        self.last_run = run
        store = StoreThread()
        self.prepared.loaded.data.hand_over = store
        try:
            run.execute(started=(lambda: script(run)) if script is not None else lambda: None)
        finally:
            run.close()
            store.join()
        if run.fault is not None:
            raise run.fault
        return open_recording(self.prepared.settings.folder)
