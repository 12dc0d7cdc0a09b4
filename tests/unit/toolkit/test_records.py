"""Quick makers: the same frozen objects."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass

import pytest

from chalicelib.domain.events import Consent, Parcel, PrivacyRequest
from chalicelib.domain.money import Money
from chalicelib.domain.order import Amounts, Attribution, Buyer, Line, Refund, RefundLine, Shipment, ShipTo
from chalicelib.toolkit.records import quick

LINE = ("1", None, None, "TEA", None, 2, 100, 0, 200)


def test_a_quick_object_is_the_frozen_one() -> None:
    made, plain = quick(Line)(*LINE, refund_status="full"), Line(*LINE, refund_status="full")
    assert type(made) is Line
    assert (made, hash(made), repr(made)) == (plain, hash(plain), repr(plain))
    with pytest.raises(FrozenInstanceError):
        made.quantity = 3  # type: ignore[misc]


@pytest.mark.parametrize("record", [Amounts, Buyer, ShipTo, Attribution])
def test_defaults_are_kept(record: type[Amounts]) -> None:
    assert quick(record)() == record()


@pytest.mark.parametrize("record", [Line, Refund, RefundLine, Shipment, Parcel, Consent, PrivacyRequest])
def test_missing_arguments_are_refused(record: type[Line]) -> None:
    with pytest.raises(TypeError):
        quick(record)()


def test_factories_make_a_new_value_each_time() -> None:
    @dataclass(frozen=True, slots=True)
    class Bag:
        items: list[int]

    assert quick(Bag)([1]).items == [1]


def test_what_cannot_be_turned_is_refused() -> None:
    @dataclass
    class Loose:
        value: int

    for record in (Loose, Money):  # Money checks itself in __post_init__
        with pytest.raises(TypeError):
            quick(record)
