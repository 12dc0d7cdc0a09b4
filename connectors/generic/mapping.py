"""Canonical JSON of others into canonical objects of ours: types, currency, tenant and sums are checked, nothing is bent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.contract import Ref
from chalicelib.domain.events import Consent
from chalicelib.domain.order import (
    STATUS_RANK,
    Amounts,
    Attribution,
    Buyer,
    Line,
    Order,
    Refund,
    RefundLine,
    Shipment,
    ShipTo,
    Status,
    gap,
    refund_status,
)
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.decode import at
from chalicelib.toolkit.records import quick
from connectors.generic import payloads as shapes
from connectors.generic.currencies import known
from connectors.generic.payloads import MAX_MINOR

KEY = "generic"
# See chalicelib/toolkit/records.py.
new_order, new_amounts, new_line = quick(Order), quick(Amounts), quick(Line)
new_buyer, new_ship_to, new_attribution = quick(Buyer), quick(ShipTo), quick(Attribution)


def order(body: shapes.OrderIn, ref: Ref) -> Order:
    """One order. An unknown status is `unknown`; sums that do not fit keep their parts and state the gap in `extra`."""
    require_owner(body, ref)
    currency = at("$.currency", known, body.currency, connector=KEY, delivery_id=ref.delivery_id)
    amounts = _amounts(body.amounts)
    mapped = body.status in STATUS_RANK
    account = ref.account
    return new_order(
        merchant=account.merchant,
        platform=KEY,
        account=account.account,
        order_id=body.order_id,
        order_no=body.order_no or None,
        status=body.status if mapped else Status.UNKNOWN.value,
        platform_status=body.platform_status or (None if mapped else body.status),
        refund_status=_refund_status(body, amounts),
        test=body.test,
        currency=currency,
        tax_included=body.tax_included,
        amounts=amounts,
        placed_at=utc(body.placed_at),
        paid_at=utc(body.paid_at),
        shipped_at=utc(body.shipped_at),
        delivered_at=utc(body.delivered_at),
        completed_at=utc(body.completed_at),
        cancelled_at=utc(body.cancelled_at),
        updated_at=utc(body.updated_at),
        buyer=buyer(body.buyer),
        ship_to=_ship_to(body.ship_to),
        lines=_lines(body.lines, ref),
        shipments=tuple(_shipment(each) for each in body.shipments),
        attribution=_attribution(body.attribution),
        extra=_extra(body, amounts, ref),
    )


def refund(body: shapes.RefundIn, ref: Ref) -> Refund:
    """One refund; its amount needs a currency."""
    require_owner(body, ref)
    amount = body.amount
    if body.currency is not None:
        at("$.currency", known, body.currency, connector=KEY, delivery_id=ref.delivery_id)
    elif amount:
        raise malformed("$.currency", "an amount without a currency", ref)
    account = ref.account
    return Refund(
        merchant=account.merchant,
        platform=KEY,
        account=account.account,
        refund_id=body.refund_id,
        order_id=body.order_id,
        kind=body.kind,
        status=body.status,
        platform_status=body.platform_status or None,
        amount=amount,
        currency=body.currency,
        reason=body.reason or None,
        lines=tuple(_refund_line(each) for each in body.lines),
        requested_at=utc(body.requested_at),
        closed_at=utc(body.closed_at),
        updated_at=utc(body.updated_at),
    )


def consent(body: shapes.ConsentIn, ref: Ref) -> Consent:
    """One word on being written to."""
    require_owner(body, ref)
    account = ref.account
    return Consent(
        account.merchant,
        KEY,
        account.account,
        body.buyer_id,
        body.channel,
        body.granted,
        utc(body.at),
        body.source or KEY,
        body.purpose,
        body.text_version,
    )


def malformed(path: str, detail: str, ref: Ref) -> Permanent:
    """A refusal of one field."""
    return Permanent("payload-malformed", detail, connector=KEY, path=path, delivery_id=ref.delivery_id)


def require_owner(body: shapes.Owned, ref: Ref) -> None:
    """Permanent when the body names another merchant or account than it came in by."""
    for name, told, own in (("merchant", body.merchant, ref.account.merchant), ("account", body.account, ref.account.account)):
        if told is not None and told != own:
            raise Permanent(
                "tenant-mismatch", "the body names another owner", connector=KEY, path=f"$.{name}", delivery_id=ref.delivery_id
            )


def _amounts(body: shapes.AmountsIn) -> Amounts:
    return new_amounts(
        body.items,
        body.discount_seller,
        body.discount_platform,
        body.shipping,
        body.tax,
        body.other,
        body.total,
        body.paid,
        body.refunded,
    )


def _refund_status(body: shapes.OrderIn, amounts: Amounts) -> str:
    if amounts.refunded is None and body.refund_status is not None:
        return body.refund_status
    return refund_status(amounts.paid, amounts.refunded, body.refund_status == "requested").value


def _extra(body: shapes.OrderIn, amounts: Amounts, ref: Ref) -> dict[str, Any]:
    _require_exact(body.extra, "$.extra", ref)
    extra = {name: value for name, value in body.extra.items() if name not in ("amounts_gap", "origin")}
    difference = gap(amounts, body.tax_included)
    if difference:
        extra["amounts_gap"] = difference
    if body.platform not in (None, KEY):
        # So that the core can match it with the same order from a direct connection and count it once.
        extra["origin"] = {"platform": body.platform, "order_id": body.order_id}
    return extra


def _require_exact(value: Any, path: str, ref: Ref) -> None:
    if isinstance(value, float):
        raise malformed(path, "no floats: write a whole number or text", ref)
    if isinstance(value, dict):
        for item in value.values():
            _require_exact(item, f"{path}[...]", ref)
    elif isinstance(value, list):
        for item in value:
            _require_exact(item, f"{path}[...]", ref)


def _lines(bodies: Sequence[shapes.LineIn], ref: Ref) -> tuple[Line, ...]:
    lines: list[Line] = []
    append = lines.append
    for index, body in enumerate(bodies):
        price, quantity, discount, total = body.unit_price, body.quantity, body.discount, body.total
        if price is not None and discount is not None:
            expected = price * quantity - discount
            if total is None:
                total = expected
                if not -MAX_MINOR < total < MAX_MINOR:
                    raise malformed(f"$.lines[{index}]", "an amount out of range", ref)
            elif total != expected:
                raise malformed(f"$.lines[{index}].total", "total is not unit_price x quantity - discount", ref)
        append(
            new_line(
                body.line_id,
                body.product_id or None,
                body.sku or None,
                body.merchant_sku or None,
                body.title or None,
                quantity,
                price,
                discount,
                total,
                body.refund_status,
            )
        )
    return tuple(lines)


def _refund_line(body: shapes.RefundLineIn) -> RefundLine:
    return RefundLine(body.line_id, body.quantity, body.amount)


def _shipment(body: shapes.ShipmentIn) -> Shipment:
    return Shipment(body.carrier or None, body.tracking_no or None, utc(body.shipped_at), utc(body.delivered_at))


def buyer(body: shapes.BuyerIn) -> Buyer:
    """Who it was."""
    return new_buyer(
        id=body.id or None,
        nickname=body.nickname or None,
        name=body.name or None,
        email=body.email or None,
        phone=body.phone or None,
        masked=tuple(body.masked),
        encrypted=tuple(body.encrypted),
    )


def _ship_to(body: shapes.ShipToIn) -> ShipTo:
    return new_ship_to(
        name=body.name or None,
        phone=body.phone or None,
        country=body.country or None,
        province=body.province or None,
        city=body.city or None,
        district=body.district or None,
        address=body.address or None,
        postcode=body.postcode or None,
        masked=tuple(body.masked),
        encrypted=tuple(body.encrypted),
    )


def _attribution(body: shapes.AttributionIn) -> Attribution:
    return new_attribution(body.source or None, body.campaign or None, tuple(body.coupons), body.creator or None)
