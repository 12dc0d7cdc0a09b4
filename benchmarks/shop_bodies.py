"""Orders of shops of the merchant's own, WooCommerce and Magento, as they send them: most fields nobody reads. All invented."""

from __future__ import annotations

from benchmarks.shopify_bodies import Json

_AT, _LATER = "2026-11-20T17:01:30", "2026-11-20T17:03:32"


def woocommerce(lines: int, full: bool, number: int = 1) -> Json:
    """A webhook's body, which is GET /orders/{id}."""
    person = {"first_name": "Edda", "last_name": "Beispiel", "address_1": "Beispielweg 7", "city": "Ort", "postcode": "10115"}
    order: Json = {
        "id": 27_000 + number,
        "status": "processing",
        "currency": "EUR",
        "date_created_gmt": _AT,
        "date_modified_gmt": _LATER,
        "date_paid_gmt": _LATER,
        "discount_total": f"{lines}.00",
        "shipping_total": "4.90",
        "total": f"{49 * lines + 4}.90",
        "total_tax": "0.00",
        "customer_id": 5000 + number,
        "billing": {**person, "country": "DE", "email": "edda@example.com", "phone": "+49000000"},
        "shipping": {**person, "country": "DE"},
        "payment_method": "bacs",
        "number": str(27_000 + number),
        "line_items": [_woocommerce_line(index, number, full=full) for index in range(lines)],
        "refunds": [],
    }
    if not full:
        return order
    for side in ("billing", "shipping"):
        order[side] |= {"company": "", "address_2": "", "state": "DE-BE"}
    return order | _WOOCOMMERCE_REST


def _woocommerce_line(index: int, number: int, *, full: bool) -> Json:
    line: Json = {
        "id": number * 1000 + index,
        "name": "Tea pot &ndash; blue",
        "product_id": 93 + index,
        "variation_id": 0,
        "quantity": 2,
        "subtotal": "50.00",
        "total": "49.00",
        "total_tax": "0.00",
        "sku": f"TEA-{index}",
    }
    if not full:
        return line
    meta = [
        {"id": 2095 + index, "key": "pa_color", "value": "blue", "display_key": "Colour", "display_value": "Blue"},
        {"id": 3095 + index, "key": "_reduced_stock", "value": "2", "display_key": "_reduced_stock", "display_value": "2"},
    ]
    return line | {
        "tax_class": "",
        "subtotal_tax": "0.00",
        "taxes": [{"id": 75, "total": "0", "subtotal": "0"}],
        "meta_data": meta,
        "price": 24.5,
        "image": {"id": "1207", "src": "https://shop.example.com/wp-content/uploads/2026/05/tea-pot-blue.jpg"},
        "parent_name": "Tea pot",
    }


_WOOCOMMERCE_REST: Json = {
    "parent_id": 0,
    "order_key": "wc_order_58d2d042d1d",
    "created_via": "checkout",
    "version": "9.4.2",
    "date_created": "2026-11-20T18:01:30",
    "date_modified": "2026-11-20T18:03:32",
    "date_paid": "2026-11-20T18:03:32",
    "date_completed": None,
    "date_completed_gmt": None,
    "discount_tax": "0.00",
    "shipping_tax": "0.00",
    "cart_tax": "0.00",
    "prices_include_tax": False,
    "customer_ip_address": "203.0.113.7",
    "customer_user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
    "customer_note": "",
    "payment_method_title": "Direct bank transfer",
    "transaction_id": "",
    "cart_hash": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "meta_data": [
        {"id": 13106, "key": "_download_permissions_granted", "value": "yes"},
        {"id": 13107, "key": "_wc_order_attribution_utm_source", "value": "newsletter"},
        {"id": 13108, "key": "_wc_order_attribution_session_entry", "value": "https://shop.example.com/?utm_source=newsletter"},
        {"id": 13109, "key": "_plugin_state", "value": {"steps": [1, 2, 3], "done": False}},
    ],
    "tax_lines": [],
    "shipping_lines": [
        {
            "id": 317,
            "method_title": "Flat rate",
            "method_id": "flat_rate",
            "instance_id": "1",
            "total": "4.90",
            "total_tax": "0.00",
            "taxes": [],
            "meta_data": [{"id": 411, "key": "Items", "value": "Tea pot &times; 2"}],
        }
    ],
    "fee_lines": [],
    "coupon_lines": [{"id": 318, "code": "teaweek", "discount": "1.00", "discount_tax": "0.00", "meta_data": []}],
    "payment_url": "",
    "is_editable": False,
    "needs_payment": False,
    "needs_processing": True,
    "currency_symbol": "€",
    "_links": {
        "self": [{"href": "https://shop.example.com/wp-json/wc/v3/orders/27001"}],
        "collection": [{"href": "https://shop.example.com/wp-json/wc/v3/orders"}],
        "customer": [{"href": "https://shop.example.com/wp-json/wc/v3/customers/5001"}],
    },
}


def magento(lines: int, full: bool, number: int = 1) -> Json:
    """GET /V1/orders/{id} with its invoice, as hydration puts them together. A whole one repeats its rows by assignment."""
    total = 49 * lines + 5
    items = [_magento_row(index, number, full=full) for index in range(lines)]
    address = {"firstname": "Gia", "lastname": "Verde", "street": ["Via Esempio 5"], "city": "Esempio", "postcode": "00100"}
    order: Json = {
        "entity_id": number,
        "increment_id": f"{number:09d}",
        "state": "processing",
        "status": "processing",
        "order_currency_code": "EUR",
        "created_at": "2026-11-20 09:00:00",
        "updated_at": "2026-11-20 09:05:00",
        "subtotal": 50 * lines,
        "discount_amount": -lines,
        "shipping_amount": 5,
        "tax_amount": 0,
        "grand_total": total,
        "total_paid": total,
        "total_due": 0,
        "customer_id": 7,
        "customer_email": "gia@example.com",
        "customer_firstname": "Gia",
        "customer_lastname": "Verde",
        "items": items,
        "billing_address": {**address, "country_id": "IT"},
        "payment": {"method": "stripe"},
    }
    if full:
        whole = {**address, **_MAGENTO_ADDRESS}
        order |= _MAGENTO_REST | {"billing_address": {**whole, "address_type": "billing"}}
        shipping = {"address": {**whole, "address_type": "shipping"}, "method": "flatrate_flatrate", "total": _MAGENTO_SHIPPING}
        order["extension_attributes"] = {"shipping_assignments": [{"shipping": shipping, "items": items[: lines // 2]}]}
    invoice = {"entity_id": 9, "order_id": number, "created_at": "2026-11-20 09:01:00", "grand_total": total, "state": 2}
    return {"order": order, "invoices": [invoice]}


def _magento_row(index: int, number: int, *, full: bool) -> Json:
    row: Json = {
        "item_id": number * 1000 + index,
        "product_id": 1000 + index,
        "product_type": "simple",
        "sku": f"TEA-{index}",
        "name": "Tea pot",
        "qty_ordered": 2,
        "qty_shipped": 0,
        "qty_refunded": 0,
        "qty_canceled": 0,
        "price": 25,
        "row_total": 50,
        "discount_amount": 1,
    }
    return row | _MAGENTO_ROW_REST if full else row


_MAGENTO_ROW_REST: Json = {
    "amount_refunded": 0, "applied_rule_ids": "1", "base_amount_refunded": 0, "base_discount_amount": 1,
    "base_discount_invoiced": 1, "base_discount_tax_compensation_amount": 0, "base_original_price": 25, "base_price": 25,
    "base_price_incl_tax": 25, "base_row_invoiced": 50, "base_row_total": 50, "base_row_total_incl_tax": 50, "base_tax_amount": 0,
    "base_tax_invoiced": 0, "created_at": "2026-11-20 09:00:00", "discount_invoiced": 1, "discount_percent": 2, "free_shipping": 0,
    "discount_tax_compensation_amount": 0, "is_qty_decimal": 0, "is_virtual": 0, "no_discount": 0, "order_id": 1,
    "original_price": 25, "price_incl_tax": 25, "qty_invoiced": 2, "quote_item_id": 6, "row_invoiced": 50,
    "row_total_incl_tax": 50, "row_weight": 1, "store_id": 1, "tax_amount": 0, "tax_invoiced": 0, "tax_percent": 0,
    "updated_at": "2026-11-20 09:01:00", "weight": 1,
}  # fmt: skip
_MAGENTO_ADDRESS: Json = {
    "country_id": "IT",
    "email": "gia@example.com",
    "entity_id": 6,
    "parent_id": 3,
    "region": "Lazio",
    "region_code": "RM",
    "region_id": 43,
    "telephone": "+39000000",
}
_MAGENTO_SHIPPING: Json = {
    "base_shipping_amount": 5,
    "base_shipping_discount_amount": 0,
    "base_shipping_incl_tax": 5,
    "base_shipping_tax_amount": 0,
    "shipping_amount": 5,
    "shipping_discount_amount": 0,
    "shipping_discount_tax_compensation_amount": 0,
    "shipping_incl_tax": 5,
    "shipping_tax_amount": 0,
}
_MAGENTO_REST: Json = {
    "applied_rule_ids": "1", "base_currency_code": "EUR", "base_discount_amount": 0, "base_grand_total": 165,
    "base_discount_tax_compensation_amount": 0, "base_shipping_amount": 5, "base_shipping_discount_amount": 0,
    "base_shipping_incl_tax": 5, "base_shipping_tax_amount": 0, "base_subtotal": 160, "base_subtotal_incl_tax": 160,
    "base_tax_amount": 0, "base_total_due": 0, "base_to_global_rate": 1, "base_to_order_rate": 1, "billing_address_id": 6,
    "customer_group_id": 1, "customer_is_guest": 0, "customer_note_notify": 1, "email_sent": 1, "global_currency_code": "EUR",
    "discount_tax_compensation_amount": 0, "is_virtual": 0, "protect_code": "61f76d", "quote_id": 4, "remote_ip": "203.0.113.7",
    "shipping_description": "Flat Rate - Fixed", "shipping_discount_amount": 0, "shipping_discount_tax_compensation_amount": 0,
    "shipping_incl_tax": 5, "shipping_tax_amount": 0, "store_currency_code": "EUR", "store_id": 1,
    "store_name": "Main Website\nMain Website Store\n", "store_to_base_rate": 0, "store_to_order_rate": 0, "subtotal_incl_tax": 160,
    "total_item_count": 7, "total_qty_ordered": 4, "weight": 2, "status_histories": [],
    "payment": {
        "account_status": None, "additional_information": ["Card", ""], "amount_ordered": 165, "base_amount_ordered": 165,
        "base_shipping_amount": 5, "cc_last4": None, "entity_id": 3, "method": "stripe", "parent_id": 3, "shipping_amount": 5,
    },
}  # fmt: skip
