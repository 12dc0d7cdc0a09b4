"""Comparing what was read back with what the oracle expects, difference by difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ops.simulator.facts import AMOUNTS, EITHER, DayFacts, Key, OrderFacts

_SUMS = (
    *("orders", "gmv", "tax_platform", "refunds", "refund_count", "units", "net_sales", "aov"),
    *("placed_orders", "placed_gmv", "refunded_own"),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One disagreement between what was expected and what is there."""

    where: str
    what: str
    expected: Any
    actual: Any

    def __str__(self) -> str:
        return f"{self.where}: {self.what} should be {self.expected!r}, is {self.actual!r}"


def compare_orders(expected: Mapping[Key, OrderFacts], actual: Iterable[Any]) -> Iterator[Difference]:
    """Differences order by order; `actual` are canonical `Order`s (merged views)."""
    seen: Counter[Key] = Counter()
    for order in actual:
        key = (order.platform, order.account, order.order_id)
        seen[key] += 1
        facts = expected.get(key)
        if facts is not None:
            yield from differences(facts, order)
    for key in [*expected, *(key for key in seen if key not in expected)]:
        wanted = int(key in expected)
        if seen[key] != wanted:
            yield Difference("/".join(key), "times there", wanted, seen[key])


def differences(facts: OrderFacts, order: Any) -> Iterator[Difference]:
    """What one canonical `Order` says otherwise than the facts."""
    claims: list[tuple[str, Any, Any]] = [
        ("status", facts.status, str(order.status)),
        ("refund_status", facts.refund_status, str(order.refund_status)),
        ("test", facts.test, order.test),
        ("currency", facts.currency, order.currency),
        ("placed_at", facts.placed_at, order.placed_at),
        ("paid_at", facts.paid_at, order.paid_at),
        ("buyer.id", facts.buyer_id, order.buyer.id),
        ("units", facts.units, sum(line.quantity for line in order.lines)),
    ]
    claims += [(f"amounts.{name}", facts.amounts[name], getattr(order.amounts, name)) for name in AMOUNTS]
    where = "/".join(facts.key)
    return (Difference(where, what, wanted, found) for what, wanted, found in claims if wanted is not EITHER and wanted != found)


def compare_days(expect: Callable[[date], Mapping[Key, DayFacts]], actual: Iterable[Any]) -> Iterator[Difference]:
    """Differences day by day; `actual` are `AccountDay`s. A day of which one account is handed in is compared whole."""
    given: dict[date, dict[tuple[str, str], Any]] = {}
    for cell in actual:
        given.setdefault(cell.day, {})[(cell.platform, cell.account)] = cell
    for day in sorted(given):
        expected = expect(day)
        for key, numbers in sorted(expected.items()):
            cell = given[day].get(key[:2])
            sums = cell.sums.get(key[2]) if cell is not None else None
            where = f"{'/'.join(key)} on {day}"
            if cell is None or sums is None:
                yield Difference(where, "numbers", numbers, None)
            else:
                yield from _sums(where, numbers, sums)
                yield from _people(where, numbers, cell.people)
        yield from _surplus(day, expected, given[day])


def _sums(where: str, numbers: DayFacts, sums: Any) -> Iterator[Difference]:
    for name in _SUMS:
        wanted, found = getattr(numbers, name), getattr(sums, name)
        if wanted is not EITHER and wanted != found:
            yield Difference(where, name, wanted, found)
    sold = {key: (product.quantity, product.amount) for key, product in sums.products.items()}
    for key in sorted(sold.keys() | numbers.products.keys()):
        if sold.get(key) != numbers.products.get(key):
            yield Difference(where, f"product {key} (pieces, amount)", numbers.products.get(key), sold.get(key))


def _people(where: str, numbers: DayFacts, people: Any) -> Iterator[Difference]:
    for name in ("new", "returning"):
        wanted, found = getattr(numbers, name), getattr(people, name)
        if wanted != found:
            yield Difference(where, f"{name} buyers", wanted, found)


def _surplus(day: date, expected: Mapping[Key, DayFacts], cells: Mapping[tuple[str, str], Any]) -> Iterator[Difference]:
    for (platform, account), cell in sorted(cells.items()):
        for currency, sums in sorted(cell.sums.items()):
            if (platform, account, currency) not in expected and (sums.orders or sums.gmv or sums.refunds or sums.placed_orders):
                yield Difference(f"{platform}/{account}/{currency} on {day}", "numbers", None, sums)
