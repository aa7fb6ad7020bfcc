"""What an item's value comes from: a constant, an expression or a distribution, made ready once and asked often."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping
from typing import Any

from psi.core.distributions import Distribution
from psi.core.errors import RunFault
from psi.core.expressions import EvaluationError, Expression, parse
from psi.models.items import ItemSpec


def acceptor(spec: ItemSpec) -> Callable[[Any], Any]:
    """``spec.accept``, and quick for what nearly every value is: a float within limits."""
    accept = spec.accept
    if spec.dtype != "float64" or spec.choices:
        return accept
    if spec.limits is None:
        return lambda value: value if type(value) is float else accept(value)
    low = -math.inf if spec.limits[0] is None else spec.limits[0]
    high = math.inf if spec.limits[1] is None else spec.limits[1]
    return lambda value: value if type(value) is float and low <= value <= high else accept(value)


def require_drawable(spec: ItemSpec, distribution: Distribution) -> None:
    """Raises ``ValueError`` with one clause where a draw could be a value that the item does not allow."""
    if spec.dtype == "text":
        raise ValueError("is a distribution of numbers; it must be a text")
    low, high = distribution.support
    if spec.dtype == "bool":
        if not (distribution.is_whole and low >= 0 and high <= 1):
            raise ValueError("gives more than 0 and 1; write Binomial(1, p) for True with the probability p")
        return
    if spec.dtype == "int64" and not distribution.is_whole:
        raise ValueError("gives numbers between the whole ones; use Pdf, Binomial or Poisson")
    if spec.choices:
        if distribution.values is None or any(value not in spec.choices for value in distribution.values):
            listed = ", ".join(repr(choice) for choice in spec.choices)
            raise ValueError(f"gives others than the choices; use Pdf over some of {listed}")
        return
    lowest, highest = spec.limits or (None, None)
    lowest = -math.inf if lowest is None else lowest
    highest = math.inf if highest is None else highest
    if low < lowest or high > highest:
        raise ValueError(
            f"gives {_range(low, high)}; allowed is {spec.allowed_range()}: "
            f"append .truncate({lowest:g}, {highest:g}) or narrower bounds"
        )


def accept_evaluated(spec: ItemSpec, value: Any) -> None:
    """Raises ``ValueError`` with one clause where the item does not allow ``value``, or a draw from it."""
    if isinstance(value, Distribution):
        require_drawable(spec, value)
    else:
        spec.accept(value)


def _range(low: float, high: float) -> str:
    return "every number" if math.isinf(low) and math.isinf(high) else f"{low:g} to {high:g}"


class Source:
    """One constant or expression as the value of one item.

    Parameters
    ----------
    spec
        The item.
    value
        Constant, or the text of an expression.
    symbols
        Names whose meaning never changes.

    Raises
    ------
    ConfigurationError
        The text is no expression.
    """

    __slots__ = ("_accept", "_distribution", "_evaluate", "_lasts", "expression", "spec", "value")

    def __init__(self, spec: ItemSpec, value: Any, symbols: Container[str]) -> None:
        self.spec = spec
        #: As it was written.
        self.value = value
        #: ``None`` for a constant.
        self.expression: Expression | None = None if spec.is_literal(value) else parse(value)
        self._accept = acceptor(spec)
        self._evaluate = None if self.expression is None else self.expression.evaluate
        self._lasts = self.expression is not None and all(name in symbols for name in self.expression.names)
        self._distribution: Distribution | None = None

    @property
    def shown(self) -> str:
        """The item and what it is set to, for messages."""
        return f"item {self.spec.name!r}" if self.expression is None else f"item {self.spec.name!r} = {self.value!r}"

    def constant(self) -> tuple[Any, ...]:
        """The value, where it is known and allowed without a look at anything; otherwise empty."""
        if self.expression is not None and not self.expression.is_constant:
            return ()
        try:
            return (self.resolve({}, _no_draw),)
        except RunFault:
            # Said when somebody asks for it.
            return ()

    def resolve(self, namespace: Mapping[str, Any], draw: Callable[[str], float]) -> Any:
        """The value where names mean what ``namespace`` says.

        ``draw`` gives the random number of an item's name, 0 <= u < 1. Raises ``RunFault`` where there is no
        value or it is not allowed.
        """
        try:
            if self._evaluate is None:
                return self._accept(self.value)
            value = self._evaluate(namespace) if self._distribution is None else self._distribution
            if type(value) is not float and isinstance(value, Distribution):
                if self._distribution is None:
                    require_drawable(self.spec, value)
                    if self._lasts:
                        self._distribution = value
                value = value.draw(draw(self.spec.name))
            return self._accept(value)
        except EvaluationError as error:
            raise RunFault(f"{self.shown} has no value: {error.reason}") from None
        except ValueError as error:
            raise RunFault(f"{self.shown} {error}") from None


def _no_draw(name: str) -> float:
    raise ValueError("is drawn")
