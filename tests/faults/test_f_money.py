"""Money: split exactly, read exactly or not at all, and kept through every odd refund."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random
from typing import Any

import msgspec
import pytest

from chalicelib.domain import facts, record
from chalicelib.domain import money as module
from chalicelib.domain.metrics import Sums
from chalicelib.domain.money import Money
from chalicelib.domain.record import OrderKey
from chalicelib.pipeline import normalise
from chalicelib.reckoning import order_sums
from chalicelib.toolkit.amounts import minor_units
from chalicelib.toolkit.floats import money_in_floats
from chalicelib.toolkit.loose import Odd
from connectors.registry import KEYS, connector
from tests.functional.exactness.world import T0, Delivery, deliver, erp, erp_refund, read_order, stamp
from tests.functional.stack import Stack
from tests.kit.cases import cases
from tests.kit.faults import Told

# --- 46 ---------------------------------------------------------------------------------------------------------------------------

ORDERS = 10_000
CURRENCIES = ("JPY", "USD", "KWD")  # exponents 0, 2, 3


@dataclass(frozen=True)
class Sold:
    """An order as far as splitting goes: what its lines come to, and what is told of the whole alone."""

    currency: str
    lines: tuple[int, ...]
    parts: tuple[int, ...]  # discounts of seller and platform, tax, shipping, a refund


def sold(orders: int) -> Iterator[Sold]:
    """Orders of one to twelve lines; gifts that cost nothing, discounts of all of it, refunds below zero."""
    dice = Random(46)
    for number in range(orders):
        currency = CURRENCIES[number % 3]
        unit = 10 ** module.exponent(currency)
        lines = tuple(
            dice.choice((0, 1, dice.randrange(10), dice.randrange(1, 90_000) * unit)) for _ in range(dice.choice((1, 2, 3, 5, 12)))
        )
        whole = sum(lines)
        parts = (
            dice.randint(0, whole),
            dice.choice((0, 1, whole)),
            whole * 13 // 113,
            dice.randrange(5_000),
            -dice.randint(0, whole),
        )
        yield Sold(currency, lines, parts)


def astray(orders: Iterator[Sold]) -> tuple[int, int, int]:
    """How many minor units all splits together are off, how many parts lie a unit or more from their share; how many were split."""
    off = far = splits = 0
    for order in orders:
        whole = sum(order.lines)
        for part in order.parts:
            shares = [share.minor for share in Money(part, order.currency).split(order.lines)]
            off += abs(sum(shares) - part)
            weights, total = (order.lines, whole) if whole else ((1,) * len(order.lines), len(order.lines))
            far += sum(abs(share * total - part * weight) >= total for share, weight in zip(shares, weights, strict=True))
            splits += 1
    return off, far, splits


@pytest.mark.fault(46)
def test_46_discounts_and_tax_split_over_lines_come_to_the_whole(fault: Told) -> None:
    off, far, splits = astray(sold(ORDERS))
    assert (off, far) == (0, 0)
    fault.figure(f"difference {off} over {ORDERS:,} orders, {splits:,} splits, exponents 0, 2, 3")


def _half_even(total: int, weights: Any) -> list[int]:
    whole = sum(weights)
    shares = [Decimal(total * weight) / whole if whole else Decimal(0) for weight in weights]
    return [int(share.quantize(Decimal(1), ROUND_HALF_EVEN)) for share in shares]


def _rest_on_the_last(total: int, weights: Any) -> list[int]:
    parts = [total * weight // max(sum(weights), 1) for weight in weights]
    return [*parts[:-1], total - sum(parts[:-1])]


@pytest.mark.fault(46, saboteur=True)
@pytest.mark.parametrize("naive", [_half_even, _rest_on_the_last])
def test_46_saboteur_each_line_rounded_for_itself(naive: Callable[..., list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "allot", naive)
    off, far, _ = astray(sold(300))
    assert off + far > 0


# --- 47 ---------------------------------------------------------------------------------------------------------------------------

READ: tuple[tuple[Any, str, int], ...] = (
    ("19.90", "USD", 1990),
    ("19.9", "USD", 1990),
    ("19", "USD", 1900),
    ("-5.00", "USD", -500),
    ("0.00", "USD", 0),
    ("1200.00", "JPY", 1200),
    ("1200", "JPY", 1200),
    ("1.234", "KWD", 1234),
    ("1.2340", "KWD", 1234),
    (12, "USD", 1200),
    (Decimal("1e2"), "USD", 10_000),
    (Decimal("19.900"), "USD", 1990),
    (Decimal("1200.00"), "JPY", 1200),
    ("999999999999999.99", "USD", 99_999_999_999_999_999),
)
REFUSED: tuple[tuple[Any, str], ...] = (
    ("1,99", "USD"),
    ("1.234,56", "EUR"),
    ("1,234.56", "USD"),
    ("1 234", "USD"),
    ("1e2", "USD"),
    ("+1", "USD"),
    (".5", "USD"),
    ("5.", "USD"),
    ("", "USD"),
    (" 1", "USD"),
    ("1\n", "USD"),
    ("١٢", "USD"),
    ("１２", "USD"),
    ("$1", "USD"),
    ("0x10", "USD"),
    ("1_000", "USD"),
    ("NaN", "USD"),
    ("Infinity", "USD"),
    ("9" * 30, "USD"),
    (10**30, "USD"),
    (Decimal("9" * 30), "USD"),
    (Decimal("NaN"), "USD"),
    (Decimal("sNaN"), "USD"),
    (Decimal("-Infinity"), "USD"),
    (Decimal("1e400"), "USD"),
    ("1.999", "USD"),
    (Decimal("1200.50"), "JPY"),
    ("1200.5", "JPY"),
    (1.1, "USD"),
    (float("nan"), "USD"),
    (True, "USD"),
    (None, "USD"),
    (b"1", "USD"),
    ("1", "usd"),
    ("1", "US"),
)


def misread() -> list[Any]:
    """Where the reader of amounts is inexact, or takes what it must refuse."""
    wrong: list[Any] = [value for value, currency, minor in READ if _outcome(value, currency) != minor]
    return wrong + [value for value, currency in REFUSED if _outcome(value, currency) != "refused"]


def _outcome(value: Any, currency: str) -> Any:
    try:
        return minor_units(value, currency)
    except (ValueError, TypeError, OverflowError):
        return "refused"


@pytest.mark.fault(47)
def test_47_amounts_are_read_exactly_or_refused(fault: Told) -> None:
    assert misread() == []
    noise = money_in_floats("USD")
    assert noise(Decimal("14.290000000000001"), "x") == 1429, "a platform that computes in floating point is read through its noise"
    with pytest.raises(Odd):
        noise(Decimal("14.295"), "x")
    fault.figure(f"{len(READ)} spellings exact, {len(REFUSED)} refused")


@pytest.mark.fault(47, saboteur=True)
def test_47_saboteur_amounts_through_floating_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "minor_units", lambda value, _currency: round(float(value) * 100))
    assert {"1e2", "9" * 30, "1.999", 1.1} <= set(misread())


def floats_in(value: Any) -> int:
    """How many floats a canonical object holds, however deep."""
    if isinstance(value, float):
        return 1
    if is_dataclass(value):
        return sum(floats_in(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, msgspec.Struct):
        return sum(floats_in(getattr(value, name)) for name in value.__struct_fields__)
    each = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple | set) else ()
    return sum(floats_in(one) for one in each)


def mapped(key: str) -> Iterator[Any]:
    """All that a connector makes of its recorded payloads."""
    for case in cases(key):
        if case.kind not in ("push", "feed") and case.expect == "accept":
            yield from connector(key).canonical(case.payload_kind, case.body, case.ref)


@pytest.mark.fault(47)
def test_47_no_canonical_object_of_any_platform_holds_a_float(fault: Told) -> None:
    found = {key: [*mapped(key)] for key in KEYS}
    assert {key: count for key, things in found.items() if (count := sum(map(floats_in, things)))} == {}
    telling = [key for key, things in found.items() if any(hasattr(thing, "amounts") for thing in things)]
    assert len(telling) > 15
    fault.figure(f"0 floats in {sum(map(len, found.values()))} canonical objects of {len(telling)} platforms with orders")


@pytest.mark.fault(47, saboteur=True)
def test_47_saboteur_a_float_is_found_wherever_it_lies() -> None:
    (order, *_) = (thing for thing in mapped("generic") if hasattr(thing, "amounts"))
    assert floats_in(order) == 0
    assert floats_in({"a": [(order, {"rate": 0.1})]}) == 1


# --- 48 ---------------------------------------------------------------------------------------------------------------------------

DAYS = 9


def paid(name: str, total: int, **parts: Any) -> Delivery:
    """An order of the first day."""
    return erp(name, 1, "paid", total, **{"paid_at": stamp(1), **parts})


def back(name: str, day: int, amount: int, **parts: Any) -> Delivery:
    """Money that went back on a later day."""
    return erp_refund(name, 24 * day, "succeeded", amount, **{"closed_at": stamp(24 * day), **parts})


ODD = (
    paid("usual", 1_000),
    back("usual", 2, 400),
    paid("beyond", 1_000),
    back("beyond", 3, 1_700),
    paid("twice", 1_000),
    back("twice", 2, 800),
    back("twice", 4, 800, refund_id="r-twice-again"),
    paid("foreign", 1_000),
    back("foreign", 3, 500, currency="USD"),
    back("before", 5, 300),
    paid("before", 1_000),
    paid("chargeback", 1_000, buyer="b1"),
    back("chargeback", 8, 1_000, kind="compensation", reason="chargeback"),
    back("never-an-order", 4, 999),
    erp("unpaid", 1, "pending_payment", 1_000),
    back("unpaid", 2, 1_000),
)
OWN = {"usual": 400, "beyond": 1_700, "twice": 1_600, "foreign": 0, "before": 300, "chargeback": 1_000}
FLAGGED = {"beyond-paid": 2, "other-currency": 1}


def days_of(stack: Stack) -> list[Sums]:
    """What each day comes to in the merchant's currency."""
    found = []
    for number in range(-1, DAYS + 1):
        whole = Sums()
        for head in stack.app.reckoning.day("demo", (T0 + timedelta(days=number)).date()):
            if head.cell.kind == "orders":
                by_currency = order_sums(head.summary or b"")
                assert by_currency.keys() <= {"CNY"}, "nothing is added up in a currency that no order has"
                whole.add(by_currency.get("CNY", Sums()))
        found.append(whole)
    return found


def odd_refunds_of(engine: Any) -> tuple[list[str], list[Sums], dict[str, int]]:
    """What is wrong after all of them came; each day; how often what was flagged."""
    stack = Stack(engine)
    deliver(stack, list(ODD))
    stack.settle()
    days = days_of(stack)
    wrong = [f"day {number}" for number, day in enumerate(days) if day.net_sales != day.gmv - day.tax_platform - day.refunds]
    gmv, refunds = sum(day.gmv for day in days), sum(day.refunds for day in days)
    if (gmv, refunds) != (1_000 * len(OWN), sum(OWN.values())):
        wrong.append(f"in sum {gmv} {refunds}")
    if any(day.gmv < 0 or day.refunds < 0 for day in days):
        wrong.append("below nothing")
    if sum(day.net_restated for day in days) != sum(day.net_sales for day in days):
        wrong.append("by order date it is another sum")
    for name, amount in OWN.items():
        told = read_order(stack.app.orders, stack.app.parts.vault, OrderKey("demo", "generic", "erp", name))
        if told is None or (told.order.amounts.refunded or 0) != amount:
            wrong.append(name)
    flagged = {reason: stack.counters.total("refund_odd", reason=reason) for reason in FLAGGED}
    return wrong, days, flagged


@pytest.mark.fault(48)
def test_48_gross_less_refunds_is_net_whatever_refund_comes(moto_engine: Any, fault: Told) -> None:
    wrong, days, flagged = odd_refunds_of(moto_engine)
    assert wrong == []
    assert flagged == FLAGGED, "what cannot be right is counted, and kept as it was told"
    busy = [day for day in days if day != Sums()]
    assert len(busy) == 6
    assert min(day.net_sales for day in busy) < 0 <= min(day.gmv for day in busy)
    fault.figure(f"{len(ODD)} odd tellings, {len(busy)} days: difference 0 each day and in sum; {sum(flagged.values())} flagged")


@pytest.mark.fault(48, saboteur=True)
def test_48_saboteur_refunds_of_any_currency_are_added_up(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def whatever(image: Any, _order: Any) -> list[Any]:
        return [refund for refund in record.refunds(image.key, image.layers) if refund.status == "succeeded"]

    monkeypatch.setattr(facts, "_succeeded", whatever)
    assert odd_refunds_of(moto_engine)[0]


@pytest.mark.fault(48, saboteur=True)
def test_48_saboteur_nobody_looks_at_refunds(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalise, "odd_refunds", lambda *_: ())
    assert odd_refunds_of(moto_engine)[2] != FLAGGED
