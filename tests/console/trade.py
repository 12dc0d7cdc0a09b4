"""A small trade that came in by webhooks, for pages to show: two shops, two currencies, a person at both, a hostile name."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.functional.stack import NOW, Stack

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
HOSTILE_STATUS = "<b onclick=alert(3)>paid"
MAIL, PHONE = "lan.example@example.com", "+8613800000000"
SHOPIFY_ORDER, ERP_ORDER = "820001", "E-2026-1"


def stamp(hours: float) -> str:
    """So many hours from now."""
    return (NOW + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


def erp(order_id: str, hours: float, total: int, who: str, **parts: Any) -> bytes:
    """An order of the merchant's own shop, as the generic connector takes it."""
    body = {
        "order_id": order_id,
        "order_no": f"NO-{order_id}",
        "status": "paid",
        "platform_status": HOSTILE_STATUS,
        "currency": "CNY",
        "tax_included": True,
        "amounts": {
            "items": total + 500,
            "discount_seller": 1500,
            "discount_platform": 0,
            "shipping": 1000,
            "tax": 0,
            "other": 0,
            "total": total,
            "paid": total,
        },
        "placed_at": stamp(hours),
        "paid_at": stamp(hours + 0.05),
        "updated_at": stamp(hours + 0.05),
        "buyer": {"id": who, "name": HOSTILE, "email": MAIL, "phone": PHONE},
        "ship_to": {"name": HOSTILE, "phone": PHONE, "country": "CN", "province": "浙江", "city": "杭州", "address": "示例路1号"},
        "lines": [
            {"line_id": "1", "product_id": "tea", "sku": "TEA-<i>", "title": f"龙井茶 {HOSTILE}", "quantity": 2,
             "unit_price": (total + 500) // 2, "discount": 0, "total": total + 500},
        ],
    }  # fmt: skip
    return json.dumps({"type": "order", "data": body | parts}).encode()


def shopify(order_id: int, hours: float, total: str, customer: int, email: str, **parts: Any) -> bytes:
    """An order as Shopify pushes it; its number is not its id."""
    body: dict[str, Any] = {
        "id": order_id,
        "name": f"#{order_id - 818_999}",
        "created_at": stamp(hours),
        "processed_at": stamp(hours),
        "updated_at": stamp(hours),
        "currency": "USD",
        "total_price": total,
        "total_line_items_price": total,
        "total_discounts": "0.00",
        "total_tax": "0.00",
        "taxes_included": False,
        "financial_status": "paid",
        "fulfillment_status": None,
        "customer": {"id": customer, "email": email, "first_name": "Lan", "last_name": "Example", "phone": None},
        "shipping_address": {
            "name": "Lan Example",
            "address1": "2 Sample Street",
            "city": "Town",
            "country_code": "US",
            "zip": "1",
        },
        "line_items": [
            {"id": order_id + 5, "title": "Mug", "product_id": 5, "quantity": 1, "price": total, "total_discount": "0.00"}
        ],
        "fulfillments": [],
    }
    return json.dumps(body | parts).encode()


def refund(order_id: str, hours: float, amount: int) -> bytes:
    """A refund at the merchant's own shop."""
    told = {"refund_id": f"r-{order_id}", "order_id": order_id, "status": "succeeded", "amount": amount, "currency": "CNY"}
    times = {"requested_at": stamp(hours), "closed_at": stamp(hours), "updated_at": stamp(hours), "reason": HOSTILE}
    return json.dumps({"type": "refund", "data": told | times}).encode()


def push(stack: Stack, body: bytes, topic: str | None = None) -> None:
    """Push to the shop whose body it is; it must be acknowledged."""
    headers = {"x-shopify-topic": topic, "x-shopify-webhook-id": f"w-{hash(body)}"} if topic else {}
    assert stack.push("shopify" if topic else "generic", "acme" if topic else "erp", body, headers) == 200


def trade(stack: Stack) -> None:
    """Bring it all in, and add it up."""
    for number in range(3):
        push(
            stack,
            shopify(
                820_001 + number, -1.5 - number, f"{20 + number}.50", 77 + number, MAIL if number == 0 else f"b{number}@example.com"
            ),
            "orders/paid",
        )
    push(stack, shopify(820_010, -25, "31.00", 90, "c@example.com"), "orders/paid")
    push(stack, erp(ERP_ORDER, -2, 25_000, "b1"))
    push(stack, erp("E-2026-0", -24 * 40, 18_000, "b1"))
    push(stack, erp("E-2025-9", -24 * 7, 9_900, "b2", buyer={"id": "b2", "email": "b2@example.com"}))
    push(stack, refund(ERP_ORDER, -0.5, 5_000))
    stack.settle()
    stack.app.reckoning.sweep("demo")
