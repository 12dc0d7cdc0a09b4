"""Generated layers and canonical orders. Small alphabets on purpose: what collides is what breaks a merge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from chalicelib.domain.identity import is_masked
from chalicelib.domain.merge import Clock, Layers
from chalicelib.domain.order import (
    AMOUNT_NAMES,
    Amounts,
    Attribution,
    Buyer,
    Line,
    Order,
    RefundStatus,
    Shipment,
    ShipTo,
    Status,
    refund_status,
)

EXACT = settings(derandomize=True, deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

values: st.SearchStrategy[Any] = st.sampled_from([-1, 0, 1, 2, "", "a", "b", "张", [], [0], [1, 0]])
clocks = st.sampled_from([Clock(millis, rank, source) for millis in (0, 1, 2) for rank in (0, 1) for source in (0, 1)])
places = st.sampled_from(
    [
        (entity, name)
        for entity in ("order", "status", "buyer", "ship_to", "line/1", "line/2", "refund/1", "extra")
        for name in ("id", "name", "reason", "email")
    ]
)


def layers() -> st.SearchStrategy[Layers]:
    """Any stack of layers."""
    return st.lists(st.tuples(clocks, places, values), max_size=9).map(_stacked)


def _stacked(told: list[tuple[Clock, tuple[str, str], Any]]) -> Layers:
    stack: Layers = {}
    for clock, (entity, name), value in told:
        stack.setdefault(clock, {}).setdefault(entity, {})[name] = value
    return stack


times = st.none() | st.integers(0, 10**12).map(lambda millis: _EPOCH + timedelta(milliseconds=millis))
money = st.none() | st.integers(-(10**12), 10**12)
some = st.none() | st.text(max_size=8)
of_a_person = some.filter(lambda told: told is None or not is_masked(told))  # a mask is a state, and is kept as one
named = st.none() | st.text(min_size=1, max_size=8)


@st.composite
def buyers(draw: st.DrawFn) -> Buyer:
    """A buyer; what is masked or encrypted is not told."""
    names = ("id", "nickname", "name", "email", "phone")
    hidden = draw(st.dictionaries(st.sampled_from(names), st.sampled_from(["masked", "encrypted"])))
    told: dict[str, Any] = {name: draw(of_a_person) for name in names if name not in hidden}
    return Buyer(**told, **_hidden(hidden))


@st.composite
def addresses(draw: st.DrawFn) -> ShipTo:
    """An address; what is masked or encrypted is not told."""
    names = ("name", "phone", "country", "province", "city", "district", "address", "postcode")
    hidden = draw(st.dictionaries(st.sampled_from(names), st.sampled_from(["masked", "encrypted"])))
    told: dict[str, Any] = {name: draw(of_a_person) for name in names if name not in hidden}
    return ShipTo(**told, **_hidden(hidden))


def _hidden(hidden: dict[str, str]) -> dict[str, Any]:
    return {side: tuple(sorted(name for name, told in hidden.items() if told == side)) for side in ("masked", "encrypted")}


lines = st.builds(
    Line,
    line_id=st.text(min_size=1, max_size=4),
    product_id=some,
    sku=some,
    merchant_sku=some,
    title=some,
    quantity=st.integers(0, 99),
    unit_price=money,
    discount=money,
    total=money,
    refund_status=st.sampled_from([str(each) for each in RefundStatus]),
)
shipments = st.builds(Shipment, named, named, times, times).filter(lambda each: each != Shipment(None, None))


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """A canonical order as one telling gives it.

    What one telling cannot say is left out: two parcels of one number, nulls in `extra`, parcels in another order than
    by carrier and number, a refund status that its own amounts contradict.
    """
    amounts = Amounts(**{name: draw(money) for name in AMOUNT_NAMES[:-1]}, refunded=draw(st.none() | st.integers(0, 10**12)))
    if amounts.refunded is None:
        stated = draw(st.sampled_from([str(each) for each in RefundStatus]))
    else:
        stated = str(refund_status(amounts.paid, amounts.refunded, draw(st.booleans())))
    return Order(
        merchant="m",
        platform="shopify",
        account="a",
        order_id=draw(st.text(min_size=1, max_size=6)),
        order_no=draw(some),
        status=str(draw(st.sampled_from(Status))),
        platform_status=draw(some),
        refund_status=stated,
        test=draw(st.booleans()),
        currency=draw(st.sampled_from(["USD", "JPY", "KWD"])),
        tax_included=draw(st.none() | st.booleans()),
        amounts=amounts,
        placed_at=draw(times),
        paid_at=draw(times),
        shipped_at=draw(times),
        delivered_at=draw(times),
        completed_at=draw(times),
        cancelled_at=draw(times),
        updated_at=draw(times),
        buyer=draw(buyers()),
        ship_to=draw(addresses()),
        lines=tuple(draw(st.lists(lines, max_size=3, unique_by=lambda line: line.line_id))),
        shipments=tuple(sorted(draw(st.lists(shipments, max_size=3, unique_by=_parcel_name)), key=_parcel_name)),
        attribution=draw(st.builds(Attribution, some, some, st.lists(named.filter(bool), max_size=2).map(tuple), some)),
        extra=dict(sorted(draw(st.dictionaries(st.text(max_size=4), values, max_size=3)).items())),
    )


def _parcel_name(shipment: Shipment) -> str:
    return f"{shipment.carrier or ''}/{shipment.tracking_no or ''}"
