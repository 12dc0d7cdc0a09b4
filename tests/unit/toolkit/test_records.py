"""Quick makers: the same frozen objects."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass

import pytest

from chalicelib.domain.events import Consent, Parcel, PrivacyRequest
from chalicelib.domain.money import Money
from chalicelib.domain.order import Amounts, Attribution, Buyer, Line, Refund, RefundLine, Shipment, ShipTo
from chalicelib.domain.voice import Receipt
from chalicelib.toolkit.records import quick

RECEIPT = ("demo", "meta", "acme", "m1", "read")


def test_a_quick_object_is_the_frozen_one() -> None:
    made, plain = quick(Receipt)(*RECEIPT, reason=None, at=None), Receipt(*RECEIPT, reason=None, at=None)
    assert type(made) is Receipt
    assert (made, hash(made), repr(made)) == (plain, hash(plain), repr(plain))
    with pytest.raises(FrozenInstanceError):
        made.state = "sent"  # type: ignore[misc]


def test_what_is_made_in_c_needs_no_other_maker() -> None:
    assert quick(Line) is Line


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
