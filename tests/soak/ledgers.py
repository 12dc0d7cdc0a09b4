"""The ledgers, twice: as the world alone has them, and as they are read back. As canonical JSON they are compared byte for byte.

The world's side shares no code with Huitou. Where a platform tells something one way and not the other, the oracle makes no
claim, and neither side has the field.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import msgspec

from chalicelib.domain.member import Profile
from chalicelib.domain.merge import Layers
from chalicelib.domain.order import Order, RefundState
from chalicelib.domain.record import OrderKey, refunds, view
from chalicelib.envelope import decode
from chalicelib.errors import Permanent
from ops.rehearsal import account_days, read_layers
from ops.rehearsal_config import CAMPAIGN, RATES, SILENT_DAYS, WINDOW_DAYS
from ops.simulator import persons
from ops.simulator.facts import AMOUNTS, EITHER, DayFacts, OrderFacts
from ops.simulator.model import Buyer
from ops.simulator.oracle import Oracle
from ops.simulator.persons import Person
from tests.soak.opened import stored_keys
from tests.soak.stage import Stage

LEDGERS = ("orders", "refunds", "members", "cells", "messages", "quarantine")
Ledger = dict[str, Any]
_SUMS = (
    *("orders", "gmv", "tax_platform", "refunds", "refund_count", "units", "net_sales", "aov"),
    *("placed_orders", "placed_gmv", "refunded_own"),
)


def canonical(ledger: Ledger) -> bytes:
    """Keys sorted at every depth, no space, UTF-8."""
    return msgspec.json.encode(ledger, order="sorted")


def expected(on: Stage, oracle: Oracle, poison: Mapping[str, int]) -> dict[str, Ledger]:
    """What the world says must be there. `poison`: how many unreadable pushes each platform was made to send."""
    rates = {currency: Fraction(per) for currency, per in RATES.items()}
    lapsed = _lapsed(on)
    segment = {person.buyers: name for person, name in persons.segments(oracle.people, rates, on.config.currency)}
    return {
        "orders": {_named(key): _order_of(facts) for key, facts in oracle.orders.items()},
        "refunds": {_named(key): _refunds_of(oracle, key) for key, facts in oracle.orders.items() if facts.counted},
        "members": {_who(person): _member_of(on, person, rates, segment.get(person.buyers)) for person in oracle.people},
        "cells": {_cell(day, key): _numbers_of(numbers) for day in _days(on, oracle) for key, numbers in oracle.day(day).items()},
        "messages": {_who(person): [persons.way(person, on.clock.now())] if person in lapsed else [] for person in oracle.people},
        "quarantine": dict(poison),
    }


def found(on: Stage, oracle: Oracle) -> dict[str, Ledger]:
    """What is there, read back."""
    orders, refunded = _orders_found(on, oracle)
    return {
        "orders": orders,
        "refunds": refunded,
        "members": _members_found(on, oracle),
        "cells": _cells_found(on, oracle),
        "messages": {_who(person): _messages_found(on, person) for person in oracle.people},
        "quarantine": _quarantine_found(on),
    }


def _named(key: Iterable[str]) -> str:
    return "/".join(key)


def _who(person: Person) -> str:
    return " + ".join(sorted("/".join(buyer.key) for buyer in person.buyers))


def _days(on: Stage, oracle: Oracle) -> list[date]:
    return sorted(oracle.days() | {on.world.day})


def _lapsed(on: Stage) -> list[Person]:
    """As of the sweep, when all that the day brought was known."""
    oracle = Oracle(on.world, on.world.closing)
    return oracle.lapsed(on.swept or on.world.day, SILENT_DAYS, WINDOW_DAYS)


# ---- orders and refunds


def _order_of(facts: OrderFacts) -> Ledger:
    claims: Ledger = {
        "status": facts.status,
        "refund_status": facts.refund_status,
        "test": facts.test,
        "currency": facts.currency,
        "placed_at": facts.placed_at,
        "paid_at": facts.paid_at,
        "buyer": facts.buyer_id,
        "units": facts.units,
        **{f"amounts.{name}": facts.amounts[name] for name in AMOUNTS},
    }
    return {name: value for name, value in claims.items() if value is not EITHER}


def _order_found(order: Order, claimed: Iterable[str]) -> Ledger:
    told: Ledger = {
        "status": str(order.status),
        "refund_status": str(order.refund_status),
        "test": order.test,
        "currency": order.currency,
        "placed_at": order.placed_at,
        "paid_at": order.paid_at,
        "buyer": order.buyer.id,
        "units": sum(line.quantity for line in order.lines),
        **{f"amounts.{name}": getattr(order.amounts, name) for name in AMOUNTS},
    }
    return {name: told[name] for name in claimed}


def _refunds_of(oracle: Oracle, key: tuple[str, str, str]) -> Ledger:
    """By day, what went back and in how many refunds, as the platform tells it."""
    sums: Counter[str] = Counter()
    for claim in oracle.states[key].claims:
        if claim.state == "done" and claim.kind == "refund":
            heard = oracle.heard(key, claim)
            sums[f"{oracle.local(heard)} amount"] += claim.amount
            sums[f"{oracle.local(heard)} refunds"] += oracle.told_as(key, claim)
    return dict(sums)


def _orders_found(on: Stage, oracle: Oracle) -> tuple[Ledger, Ledger]:
    orders: Ledger = {}
    refunded: Ledger = {}
    for key in stored_keys(on.engine.client("dynamodb")):
        layers = read_layers(on.app, key)
        if layers is None:
            continue
        name = (key.platform, key.account, key.order_id)
        facts, order = oracle.orders.get(name), view(key, layers)
        orders[_named(name)] = _order_found(order, _order_of(facts) if facts else ("status", "currency"))
        if facts is None or facts.counted:
            refunded[_named(name)] = _refunds_found(oracle, key, layers)
    return orders, refunded


def _refunds_found(oracle: Oracle, key: OrderKey, layers: Layers) -> Ledger:
    sums: Counter[str] = Counter()
    for refund in refunds(key, layers):
        if refund.status == RefundState.SUCCEEDED and refund.amount and refund.closed_at:
            day = oracle.local(refund.closed_at)
            sums[f"{day} amount"] += refund.amount
            sums[f"{day} refunds"] += 1
    return dict(sums)


# ---- members


def _member_of(on: Stage, person: Person, rates: Mapping[str, Fraction], segment: str | None) -> Ledger:
    return {
        "orders": person.orders,
        "days": [person.days[0], person.days[-1]] if person.days else [],
        "net": person.totals if person.days else {},
        "visits": sorted([platform, account, day, day == person.days[0]] for platform, account, day in person.visits),
        "segment": segment,
        "worth": persons.money(person, rates, on.config.currency) if person.days else None,
        "purchase_days": list(person.days),
        "others": 0,
    }


def _members_found(on: Stage, oracle: Oracle) -> Ledger:
    """By the person they are; `others`: buyers of this person who are somebody else to Huitou."""
    merchant = on.config.merchant
    portraits = {each.member: each for each in on.app.standings.portraits(merchant, oracle.local(on.clock.now()))}
    members: Ledger = {}
    for person in oracle.people:
        subjects = sorted({_subject(on, buyer) for buyer in person.buyers})
        profiles = [on.app.members.profile(merchant, subject).profile for subject in subjects]
        first, portrait = profiles[0], portraits.pop(subjects[0], None)
        members[_who(person)] = {
            "orders": first.orders,
            "days": [first.first_day, first.last_day] if first.orders else [],
            "net": first.net,
            "visits": sorted([visit.platform, visit.account, visit.day, visit.new] for visit in first.visits),
            "segment": portrait and portrait.segment,
            "worth": portrait and portrait.money,
            "purchase_days": list(portrait.days) if portrait else [],
            "others": sum(profile != Profile() for profile in profiles[1:]),
        }
    for name in portraits:
        members[f"nobody we know: {name[:8]}"] = {}
    return members


def _subject(on: Stage, buyer: Buyer) -> str:
    return on.app.parts.vault.lookup(on.config.merchant, "buyer", "\x1f".join(buyer.key))


# ---- cells


def _cell(day: date, key: Iterable[str]) -> str:
    return f"{day} {_named(key)}"


def _numbers_of(numbers: DayFacts) -> Ledger:
    told: Ledger = {name: getattr(numbers, name) for name in (*_SUMS, "new", "returning")}
    told["products"] = {key: list(sold) for key, sold in numbers.products.items()}
    return {name: value for name, value in told.items() if value is not EITHER}


def _cells_found(on: Stage, oracle: Oracle) -> Ledger:
    cells: Ledger = {}
    for day in _days(on, oracle):
        claimed = oracle.day(day)
        for each in account_days(on.app, on.config.merchant, day):
            for currency, sums in each.sums.items():
                key = (each.platform, each.account, currency)
                told: Ledger = {name: getattr(sums, name) for name in _SUMS}
                told |= {"new": each.people.new, "returning": each.people.returning}
                told["products"] = {name: [sold.quantity, sold.amount] for name, sold in sums.products.items()}
                if key in claimed:
                    cells[_cell(day, key)] = {name: told[name] for name in _numbers_of(claimed[key])}
                elif any(told[name] for name in ("orders", "gmv", "refunds", "placed_orders")):
                    cells[_cell(day, key)] = told
    return cells


# ---- messages and what nobody could read


def _messages_found(on: Stage, person: Person) -> list[str | None]:
    owners = {_subject(on, buyer) for buyer in person.buyers}
    told = [message for owner in sorted(owners) for message in on.app.outbox.of(on.config.merchant, owner)]
    return [message.channel if message.state == "sent" else None for message in told if message.campaign == CAMPAIGN]


def _quarantine_found(on: Stage) -> Ledger:
    """How many of each platform, each with its reason."""
    told: Counter[str] = Counter()
    for each in on.app.work.quarantined(on.config.merchant):
        try:
            whose = decode(each.body).platform
        except Permanent:
            whose = "garbage"
        told[whose if each.reason else f"{whose}, without a reason"] += 1
    for queue in on.dead():
        told[f"dead letters of {queue.name}"] += queue.depth().total
    return dict(told)
