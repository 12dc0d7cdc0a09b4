"""Tellings to layers and back, and every order of arrival of one recorded sequence."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.adapters.orders import decode_layers, encode_layers
from chalicelib.domain.events import Parcel
from chalicelib.domain.merge import Layers, canonical_text, merge
from chalicelib.domain.order import Amounts, Buyer, Line, Order, Refund, Shipment, ShipTo
from chalicelib.domain.record import OrderKey, divide, ever_earned, explode, key_of, refunds, told_order, unite, view
from tests.unit.domain.strategies import EXACT, orders

T0 = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
KEY = OrderKey("demo", "shopify", "acme", "1")


class Telling(NamedTuple):
    """An object, whether it was pulled, and when it was delivered."""

    told: Order | Refund | Parcel
    source: int = 0
    at: datetime | None = None


def at(hours: int) -> datetime:
    return T0 + timedelta(hours=hours)


def amounts(total: int, paid: int | None = 0) -> Amounts:
    return Amounts(total, 0, 0, 0, 0, 0, total, paid, 0)


def line(name: str, quantity: int, price: int) -> Line:
    return Line(name, f"p-{name}", None, None, f"Thing {name}", quantity, price, 0, price * quantity)


def order(hours: int, status: str, money: Amounts, **parts: object) -> Order:
    base = Order(
        "demo", "shopify", "acme", "1", "#1", status, status, "none", False, "USD", True, money,
        at(0), None, None, None, None, None, at(hours),
        Buyer("b1", "buddy", "Ann Example", "ann@example.com", "+15550100"),
        ShipTo("Ann Example", "+15550100", "US", "KY", "Town", None, "1 Road", "40003"),
        (line("a", 2, 100), line("b", 1, 200)),
    )  # fmt: skip
    return replace(base, **parts)


def refund(hours: int, status: str, **parts: object) -> Refund:
    base = Refund(
        "demo", "shopify", "acme", "r1", "1", "refund", status, status, 150, "USD", "too small", (), at(30), None, at(hours)
    )
    return replace(base, **parts)


MASKED = ShipTo(country="US", province="KY", city="Town", masked=("address", "name", "phone", "postcode"))
SEQUENCE: tuple[Telling, ...] = (
    Telling(order(0, "pending_payment", amounts(400))),
    Telling(order(1, "paid", amounts(400, 400), paid_at=at(1))),
    Telling(Parcel("demo", "shopify", "acme", "1", Shipment("UPS", "1Z1", at(2)), at(2))),
    Telling(order(2, "partially_shipped", amounts(400, 400), paid_at=at(1), shipped_at=at(2)), source=1),
    Telling(order(3, "partially_shipped", replace(amounts(200), paid=None, items=None), paid_at=at(1), lines=(line("b", 1, 200),))),
    Telling(order(4, "shipped", amounts(200, 400), ship_to=MASKED, buyer=Buyer("b1", masked=("email", "name", "phone")))),
    Telling(refund(30, "requested")),
    Telling(refund(31, "succeeded", closed_at=at(31))),
    Telling(order(40, "cancelled", Amounts(total=200), cancelled_at=at(40))),
)


def joined(tellings: Sequence[Telling], join: Callable[[Layers, Layers], Layers] = merge) -> Layers:
    stacks = [explode(told, source=source, occurred_at=when) for told, source, when in tellings]
    start: Layers = {}
    return reduce(join, stacks, start)


def arrivals(count: int, seed: int = 1) -> list[list[Telling]]:
    """Orders of arrival, each with some tellings twice or three times."""
    dice = random.Random(seed)
    found = []
    for _ in range(count):
        some = [*SEQUENCE, *dice.choices(SEQUENCE, k=dice.randrange(6))]
        dice.shuffle(some)
        found.append(some)
    return found


def states(join: Callable[[Layers, Layers], Layers], count: int) -> set[str]:
    """The final orders and refunds that these arrivals end in."""
    ends = set()
    for arrival in arrivals(count):
        layers = joined(arrival, join)
        ends.add(repr((view(KEY, layers), refunds(KEY, layers))))
    return ends


@EXACT
@given(orders(), st.sampled_from([0, 1]))
def test_a_telling_reads_back_as_it_was_told(told: Order, source: int) -> None:
    layers = explode(told, source=source, occurred_at=None)
    assert view(key_of(told), layers) == told


@EXACT
@given(orders())
def test_a_telling_survives_the_table(told: Order) -> None:
    plain, personal = divide(explode(told, source=0, occurred_at=None))
    stored = unite(decode_layers(encode_layers(plain)), decode_layers(encode_layers(personal)))
    assert view(key_of(told), stored) == told


def test_what_one_telling_cannot_say() -> None:
    """Known exceptions to reading back: nulls in `extra` vanish, parcels are sorted, one a number, an empty one is none."""
    parcels = (Shipment("B", "2"), Shipment("A", "1"), Shipment("A", "1", at(1)), Shipment(None, None))
    told = order(0, "paid", amounts(400, 400), extra={"gift": None, "note": 1}, shipments=parcels)
    back = view(KEY, explode(told, source=0, occurred_at=None))
    assert back.extra == {"note": 1}
    assert back.shipments == (Shipment("A", "1", at(1)), Shipment("B", "2"))


@pytest.mark.fault(29)
def test_every_arrival_of_the_sequence_ends_in_one_order_and_one_refund() -> None:
    assert len(states(merge, 2000)) == 1


def test_the_sequence_ends_as_a_person_would_say_it_does() -> None:
    layers = joined(SEQUENCE)
    final = view(KEY, layers)
    assert (final.status, final.platform_status, final.refund_status) == ("cancelled", "cancelled", "partial")
    assert final.amounts.total == 200
    assert final.amounts.items == 200  # told with that total by the masked telling; the 400 of the first is gone
    assert final.amounts.paid == 400
    assert final.amounts.refunded == 150
    assert [each.line_id for each in final.lines] == ["a", "b"]  # the last telling lists both again
    assert final.buyer == Buyer("b1", "buddy", "Ann Example", "ann@example.com", "+15550100")
    assert final.ship_to.address == "1 Road"
    assert final.paid_at == at(1)
    assert final.shipped_at == at(2)
    assert final.cancelled_at == at(40)
    assert final.shipments == (Shipment("UPS", "1Z1", at(2)),)
    (back,) = refunds(KEY, layers)
    assert (back.status, back.amount, back.closed_at, back.requested_at) == ("succeeded", 150, at(31), at(30))
    assert ever_earned(layers)
    assert told_order(layers)


def _last_arrival_wins(held: Layers, told: Layers) -> Layers:
    """The saboteur: whatever came last."""
    flat = {(e, n): (c, v) for stack in (held, told) for c, es in stack.items() for e, fs in es.items() for n, v in fs.items()}
    out: Layers = {}
    for (entity, name), (clock, value) in flat.items():
        out.setdefault(clock, {}).setdefault(entity, {})[name] = value
    return out


def _one_version_for_the_whole(held: Layers, told: Layers) -> Layers:
    """The saboteur: the greater clock takes the whole record, so that parcels and refunds told apart get lost."""
    return told if not held or max(told) >= max(held) else held


def _no_tie_break(held: Layers, told: Layers) -> Layers:
    """The saboteur: a join without the value as the last word keeps what came first."""
    merged = merge(held, told)
    for clock, entities in held.items():
        for entity, fields in entities.items():
            for name, value in fields.items():
                if clock in merged and name in merged[clock].get(entity, {}):
                    merged[clock][entity][name] = value
    return merged


@pytest.mark.fault(29, saboteur=True)
def test_the_arrivals_catch_naive_merges() -> None:
    assert len(states(_last_arrival_wins, 50)) > 1
    ends = states(_one_version_for_the_whole, 50)
    assert ends != states(merge, 1)


@pytest.mark.fault(31, saboteur=True)
def test_equal_clocks_catch_a_merge_without_a_tie_break() -> None:
    two = [Telling(order(1, "paid", amounts(400, 400), order_no=name)) for name in ("#1", "#2")]
    assert canonical_text(repr(joined(two))) == canonical_text(repr(joined(two[::-1])))
    assert joined(two, _no_tie_break) != joined(two[::-1], _no_tie_break)


def test_masked_never_overwrites_good() -> None:
    good = order(1, "paid", amounts(400, 400))
    hidden = order(2, "paid", amounts(400, 400), buyer=Buyer("b1", masked=("email", "name")), ship_to=MASKED)
    for pair in ([Telling(good), Telling(hidden)], [Telling(hidden), Telling(good)]):
        final = view(KEY, joined(pair))
        assert final.buyer.email == "ann@example.com"
        assert final.buyer.name == "Ann Example"
        assert final.buyer.masked == ()
        assert final.ship_to.address == "1 Road"
        assert final.ship_to.masked == ()
    alone = view(KEY, joined([Telling(hidden)]))
    assert alone.buyer.email is None
    assert alone.buyer.masked == ("email", "name")


def test_a_new_address_does_not_keep_pieces_of_the_old_one() -> None:
    old = order(1, "paid", amounts(400, 400))
    moved = order(2, "paid", amounts(400, 400), ship_to=ShipTo(name="Bob Example", country="GB", city="Leeds"))
    final = view(KEY, joined([Telling(moved), Telling(old)]))
    assert final.ship_to == ShipTo(name="Bob Example", country="GB", city="Leeds")


def test_amounts_of_another_total_read_null_but_for_paid_and_refunded() -> None:
    first = order(1, "paid", replace(amounts(400, 400), shipping=30, tax=20))
    edit = order(2, "paid", Amounts(total=250))
    final = view(KEY, joined([Telling(first), Telling(edit)])).amounts
    assert final == Amounts(total=250, paid=400, refunded=0)


def test_a_refund_before_its_order_is_no_order_yet() -> None:
    layers = joined([Telling(refund(31, "succeeded"))])
    assert not told_order(layers)
    whole = merge(layers, joined([Telling(order(1, "paid", amounts(400, 400)))]))
    assert view(KEY, whole).amounts.refunded == 150


def test_an_exchange_leaves_the_refund_status_alone() -> None:
    swap = refund(31, "requested", refund_id="x", kind="exchange", amount=0)
    assert view(KEY, joined([Telling(order(1, "paid", amounts(400, 400))), Telling(swap)])).refund_status == "none"
    assert view(KEY, joined([Telling(order(1, "paid", amounts(400, 400))), Telling(refund(31, "requested"))])).refund_status == (
        "requested"
    )


def test_refund_of_an_unknown_amount_is_not_hidden_by_the_nothing_before_it() -> None:
    """The platform says that all went back, not how much; a refund that tells it settles the amount."""
    sold = order(1, "paid", amounts(400, 400))
    back = order(2, "paid", replace(amounts(400, 400), refunded=None), refund_status="full")
    told, untold = (explode(each, source=0, occurred_at=None) for each in (sold, back))
    for stacks in ((told, untold), (untold, told)):
        found = view(KEY, merge(*stacks))
        assert (found.refund_status, found.amounts.refunded) == ("full", None)
    known = explode(refund(3, "succeeded"), source=0, occurred_at=None)
    assert view(KEY, merge(told, untold, known)).amounts.refunded == 150
    over = explode(
        order(2, "cancelled", replace(amounts(400, 400), refunded=None), refund_status="full"), source=0, occurred_at=None
    )
    assert view(KEY, merge(told, over)).refund_status == "none"  # its refund is waited for
    later = explode(order(4, "paid", amounts(400, 400)), source=0, occurred_at=None)
    assert view(KEY, merge(told, untold, later)).amounts.refunded == 0


def test_what_nobody_reports_is_sealed_with_the_person_s_data() -> None:
    extra = {"unionid": "u-1", "note": "ring Ann at 555-0100", "payment": "cod", "tax_platform": 7}
    plain, personal = divide(explode(order(1, "paid", amounts(400), extra=extra), source=1, occurred_at=None))
    assert "u-1" not in str(plain) and "555-0100" not in str(plain)
    assert view(KEY, plain).extra == {"payment": "cod", "tax_platform": 7}
    assert view(KEY, unite(plain, personal)).extra == extra
