"""Making frozen dataclasses at the cost of plain ones.

A frozen dataclass sets every field through `object.__setattr__`, which is a third of the time it takes to map an order.
`quick(Line)` makes true, frozen `Line`s three times faster: it fills an unfrozen twin of the same slots and then turns
it into the frozen class. Same arguments, same defaults, same object; only its making differs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, field, fields, make_dataclass
from typing import Any, ParamSpec, TypeVar, cast

import msgspec

P = ParamSpec("P")
T = TypeVar("T")


def quick(record: Callable[P, T]) -> Callable[P, T]:
    """A maker of `record`, a frozen dataclass with slots and no __post_init__ of its own (TypeError otherwise)."""
    cls = cast(Any, record)
    if issubclass(cls, msgspec.Struct):  # made in C already
        return record
    if not cls.__dataclass_params__.frozen or "__slots__" not in vars(cls) or hasattr(cls, "__post_init__"):
        raise TypeError("quick() is for frozen dataclasses with slots and without __post_init__")

    def turn(self: Any) -> None:
        self.__class__ = cls

    twin = make_dataclass(
        cls.__name__,
        [(each.name, Any, _default(each)) for each in fields(cls)],
        namespace={"__post_init__": turn},
        eq=False,
        repr=False,
        slots=True,
    )
    return cast(Callable[P, T], twin)


def _default(each: Field[Any]) -> Any:
    if each.default is not MISSING:
        return field(default=each.default)
    if each.default_factory is not MISSING:
        return field(default_factory=each.default_factory)
    return field()
