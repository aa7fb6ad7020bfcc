"""A roving parameter goes into a selector, or out of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, assert_never

from psi.core.errors import ConfigurationError
from psi.experiment.drafts.selector_table import SelectorTable
from psi.models.adaptive import AdaptiveSettings
from psi.models.base import Model
from psi.models.selectors import BlocksSettings, CustomSettings, Factor, ProductSettings, SelectorSettings
from psi.models.task import SequenceSettings, SingleSettings

_EMPTY = "would be left without items; let another one rove in it first"


def with_item(
    held: SelectorTable | SelectorSettings, item: str, text: str, value: Any
) -> SelectorTable | SelectorSettings:
    """``held`` with the item in it, the same ``value`` everywhere, which is ``text`` as it is typed.

    Raises ``ConfigurationError`` for a selector that only its author knows how to set.
    """
    if isinstance(held, SelectorTable):
        if item in held.items:
            return held
        return replace(held, items=(*held.items, item), rows=tuple((*row, text) for row in held.rows))
    return _settings_with(held, item, value)


def _settings_with(held: SelectorSettings, item: str, value: Any) -> SelectorSettings:
    if item in held.items:
        return held
    if isinstance(held, SequenceSettings):
        return _updated(held, items=(*held.items, item), rows=tuple((*row, value) for row in held.rows))
    if isinstance(held, (SingleSettings, AdaptiveSettings)):
        return _updated(held, values={**held.values, item: value})
    if isinstance(held, ProductSettings):
        return _updated(held, factors=(*held.factors, Factor(item=item, values=(value,))))
    if isinstance(held, BlocksSettings):
        return _updated(held, blocks={name: _settings_with(block, item, value) for name, block in held.blocks.items()})
    if isinstance(held, CustomSettings):
        raise ConfigurationError(f"is a {held.type}, which says itself which items it gives")
    assert_never(held)


def without_item(held: SelectorTable | SelectorSettings, item: str) -> SelectorTable | SelectorSettings:
    """``held`` without the item.

    Raises ``ConfigurationError`` where no item would be left, or where it is what an adaptive selector is about.
    """
    if isinstance(held, SelectorTable):
        if len(held.items) == 1:
            raise ConfigurationError(_EMPTY)
        kept = [column for column, name in enumerate(held.items) if name != item]
        rows = tuple(tuple(row[column] for column in kept) for row in held.rows)
        return replace(held, items=tuple(held.items[column] for column in kept), rows=rows)
    return _settings_without(held, item)


def _settings_without(held: SelectorSettings, item: str) -> SelectorSettings:
    if isinstance(held, AdaptiveSettings):
        if item == held.item:
            raise ConfigurationError("follows the answers with it; that cannot be taken out")
        return _updated(held, values={name: value for name, value in held.values.items() if name != item})
    if len(held.items) == 1:
        raise ConfigurationError(_EMPTY)
    if isinstance(held, SequenceSettings):
        kept = [column for column, name in enumerate(held.items) if name != item]
        rows = tuple(tuple(row[column] for column in kept) for row in held.rows)
        return _updated(held, items=tuple(held.items[column] for column in kept), rows=rows)
    if isinstance(held, SingleSettings):
        return _updated(held, values={name: value for name, value in held.values.items() if name != item})
    if isinstance(held, ProductSettings):
        return _updated(held, factors=tuple(factor for factor in held.factors if factor.item != item))
    if isinstance(held, BlocksSettings):
        return _updated(held, blocks={name: _settings_without(block, item) for name, block in held.blocks.items()})
    if isinstance(held, CustomSettings):
        raise ConfigurationError(f"is a {held.type}, which says itself which items it gives")
    assert_never(held)


def _updated(held: Any, **fields: Any) -> Any:
    """A copy with these fields, without what was computed of the old ones."""
    given = {name: getattr(held, name) for name in type(held).model_fields}
    made: Model = type(held).model_construct(**{**given, **fields})
    return type(held).model_validate(made.model_dump())
