"""``fs('speaker')``: the rate of an output or input of the rig, for expressions."""

from __future__ import annotations

from functools import cached_property

from enaml.workbench.api import Workbench

from psi.context.symbols import Symbol
from psi.controller.wiring import make_wiring
from psi.core.errors import ConfigurationError
from psi.core.names import did_you_mean


class Rates:
    """Sampling rates by name, samples/s, as the rig declares them. Looked up when an expression first asks."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench

    @cached_property
    def _by_name(self) -> dict[str, float]:
        wiring = make_wiring(self._workbench)
        rates: dict[str, float] = {}
        for reference in wiring.inputs:
            try:
                chain = wiring.chain(reference)
            except ConfigurationError:
                # The check of the rig says what is wrong with it; its inputs have no rate until then.
                continue
            rates.update({node.name: node.info.fs for node in chain if node.name})
        rates.update({name: channel.fs for name, (_, channel) in wiring.outputs.items()})
        return rates

    def __call__(self, name: str) -> float:
        """The rate of the output or input ``name``. ``ValueError`` where there is none."""
        if not isinstance(name, str):
            raise ValueError(f"fs takes the name of an output or input in quotes, not {name!r}")
        if name not in self._by_name:
            raise ValueError(f"the rig has no output or input {name!r}{did_you_mean(name, self._by_name)}")
        if not self._by_name[name] > 0:
            raise ValueError(f"{name!r} is set on demand and has no rate")
        return float(self._by_name[name])

    def check_arguments(self, *arguments: object) -> None:
        """Raises ``ValueError`` where these are no arguments of ``fs``."""
        if len(arguments) != 1:
            raise ValueError("fs takes one name")
        self(*arguments)  # type: ignore[arg-type]


def rate_symbols(workbench: Workbench) -> list[Symbol]:
    """What the controller contributes to ``psi.context.symbols``."""
    about = "Sampling rate of a named output or input, samples/s."
    return [Symbol(name="fs", value=Rates(workbench), help=about)]
