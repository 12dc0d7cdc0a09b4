"""Orders: the list of a day, looking one up, and one with its statement, its history, and what was said to its buyer.

Reads: a list takes two reads for the day and one or two for each bucket that it shows; looking up three; an order two, its person's
rows and messages.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from chalicelib.console.pages.telling import history_of, messages_of, person_of, statement
from chalicelib.console.visit import Go, Outcome, Page, Route, Visit
from chalicelib.domain.order import Refund
from chalicelib.domain.record import OrderKey, refunds
from chalicelib.domain.seats import Right
from chalicelib.errors import Rejected
from chalicelib.finding_orders import LONGEST, Found, Shop
from chalicelib.glancing import platform_name
from chalicelib.member_story import time_of
from chalicelib.revealing import Opened

PAGE = 50
MOST_TOLD = 100  # of an order's history, the newest
MOST_SAID = 50
TIMES = ("placed", "paid", "shipped", "delivered", "completed", "cancelled")


def orders(visit: Visit) -> Outcome:
    """The orders of a day, or those that somebody looks for."""
    asked = visit.request.query.get("q", "").strip()[:LONGEST]
    return _found(visit, asked) if asked else _listed(visit)


def _found(visit: Visit, asked: str) -> Outcome:
    hits = visit.app.lookups.orders.find(asked)
    if len(hits) == 1:
        return Go(_at(visit, hits[0].key))
    rows = [
        {
            "at": _at(visit, each.key),
            "account": _shop_name(visit, each.key.platform, each.key.account),
            "number": each.order.order_no or each.key.order_id,
            "status": each.order.status,
            "total": each.order.amounts.total,
            "currency": each.order.currency,
            "refunded": each.order.amounts.refunded or 0,
            "counts": True,
        }
        for each in hits
    ]
    return Page("orders", _frame(visit) | {"rows": rows, "asked": asked, "next": "", "listed": False})


def _listed(visit: Visit) -> Outcome:
    query, day = visit.request.query, _day(visit)
    shop = _shop(visit)
    page = visit.app.lookups.orders.day(day, shop=shop, after=query.get("after", "")[:1000], limit=PAGE)
    rows = [
        {
            "at": _at(visit, each.key),
            "account": _shop_name(visit, each.key.platform, each.key.account),
            "number": each.number,
            "status": each.status,
            "total": each.total,
            "currency": each.currency,
            "refunded": each.refunded,
            "counts": each.counts,
        }
        for each in page.orders
    ]
    following = visit.urls.at("orders", day=day.isoformat(), account=_joined(shop), after=page.after) if page.after else ""
    return Page("orders", _frame(visit) | {"rows": rows, "asked": "", "next": following, "listed": True})


def _frame(visit: Visit) -> dict[str, Any]:
    day, shop = _day(visit), _shop(visit)
    beside = {name: day + timedelta(days=off) for name, off in (("earlier", -1), ("later", 1))}
    return {
        "when": day,
        "shop_chosen": _joined(shop),
        "shops": [(_joined(each), _shop_name(visit, *each)) for each in _shops(visit)],
        "beside": {name: visit.urls.at("orders", day=each.isoformat(), account=_joined(shop)) for name, each in beside.items()},
        "continued": bool(visit.request.query.get("after")),
    }


def order(visit: Visit) -> Outcome:
    """One order, without personal data."""
    return _shown(visit, None)


def reveal(visit: Visit) -> Outcome:
    """The same with its personal data, this once; it was put on record before."""
    return _shown(visit, visit.app.lookups.revealing.order(_key(visit)))


def revealed(visit: Visit) -> Outcome:
    """Whoever loads the page again gets it masked."""
    return Go(_at(visit, _key(visit)))


def _shown(visit: Visit, opened: Opened | None) -> Outcome:
    key = _key(visit)
    found = visit.app.lookups.orders.one(key)
    if found is None:
        raise Rejected("order-unknown", "no such order", status=404)
    told = opened.order if opened else found.order
    history = visit.app.orders.history(key)
    person = person_of(visit, found.stored.member)
    values = {
        "order": told,
        "key": key,
        "account": _shop_name(visit, key.platform, key.account),
        "statement": statement(told),
        "refunds": [_refund(each) for each in (opened.refunds if opened else refunds(key, found.stored.layers))],
        "history": history_of(history[-MOST_TOLD:]),
        "more_history": max(len(history) - MOST_TOLD, 0),
        "member": person.name if person else None,
        "messages": _about(visit, found, person.buyers if person else ()),
        "opened": opened,
        "sealed": found.stored.personal is not None,
        "reveal": visit.urls.at("orders", key.platform, key.account, key.order_id, "reveal"),
        "itself": _at(visit, key),
        "times": [
            (name, getattr(told, f"{name}_at")) for name in ("placed", "paid", "shipped", "delivered", "completed", "cancelled")
        ],
    }
    return Page("order", values)


def _about(visit: Visit, found: Found, buyers: tuple[str, ...]) -> list[dict[str, Any]]:
    """What was said to the buyer about this order, and of no order in particular since it was placed; the newest first."""
    name, begun = f"{found.key.platform}/{found.key.account}/{found.key.order_id}", found.order.placed_at or found.order.paid_at
    said = [each for buyer in buyers for each in visit.app.outbox.of(visit.merchant, buyer)]
    mine = []
    for each in said:
        at = time_of(each, visit.config)
        since = begun is None or at is None or at >= begun
        if each.values.get("order") == name or ("order" not in each.values and since):
            mine.append(each)
    return messages_of(mine, visit.config)[:MOST_SAID]


def _refund(told: Refund) -> dict[str, Any]:
    return {
        "id": told.refund_id,
        "kind": told.kind,
        "status": told.status,
        "platform_status": told.platform_status,
        "amount": told.amount,
        "currency": told.currency,
        "reason": told.reason,
        "at": told.closed_at or told.requested_at or told.updated_at,
    }


def _key(visit: Visit) -> OrderKey:
    return OrderKey(visit.merchant, visit.params["platform"], visit.params["account"], visit.params["order_id"])


def _at(visit: Visit, key: OrderKey) -> str:
    return visit.urls.at("orders", key.platform, key.account, key.order_id)


def _day(visit: Visit) -> date:
    try:
        return date.fromisoformat(visit.request.query.get("day", ""))
    except ValueError:
        return visit.today


def _shops(visit: Visit) -> list[Shop]:
    return [(each.platform, each.account) for each in visit.config.accounts]


def _shop(visit: Visit) -> Shop | None:
    platform, _, account = visit.request.query.get("account", "").partition("/")
    return (platform, account) if (platform, account) in _shops(visit) else None


def _joined(shop: Shop | None) -> str:
    return "/".join(shop) if shop else ""


def _shop_name(visit: Visit, platform: str, account: str) -> str:
    return f"{platform_name(visit.app.hub, platform)} · {account}"


_ONE = "orders/{platform}/{account}/{order_id}"
ROUTES = (
    Route("GET", "orders", Right.READ, orders, nav="orders"),
    Route("GET", _ONE, Right.READ, order, nav="orders"),
    Route("GET", f"{_ONE}/reveal", Right.READ, revealed, nav="orders"),
    Route("POST", f"{_ONE}/reveal", Right.REVEAL, reveal, nav="orders", act="order.reveal"),
)
