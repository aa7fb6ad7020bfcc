"""``psi check``: what it can be asked."""

from __future__ import annotations

from psi.application.commands.shared_options import (
    ManifestOption,
    NoDefaultOption,
    ParadigmArgument,
    RigOption,
    SetOption,
    SetRigOption,
    TaskOption,
)


def check(
    paradigm: ParadigmArgument,
    rig: RigOption,
    task: TaskOption = None,
    no_default: NoDefaultOption = False,
    sets: SetOption = None,
    rig_sets: SetRigOption = None,
    manifests: ManifestOption = None,
) -> int:
    """Say everything that is wrong with PARADIGM on RIG, before an animal waits."""
    from psi.application.commands import check_command
    from psi.application.run_options import Choice

    return check_command.check(
        Choice(
            paradigm=paradigm,
            rig=rig,
            task=task,
            no_default=no_default,
            sets=tuple(sets or ()),
            rig_sets=tuple(rig_sets or ()),
            manifests=tuple(manifests or ()),
        )
    )
