"""Parcels that came, and the people who are asked about them: orders, the stream through both of its readers, the survey's page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import app as entry_points
from chalicelib import bootstrap, entry
from chalicelib.config import parse
from chalicelib.domain.events import Consent
from chalicelib.ports import Message
from ops.runtime.proxy import HttpIn, proxy_event
from ops.runtime.routes import RouteTable
from tests.functional.exactness.shoppers import GIVEN, buyer_of, rows_of, shop_of
from tests.functional.exactness.world import Delivery, deliver
from tests.functional.stack import NOW, Stack

TODAY = date(2026, 11, 20)
PLACED = 2  # days between order and delivery
FORM = (("content-type", "application/x-www-form-urlencoded"),)


def surveying(stack: Stack, **keys: Any) -> Stack:
    """The same shop, asking; `keys` of `[survey]`, and `more` as text."""
    more = keys.pop("more", "")
    told = {"enabled": True} | keys
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in told.items())
    stack.config = parse(shop_of("", f"\n[survey]\n{lines}\n{more}"))
    return stack


def order(name: str, came: date | None, **parts: Any) -> Delivery:
    """A buyer's order, placed some days before it came; at one in the afternoon, which is the same day in Shanghai."""
    placed = (came or TODAY) - timedelta(days=parts.pop("placed", PLACED))
    at = f"{placed.isoformat()}T05:00:00Z"
    told: dict[str, Any] = {
        "order_id": f"{name}-1",
        "status": "delivered" if came else "paid",
        "currency": "CNY",
        "tax_included": True,
        "amounts": {"items": 2000, "total": 2000, "paid": 2000},
        "placed_at": at,
        "paid_at": at,
        "delivered_at": f"{came.isoformat()}T05:30:00Z" if came else None,
        "updated_at": f"{(came or placed).isoformat()}T05:30:00Z",
        "buyer": {"id": name, "email": f"{name}@example.com"},
        "lines": [],
    }
    told |= parts
    body = {"type": "order", "timestamp": told["updated_at"], "data": told}
    return Delivery("generic", "erp", None, json.dumps(body).encode())


def flow(stack: Stack) -> list[dict[str, Any]]:
    """Queues, then the stream through project and trigger; returns its records."""
    stack.normalise()
    stack.app.tick.beat()
    records = stack.records()
    stack.project(records)
    follow(stack, records)
    return records


def follow(stack: Stack, records: list[dict[str, Any]]) -> None:
    """A batch of the stream, as trigger's function gets it."""
    with installed(stack):
        entry.trigger({"Records": records}, None)


def came(stack: Stack, name: str, day: date | None, **parts: Any) -> str:
    """An order of theirs is told, with their consent; returns the buyer."""
    deliver(stack, [order(name, day, **parts)])
    flow(stack)
    owner = buyer_of(stack, parts.get("buyer", {}).get("id", name))
    stack.app.members.put_consent(Consent("demo", "-", "-", "-", "email", True, GIVEN, "a form"), owner)
    return owner


def ago(days: int) -> date:
    """So many days before the tests' day."""
    return TODAY - timedelta(days=days)


def at_noon(stack: Stack, days: int) -> None:
    """Noon in Shanghai, so many days after the tests' day; the projector keeps up."""
    stack.clock.at = NOW + timedelta(days=days)
    stack.app.tick.beat()
    flow(stack)


def sweep(stack: Stack) -> int:
    """The surveys' part of the sweep."""
    return stack.app.outreach.surveys.sweep()


def sent(stack: Stack, name: str = "ann", **parts: Any) -> tuple[str, Message]:
    """Somebody was asked: the token of their link, and the message."""
    owner = came(stack, name, ago(4), **parts)
    assert sweep(stack) == 1
    stack.app.deliver.run()
    (message,) = [row for row in rows_of(stack, owner) if row.state == "sent"]
    found = re.search(r"https://hooks\.example\.com/s/(\S+)\n", stack.channel.mails[-1].rendered.text)
    assert found is not None
    return found[1], message


def fetch(stack: Stack, token: str, form: Mapping[str, str] | bytes | None = None, query: str = "") -> dict[str, Any]:
    """The page through the gateway's event and app.py; with a form, a POST."""
    method, path = ("GET" if form is None else "POST"), f"/s/{token}"
    body = b"" if form is None else form if isinstance(form, bytes) else urlencode(form).encode()
    match = RouteTable({route: list(methods) for route, methods in entry_points.app.routes.items()}).match(path, method)
    assert match is not None
    event = proxy_event(HttpIn(method, path, query, FORM if body else (), body, "192.0.2.1"), match, "api", stack.clock.now())
    with installed(stack):
        answer: dict[str, Any] = entry_points.app(event, None)
    return answer


def answer(stack: Stack, token: str, score: int, words: str = "") -> int:
    """Send the form off, and let the stream bring it; returns the status."""
    status: int = fetch(stack, token, {"score": str(score), "words": words})["statusCode"]
    flow(stack)
    return status


@contextmanager
def installed(stack: Stack) -> Iterator[None]:
    """The process's application."""
    bootstrap.install(stack.app)
    yield
    bootstrap.install(None)


def utc(day: date, hour: int = 4) -> datetime:
    """An hour of a day."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
