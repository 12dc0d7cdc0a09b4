"""Members who bought at the merchant's own shop on days of the tests' choice, with their consent; and configurations for them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from chalicelib.domain.events import Consent
from chalicelib.ports import Message
from tests.functional.exactness.world import Delivery, deliver
from tests.functional.stack import CONFIG, Stack

GIVEN = datetime(2026, 1, 1, tzinfo=UTC)
_HEAD, _CAMPAIGN, _REST = CONFIG.partition("[[campaigns]]")
_SENDING = "[sending]" + _REST.partition("[sending]")[2]


def shop_of(campaigns: str, more: str = "") -> str:
    """The tests' configuration with these campaigns in the place of its own, and something at its end."""
    return f"{_HEAD}{campaigns}\n{_SENDING}{more}"


def campaign(key: str = "try", **keys: Any) -> str:
    """A `[[campaigns]]` for who has been silent for thirty days, with these keys changed; None takes one out."""
    told = {"silent_days": 30, "window_days": 0, "template": "winback", "holdout_permille": 0, "daily_cap": 1000} | keys
    lines = [f"{name} = {json.dumps(value)}" for name, value in told.items() if value is not None]
    return "\n".join(["[[campaigns]]", f'key = "{key}"', *lines, ""])


def bought(
    stack: Stack, name: str, *days: date, total: int = 20_00, email: str | None = None, coupons: tuple[str, ...] = ()
) -> str:
    """Orders of a buyer at four in the morning UTC, which is the same day in Shanghai; with consent. Returns the buyer."""
    address = email or f"{name}@example.com"
    deliver(stack, [_order(name, address, day, total, coupons) for day in days])
    stack.settle()
    owner = buyer_of(stack, name)
    stack.app.members.put_consent(Consent("demo", "-", "-", "-", "email", True, GIVEN, "a form"), owner)
    return owner


def buyer_of(stack: Stack, name: str) -> str:
    """The buyer of that name."""
    return stack.app.parts.vault.lookup("demo", "buyer", f"generic\x1ferp\x1f{name}")


def rows_of(stack: Stack, *owners: str) -> list[Message]:
    """Messages of these buyers, by id."""
    found = (message for owner in owners for message in stack.app.outbox.of("demo", owner))
    return sorted(found, key=lambda message: message.message_id)


def later(stack: Stack, to: datetime | None = None, **span: float) -> None:
    """The clock goes on, and the projector keeps up."""
    stack.clock.at = to or stack.clock.at + timedelta(**span)
    stack.app.tick.beat()
    stack.project()


def _order(name: str, address: str, day: date, total: int, coupons: tuple[str, ...]) -> Delivery:
    at = f"{day.isoformat()}T04:00:00Z"
    order = {
        "order_id": f"{name}-{day.isoformat()}-{len(coupons)}",
        "status": "paid",
        "currency": "CNY",
        "tax_included": True,
        "amounts": {"items": total, "total": total, "paid": total},
        "placed_at": at,
        "paid_at": at,
        "updated_at": at,
        "buyer": {"id": name, "email": address},
        "lines": [],
        "attribution": {"source": None, "campaign": None, "coupons": list(coupons), "creator": None},
    }
    return Delivery("generic", "erp", None, json.dumps({"type": "order", "timestamp": at, "data": order}).encode())
