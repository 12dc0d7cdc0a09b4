"""What must come out, reckoned from the world alone: orders, days, top products, lapsed members.

Nothing here calls a connector, the canonical model's rules or the pipeline: it is a second opinion. What a platform
does not tell (its traits say what) is expected to be None, and only that. Amounts are minor units.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from fractions import Fraction
from math import floor
from typing import Any

from ops.simulator.compare import Difference, compare_days, compare_orders
from ops.simulator.facts import EITHER, DayFacts, Key, OrderFacts
from ops.simulator.model import Buyer, Claim, Item, SimOrder, State, World
from ops.simulator.persons import Person, persons
from ops.simulator.registry import platform


class Oracle:
    """Expectations as of `now`: every step with a platform time up to then has been told, nothing later exists."""

    def __init__(self, world: World, now: datetime) -> None:
        self.world, self.now = world, now
        self.states: dict[Key, State] = {
            (order.shop.platform, order.shop.account, order.order_id): state
            for order in world.orders
            if (state := order.at(now)) is not None
        }
        self.orders: dict[Key, OrderFacts] = {key: order_facts(world, state) for key, state in self.states.items()}
        self.people: list[Person] = persons(self.states, self.orders)
        self._who = {buyer.key: person for person in self.people for buyer in person.buyers}

    def local(self, at: datetime) -> date:
        """The merchant's calendar day of an instant."""
        return at.astimezone(self.world.zone).date()

    def days(self) -> set[date]:
        """Every day on which something counts, or was placed."""
        paid = {facts.day for facts in self.orders.values() if facts.day}
        placed = {self.local(facts.placed_at) for facts in self.orders.values() if not facts.test}
        settled = ((state, claim) for state in self._counting() for claim in state.claims if claim.state == "done")
        return paid | placed | {self.local(_heard(state, claim)) for state, claim in settled}

    def _counting(self) -> Iterator[State]:
        return (state for key, state in self.states.items() if self.orders[key].counted)

    def day(self, day: date) -> dict[tuple[str, str, str], DayFacts]:
        """The day's numbers by (platform, account, currency); an account without anything is left out."""
        found: dict[tuple[str, str, str], DayFacts] = {}
        people: dict[tuple[str, str, str], set[tuple[Buyer, ...]]] = defaultdict(set)
        for key, facts in self.orders.items():
            cell = (*key[:2], facts.currency)
            if facts.day == day:
                state = self.states[key]
                numbers = found.setdefault(cell, DayFacts(key[0], key[1], day, facts.currency))
                _add_order(numbers, state)
                numbers.refunded_own = _plus(numbers.refunded_own, facts.amounts["refunded"])
                if facts.buyer_id is not None:
                    people[cell].add(self._who[state.order.buyer.key].buyers)
            if not facts.test and self.local(facts.placed_at) == day:
                numbers = found.setdefault(cell, DayFacts(key[0], key[1], day, facts.currency))
                numbers.placed_orders += 1
                numbers.placed_gmv = _plus(numbers.placed_gmv, _came_to(facts))
            if facts.counted:
                self._add_refunds(found, cell, self.states[key], day)
        for cell, members in people.items():
            fresh = sum(self._who[buyers[0].key].days[0] == day for buyers in members)
            found[cell].new, found[cell].returning = fresh, len(members) - fresh
        return found

    def _add_refunds(
        self, found: dict[tuple[str, str, str], DayFacts], cell: tuple[str, str, str], state: State, day: date
    ) -> None:
        back = 0
        remitted = state.tax if platform(state.order.shop.platform).trade.tax_by_platform else 0
        settled = [claim for claim in state.claims if claim.state == "done" and claim.kind == "refund"]
        for claim in sorted(settled, key=lambda each: _heard(state, each)):
            before, back = back, back + claim.amount
            if self.local(_heard(state, claim)) == day:
                numbers = found.setdefault(cell, DayFacts(cell[0], cell[1], day, cell[2]))
                numbers.refunds += claim.amount
                numbers.refund_count += _told_as(state, claim)
                numbers.tax_platform -= _taxed(back, remitted, state.total) - _taxed(before, remitted, state.total)

    def top_products(self, day: date, count: int = 10) -> list[tuple[str, str, str, str, int, int]]:
        """The best-selling products of a day: (currency, platform, account, product id, pieces, amount).

        Ranked by amount within their currency, the merchant's own currency first: two currencies do not compare.
        """
        found = [
            (numbers.currency, numbers.platform, numbers.account, product, pieces, amount)
            for numbers in self.day(day).values()
            for product, (pieces, amount) in numbers.products.items()
        ]
        return sorted(found, key=lambda row: (row[0] != self.world.currency, row[0], -row[5], row[1:4]))[:count]

    def lapsed(self, day: date, days: int, window: int) -> list[Person]:
        """People whose last counted order is at least `days` and at most `days + window` days before `day`, whether or not they
        may be written to.
        """
        return [person for person in self.people if person.days and days <= (day - person.days[-1]).days <= days + window]

    def heard(self, key: Key, claim: Claim) -> datetime:
        """When a claim of an order was settled, as far as its platform tells."""
        return _heard(self.states[key], claim)

    def told_as(self, key: Key, claim: Claim) -> int:
        """How many refunds a claim of an order is told as."""
        return _told_as(self.states[key], claim)

    def compare(self, actual_orders: Iterable[Any], actual_days: Iterable[Any]) -> list[Difference]:
        """Differences between expectation and `Order`s and `AccountDay`s as read back; empty means agreement to the last cent.

        Every order of the world must be there once and no other. Each day handed in is compared whole: an account that
        is missing, or that is there without anything to count, is a difference where its numbers are.
        """
        return [*compare_orders(self.orders, actual_orders), *compare_days(self.day, actual_days)]


def _heard(state: State, claim: Claim) -> datetime:
    """When a claim was settled, as far as its platform tells."""
    return platform(state.order.shop.platform).tells.hears(claim.at)


def _told_as(state: State, claim: Claim) -> int:
    """How many refunds a claim is told as."""
    if platform(state.order.shop.platform).tells.refund_each == "claim":
        return 1
    return sum(item.quantity for item in state.items if not claim.lines or item.line_id in claim.lines)


def order_facts(world: World, state: State) -> OrderFacts:
    """What is claimed of one order in a state."""
    order, tells = state.order, platform(state.order.shop.platform).tells
    counted = _counted(state)
    placed_at = tells.hears(order.placed_at)
    paid_at = None if "paid_at" in tells.untold or state.paid_at is None else tells.hears(state.paid_at)
    untold = tells.untold if state.released or order.cod else tells.untold | tells.once_paid
    either = tells.either | tells.unclear.get(status(state), frozenset())

    def told(name: str, value: Any) -> Any:
        unclear = name in either or (value == 0 and name in tells.zeroes)
        return EITHER if unclear else None if name in untold else value

    return OrderFacts(
        key=(order.shop.platform, order.shop.account, order.order_id),
        status=status(state),
        refund_status=refund_status(state),
        test=order.test,
        currency=order.shop.currency,
        amounts={name: told(f"amounts.{name}", value) for name, value in amounts(state).items()},
        placed_at=placed_at,
        paid_at=told("paid_at", paid_at),
        buyer_id=order.buyer.id if tells.buyer else None,
        units=told("units", sum(item.quantity for item in state.items)),
        counted=counted,
        day=(paid_at or placed_at).astimezone(world.zone).date() if counted else None,
    )


def _counted(state: State) -> bool:
    """No test, not cancelled, and released to the shop once: paid in full, on delivery, or already under way."""
    return not state.order.test and not state.cancelled_at and (state.released or state.order.cod)


def status(state: State) -> str:
    """Where the order stands, in the canonical words, as far as its platform tells."""
    if state.cancelled_at:
        return "cancelled"
    reached = {
        "completed": bool(state.completed_at),
        "delivered": state.delivered_all,
        "shipped": state.shipped_all,
        "partially_shipped": bool(state.parcels),
        "paid": bool(state.paid_at or state.order.cod),
    }
    unknown = platform(state.order.shop.platform).tells.no_status
    return next((name for name, there in reached.items() if there and name not in unknown), "pending_payment")


def refund_status(state: State) -> str:
    """How far it is refunded."""
    if state.refunded:
        return "full" if state.refunded >= state.paid > 0 else "partial"
    return "requested" if any(claim.kind == "refund" and claim.state == "open" for claim in state.claims) else "none"


def amounts(state: State) -> dict[str, Any]:
    """The nine amounts."""
    return {
        "items": state.gross,
        "discount_seller": state.off_seller,
        "discount_platform": state.off_platform,
        "shipping": state.shipping,
        "tax": state.tax,
        "other": state.order.tip,
        "total": state.total,
        "paid": state.paid,
        "refunded": state.refunded,
    }


def allotted(order: SimOrder, item: Item) -> int:
    """What a position came to after the discounts its platform allots to it."""
    tells = platform(order.shop.platform).tells
    if not tells.allots_discounts:
        return item.gross
    return item.gross - item.off_seller - (item.off_platform if tells.allots_coupons else 0)


def _taxed(back: int, tax: int, total: int) -> int:
    """The tax in so much of an order, to the nearest minor unit."""
    exact = Fraction(tax * min(back, total), total) if total else Fraction(0)
    return floor(exact + Fraction(1, 2))


def _came_to(facts: OrderFacts) -> Any:
    """What an order is worth as told: its total, else what was paid."""
    return facts.amounts["paid"] if facts.amounts["total"] is None else facts.amounts["total"]


def _plus(sum_: Any, told: Any) -> Any:
    """What is told one way and not the other makes a sum of which nothing is claimed; what is not told adds nothing."""
    return EITHER if sum_ is EITHER or told is EITHER else sum_ + (told or 0)


def _add_order(numbers: DayFacts, state: State) -> None:
    numbers.orders += 1
    numbers.gmv += state.total
    if platform(state.order.shop.platform).trade.tax_by_platform:
        numbers.tax_platform += state.tax
    for item in state.items:
        own = item.product.id
        pieces, amount = numbers.products.get(own, (0, 0))
        numbers.products[own] = (pieces + item.quantity, amount + allotted(state.order, item))
        numbers.units += item.quantity
