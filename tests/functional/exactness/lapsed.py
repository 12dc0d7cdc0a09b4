"""Members who have bought nothing for thirty days, with their consent, ready for a campaign."""

from __future__ import annotations

import json
from typing import Any

from tests.functional.exactness.world import Delivery, deliver
from tests.functional.stack import CONFIG, Stack

ONE_DAY = CONFIG.replace("window_days = 30", "window_days = 0")
BOUGHT = "2026-10-21T04:00:00Z"  # thirty days before the stack's now, in Shanghai as in UTC


def email(buyer: int) -> str:
    return f"lapsed{buyer}@example.com"


def order_of(buyer: int, at: str = BOUGHT, number: int = 0) -> Delivery:
    """A paid order of a buyer."""
    body: dict[str, Any] = {
        "id": 90_000 + buyer * 10 + number,
        "created_at": at,
        "processed_at": at,
        "updated_at": at,
        "currency": "CNY",
        "total_price": "20.00",
        "total_line_items_price": "20.00",
        "total_discounts": "0.00",
        "total_tax": "0.00",
        "taxes_included": True,
        "financial_status": "paid",
        "customer": {"id": buyer, "email": email(buyer), "first_name": "Lap", "last_name": "Sed"},
        "line_items": [],
        "fulfillments": [],
    }
    return Delivery("shopify", "acme", "orders/paid", json.dumps(body).encode())


def consent_of(buyer: int, *, granted: bool = True, at: str = "2026-10-01T00:00:00Z") -> Delivery:
    """A buyer's word on mail."""
    told = {"state": "subscribed" if granted else "unsubscribed", "consent_updated_at": at}
    body = {"id": buyer, "email": email(buyer), "updated_at": at, "email_marketing_consent": told}
    return Delivery("shopify", "acme", "customers/update", json.dumps(body).encode())


def lapse(stack: Stack, count: int) -> list[str]:
    """So many lapsed members with consent; returns their ids in the order of their buyers."""
    buyers = range(1, count + 1)
    deliver(stack, [each for buyer in buyers for each in (order_of(buyer), consent_of(buyer))])
    stack.settle()
    return [member_of(stack, buyer) for buyer in buyers]


def member_of(stack: Stack, buyer: int) -> str:
    """A buyer's member."""
    return stack.app.parts.vault.lookup("demo", "buyer", f"shopify\x1facme\x1f{buyer}")


def messages(stack: Stack, members: list[str]) -> list[Any]:
    """All messages of these members."""
    return [message for member in members for message in stack.app.outbox.of("demo", member)]
