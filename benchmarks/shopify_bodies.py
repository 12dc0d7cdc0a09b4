"""Shopify's order bodies as REST and webhooks write them, with the fields that nobody reads. All data is invented."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]
_ADDRESS: Json = {
    "first_name": "Ada",
    "last_name": "Example",
    "name": "Ada Example",
    "address2": "Flat 2",
    "city": "Springfield",
    "province": "Illinois",
    "province_code": "IL",
    "zip": "62701",
    "country": "United States",
    "country_code": "US",
    "phone": "+12025550143",
    "company": None,
    "latitude": 39.7817,
    "longitude": -89.6501,
}


def dump(value: Json) -> bytes:
    """Compact JSON, as it goes over the wire."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def money(cents: int) -> str:
    """Decimal text with two digits."""
    return f"{cents // 100}.{cents % 100:02}"


def _twin(cents: int) -> Json:
    one = {"amount": money(cents), "currency_code": "USD"}
    return {"shop_money": one, "presentment_money": dict(one)}


def _both(name: str, cents: int, *, full: bool) -> Json:
    return {name: money(cents), f"{name}_set": _twin(cents)} if full else {name: money(cents)}


def shopify(lines: int, full: bool, number: int = 1) -> Json:
    """An order as REST and webhooks write it: a third of it is amounts in two currencies."""
    items = [_shopify_line(index, number, full=full) for index in range(lines)]
    gross = sum((1990 + 100 * index) * 2 for index in range(lines))
    total = gross - 200 * lines + 500
    order: Json = {
        "id": 5_500_000_000_000 + number,
        "name": f"#{1000 + number}",
        "created_at": "2026-11-20T11:00:00-05:00",
        "processed_at": "2026-11-20T11:00:00-05:00",
        "updated_at": "2026-11-20T11:00:02-05:00",
        "currency": "USD",
        "financial_status": "paid",
        "fulfillment_status": None,
        "test": False,
        "taxes_included": False,
        "customer": {
            "id": 7_000_000_000_000 + number,
            "email": f"buyer{number}@example.com",
            "first_name": "Ada",
            "last_name": "Example",
        },
        "line_items": items,
        "shipping_lines": [{"price": "5.00", "discounted_price": "5.00", "discount_allocations": []}],
        **_both("total_line_items_price", gross, full=full),
        **_both("total_discounts", 200 * lines, full=full),
        **_both("total_tax", 0, full=full),
        **_both("total_price", total, full=full),
        "total_shipping_price_set": _twin(500),
    }
    return order | _shopify_rest(number, total) if full else order


def _shopify_line(index: int, number: int, *, full: bool) -> Json:
    price = 1990 + 100 * index
    line: Json = {
        "id": 13_000_000_000_000 + number * 100 + index,
        "product_id": 8_000_000_000_000 + (number * 7 + index) % 200,
        "variant_id": 42_000_000_000_000 + index,
        "title": f"Spring tea no. {(number * 7 + index) % 200}, 100 g tin",
        "sku": f"TEA-{index}",
        "quantity": 2,
        "price": money(price),
        "discount_allocations": [{"amount": "2.00"}],
    }
    if not full:
        return line
    return line | {
        "admin_graphql_api_id": f"gid://shopify/LineItem/{13_000_000_000_000 + number * 100 + index}",
        "attributed_staffs": [],
        "current_quantity": 2,
        "fulfillable_quantity": 2,
        "fulfillment_service": "manual",
        "fulfillment_status": None,
        "gift_card": False,
        "grams": 100,
        "name": f"Spring tea no. {(number * 7 + index) % 200}, 100 g tin - green",
        "price_set": _twin(price),
        "product_exists": True,
        "properties": [{"name": "Engraving", "value": "For tea time"}],
        "requires_shipping": True,
        "taxable": True,
        "total_discount": "0.00",
        "total_discount_set": _twin(0),
        "variant_inventory_management": "shopify",
        "variant_title": "green",
        "vendor": "Example Tea",
        "duties": [],
        "tax_lines": [{"channel_liable": False, "price": "0.00", "price_set": _twin(0), "rate": 0.0, "title": "State Tax"}],
        "discount_allocations": [{"amount": "2.00", "amount_set": _twin(200), "discount_application_index": 0}],
    }


def _shopify_rest(number: int, total: int) -> Json:
    """What a whole order has besides: an address, the browser, tokens, and current amounts, none of them small."""
    address = _ADDRESS | {"address1": f"{number} Example Street"}
    return {
        "admin_graphql_api_id": f"gid://shopify/Order/{5_500_000_000_000 + number}",
        "app_id": 580111,
        "browser_ip": "192.0.2.7",
        "buyer_accepts_marketing": True,
        "cancel_reason": None,
        "cancelled_at": None,
        "client_details": {"accept_language": "en", "browser_ip": "192.0.2.7", "user_agent": "Mozilla/5.0 (example)"},
        "closed_at": None,
        "confirmed": True,
        "contact_email": f"buyer{number}@example.com",
        **_both("current_total_price", total, full=True),
        **_both("current_subtotal_price", total - 500, full=True),
        "discount_codes": [{"code": "SPRING", "amount": "2.00", "type": "fixed_amount"}],
        "email": f"buyer{number}@example.com",
        "landing_site": "/teas?utm_source=newsletter&utm_campaign=spring",
        "note_attributes": [],
        "order_number": 1000 + number,
        "payment_gateway_names": ["shopify_payments"],
        "presentment_currency": "USD",
        "referring_site": "https://www.example.com/",
        "tags": "spring, web",
        "tax_lines": [],
        "total_outstanding": "0.00",
        "total_tip_received": "0.00",
        "billing_address": address,
        "shipping_address": address,
        "fulfillments": [],
        "refunds": [],
    }


def travelled() -> Json:
    """A Shopify order of three lines, shipped and partly refunded: such a body repeats its lines with each of these."""
    order = shopify(3, True)
    lines: list[Json] = order["line_items"]
    parcel = {
        "id": 4001,
        "admin_graphql_api_id": "gid://shopify/Fulfillment/4001",
        "order_id": order["id"],
        "status": "success",
        "shipment_status": "delivered",
        "created_at": "2026-11-21T09:00:00-05:00",
        "updated_at": "2026-11-23T09:00:00-05:00",
        "tracking_company": "Example Post",
        "tracking_number": "EX100",
        "tracking_numbers": ["EX100"],
        "tracking_urls": ["https://post.example.com/EX100"],
        "line_items": lines,
    }
    order |= {"financial_status": "partially_refunded", "fulfillment_status": "fulfilled"}
    return order | {"fulfillments": [parcel], "refunds": [_shopify_refund(order["id"], lines[0])]}


def _shopify_refund(order_id: int, line: Json) -> Json:
    share = {
        "id": 6001,
        "line_item_id": line["id"],
        "quantity": 1,
        "subtotal": 18.9,
        "subtotal_set": _twin(1890),
        "line_item": line,
    }
    move = {
        "id": 7001,
        "kind": "refund",
        "status": "success",
        "amount": "18.90",
        "currency": "USD",
        "gateway": "shopify_payments",
        "processed_at": "2026-11-25T09:00:00-05:00",
        "receipt": {},
    }
    return {
        "id": 5001,
        "order_id": order_id,
        "created_at": "2026-11-25T09:00:00-05:00",
        "processed_at": "2026-11-25T09:00:00-05:00",
        "note": "one tin dented",
        "refund_line_items": [share | {"line_item": line}],
        "transactions": [move],
    }
