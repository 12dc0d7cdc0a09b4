"""From canonical objects to layers and back: how one telling is stored, and how all tellings read together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.events import Parcel
from chalicelib.domain.identity import is_masked
from chalicelib.domain.merge import Clock, Fields, Layers, flatten, live_lines, merge
from chalicelib.domain.order import (
    AMOUNT_NAMES,
    ORDER_TIMES,
    REFUND_RANK,
    STATUS_RANK,
    Amounts,
    Attribution,
    Buyer,
    Line,
    Order,
    Refund,
    RefundKind,
    RefundLine,
    RefundState,
    RefundStatus,
    Shipment,
    ShipTo,
    Status,
    earned,
    refund_status,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BUYER = ("id", "nickname", "name", "email", "phone")
_SHIP_TO = ("name", "phone", "country", "province", "city", "district", "address", "postcode")
_LINE = ("product_id", "sku", "merchant_sku", "title", "quantity", "unit_price", "discount", "total", "refund_status")
# What tells who a person is or where they live; it is sealed wherever it is stored. The rest is needed for reports.
_PERSONAL: dict[str, frozenset[str]] = {
    "buyer": frozenset(_BUYER),
    "ship_to": frozenset({"name", "phone", "district", "address", "postcode"}),
}
# What reports, schedules and other shops need of an order's `extra`. All else is sealed with the person: a merchant's own system
# may hand in anything there, a note with a telephone number too.
_REPORTED = frozenset(
    ("amounts_gap", "confirm_by", "current_total", "origin", "payment", "presentment_currency", "replaces", "tax_platform", "view")
)
_PERSONAL_REFUND = frozenset({"reason"})
_OPEN = (RefundState.REQUESTED, RefundState.APPROVED)

Flat = Mapping[str, Mapping[str, tuple[Clock, Any]]]


@dataclass(frozen=True, slots=True)
class OrderKey:
    """Which order a telling is about."""

    merchant: str
    platform: str
    account: str
    order_id: str

    @property
    def place(self) -> str:
        """What its sealed part is bound to, beside its merchant and subject."""
        return "\x1f".join(("order", self.platform, self.account, self.order_id))


def key_of(told: Order | Refund | Parcel) -> OrderKey:
    """The order that a canonical object belongs to."""
    return OrderKey(told.merchant, told.platform, told.account, told.order_id)


def explode(told: Order | Refund | Parcel, *, source: int, occurred_at: datetime | None) -> Layers:
    """One telling as layers. `source` 0 pushed, 1 pulled or hydrated; `occurred_at` stands in where the object has no time."""
    if isinstance(told, Order):
        return _order_layers(told, source, occurred_at)
    if isinstance(told, Refund):
        return _refund_layers(told, source, occurred_at)
    name, parts = _shipment(told.shipment)
    return {Clock(_millis(told.updated_at or occurred_at) or 0, 0, source): {name: parts}}


def view(key: OrderKey, layers: Layers) -> Order:
    """The canonical order as all tellings read together; never sealed parts that are not in `layers`."""
    flat = flatten(layers)
    status, platform_status = _value(flat, "status", "s") or ("unknown", None)
    amounts = _amounts(flat, refunds(key, layers))
    times: dict[str, Any] = {name: _instant(_value(flat, "times", name)) for name in ORDER_TIMES}
    head = _plain(flat, "order")
    return Order(
        **_key_fields(key),
        order_no=head.get("order_no"),
        status=status,
        platform_status=platform_status,
        refund_status=_refund_status(flat, amounts, refunds(key, layers)),
        test=bool(head.get("test", False)),
        currency=head.get("currency", "XXX"),
        tax_included=head.get("tax_included"),
        amounts=amounts,
        **times,
        buyer=_buyer(flat),
        ship_to=_ship_to(flat),
        lines=tuple(_line(line_id, flat[f"line/{line_id}"]) for line_id in live_lines(flat)),
        shipments=_shipments(flat),
        attribution=_attribution(flat),
        extra=dict(sorted(_plain(flat, "extra").items())),
    )


def refunds(key: OrderKey, layers: Layers) -> tuple[Refund, ...]:
    """The order's refunds, by id."""
    flat = flatten(layers)
    return tuple(_refund(key, name[7:], flat[name]) for name in sorted(flat) if name.startswith("refund/"))


def ever_earned(layers: Layers) -> bool:
    """Whether any telling ever said paid or later."""
    return any("earned" in told.get("status", {}) for told in layers.values())


def odd_refunds(order: Order, layers: Layers) -> tuple[str, ...]:
    """What cannot be right of an order's refunds: `beyond-paid` where more went back than was ever owed or paid,
    `other-currency` where money went back in another one than the order's, which no sum of the order holds.
    """
    if not told_order(layers):
        return ()
    owed = max(order.amounts.paid or 0, order.amounts.total or 0)
    gone = [each for each in refunds(key_of(order), layers) if each.status == RefundState.SUCCEEDED and each.amount]
    signs = {
        "beyond-paid": 0 < owed < (order.amounts.refunded or 0),
        "other-currency": any(each.currency != order.currency for each in gone),
    }
    return tuple(sign for sign, stands in signs.items() if stands)


def told_order(layers: Layers) -> bool:
    """Whether anything but refunds and parcels has been told: only then is there an order to show or count."""
    return any("order" in told for told in layers.values())


def divide(layers: Layers) -> tuple[Layers, Layers]:
    """Layers without personal data, and the personal data alone; `merge` of the two gives the whole again."""
    plain: Layers = {}
    personal: Layers = {}
    for clock, told in layers.items():
        for entity, parts in told.items():
            secret = _PERSONAL_REFUND if entity.startswith("refund/") else _PERSONAL.get(entity, frozenset())
            for name, value in parts.items():
                is_secret = name not in _REPORTED if entity == "extra" else name in secret
                side = personal if is_secret else plain
                side.setdefault(clock, {}).setdefault(entity, {})[name] = value
    return plain, personal


def unite(plain: Layers, personal: Layers) -> Layers:
    """The whole again from its two halves."""
    return merge(plain, personal)


def contains(stored: Layers, told: Layers) -> bool:
    """Whether every field of `told` is already held under the same clock with the same value: nothing new was said."""
    return all(
        name in (held := stored.get(clock, {}).get(entity, {})) and held[name] == value
        for clock, entities in told.items()
        for entity, parts in entities.items()
        for name, value in parts.items()
    )


def _order_layers(order: Order, source: int, occurred_at: datetime | None) -> Layers:
    clock = Clock(_millis(order.updated_at or occurred_at) or 0, STATUS_RANK[order.status], source)
    total = order.amounts.total
    told: dict[str, Fields] = {
        "order": _known(order_no=order.order_no, test=order.test, currency=order.currency, tax_included=order.tax_included),
        "status": _known(s=[order.status, order.platform_status], r=order.refund_status, earned=earned(order.status) or None),
        "times": _known(**{name: _millis(getattr(order, name)) for name in ORDER_TIMES}),
        "amounts": {name: [value, total] for name in AMOUNT_NAMES if (value := getattr(order.amounts, name)) is not None},
        "buyer": _person(order.buyer, _BUYER),
        "ship_to": _person(order.ship_to, _SHIP_TO),
        "attribution": _known(
            source=order.attribution.source,
            campaign=order.attribution.campaign,
            coupons=list(order.attribution.coupons) or None,
            creator=order.attribution.creator,
        ),
        "extra": _known(**order.extra),
    }
    if order.lines:
        told["lines"] = {"ids": [line.line_id for line in order.lines]}
    for line in order.lines:
        told[f"line/{line.line_id}"] = _known(**{name: getattr(line, name) for name in _LINE})
    told.update(_shipment(shipment) for shipment in order.shipments)
    return {clock: {entity: parts for entity, parts in told.items() if parts}}


def _refund_layers(refund: Refund, source: int, occurred_at: datetime | None) -> Layers:
    at = refund.updated_at or refund.closed_at or refund.requested_at or occurred_at
    parts = _known(
        s=[refund.status, refund.platform_status],
        kind=refund.kind,
        amount=refund.amount,
        currency=refund.currency,
        reason=refund.reason,
        lines=[[line.line_id, line.quantity, line.amount] for line in refund.lines] or None,
        requested_at=_millis(refund.requested_at),
        closed_at=_millis(refund.closed_at),
        updated_at=_millis(refund.updated_at),
    )
    return {Clock(_millis(at) or 0, REFUND_RANK[refund.status], source): {f"refund/{refund.refund_id}": parts}}


def _shipment(shipment: Shipment) -> tuple[str, Fields]:
    parts = _known(
        carrier=shipment.carrier,
        tracking_no=shipment.tracking_no,
        shipped_at=_millis(shipment.shipped_at),
        delivered_at=_millis(shipment.delivered_at),
    )
    return f"shipment/{shipment.carrier or ''}/{shipment.tracking_no or ''}", parts


def _person(person: Buyer | ShipTo, names: Iterable[str]) -> Fields:
    told = _known(**{name: getattr(person, name) for name in names})
    masked = {name for name, value in told.items() if is_masked(value)}  # whatever its connector took it for
    if masked:
        told = {name: value for name, value in told.items() if name not in masked}
    if told or masked or person.masked or person.encrypted:
        told["_hidden"] = [sorted({*person.masked, *masked}), sorted(person.encrypted)]
    return told


def _known(**parts: Any) -> Fields:
    return {name: value for name, value in parts.items() if value is not None}


def _buyer(flat: Flat) -> Buyer:
    """A buyer's fields fill up from any telling: it is one person, whatever a later telling leaves out or hides."""
    shown = _plain(flat, "buyer")
    masked, encrypted = shown.pop("_hidden", ([], []))
    return Buyer(**shown, masked=_still(masked, shown), encrypted=_still(encrypted, shown))


def _ship_to(flat: Flat) -> ShipTo:
    """An address is one thing: older tellings fill only what the newest one hides, never what it leaves out."""
    parts = dict(flat.get("ship_to", {}))
    told_at, (masked, encrypted) = parts.pop("_hidden", (None, ([], [])))
    shown = {
        name: value
        for name, (clock, value) in parts.items()
        if told_at is None or clock >= told_at or name in masked or name in encrypted
    }
    return ShipTo(**shown, masked=_still(masked, shown), encrypted=_still(encrypted, shown))


def _still(hidden: Iterable[str], shown: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in hidden if name not in shown)


def _amounts(flat: Flat, order_refunds: Iterable[Refund]) -> Amounts:
    told = {name: value for name, (_, value) in flat.get("amounts", {}).items()}
    total = told["total"][0] if "total" in told else None
    kept = {name: value for name, (value, of_total) in told.items() if name in ("paid", "refunded") or of_total == total}
    currency = _value(flat, "order", "currency")
    known = [
        r.amount for r in order_refunds if r.status == RefundState.SUCCEEDED and r.amount is not None and r.currency == currency
    ]
    if known or "refunded" in kept:
        kept["refunded"] = max(kept.get("refunded", 0), sum(known))
    if kept.get("refunded") == 0 and _overtaken(flat):
        del kept["refunded"]
    return Amounts(**kept)


def _overtaken(flat: Flat) -> bool:
    """Whether a newer telling says that money went back, not how much: that nothing had until then says nothing any more.

    A cancelled order contributes nothing, and platforms call it refunded before its refund is: that one is waited for.
    """
    status, _ = _value(flat, "status", "s") or (Status.UNKNOWN, None)
    if status == Status.CANCELLED:
        return False
    stated_at, stated = flat.get("status", {}).get("r", (None, RefundStatus.NONE))
    told_at, _ = flat.get("amounts", {}).get("refunded", (None, None))
    gone = stated in (RefundStatus.PARTIAL, RefundStatus.FULL)
    return gone and stated_at is not None and told_at is not None and told_at < stated_at


def _refund_status(flat: Flat, amounts: Amounts, order_refunds: tuple[Refund, ...]) -> str:
    """By the amounts where they are known; what the platform states counts only where it is newer than every refund told."""
    rows = [refund for refund in order_refunds if refund.kind not in (RefundKind.EXCHANGE, RefundKind.REPAIR)]
    stated_at, stated = flat.get("status", {}).get("r", (None, RefundStatus.NONE))
    last = max(
        (clock.millis for name, parts in flat.items() if name.startswith("refund/") for clock, _ in parts.values()), default=-1
    )
    newer = stated_at is not None and stated_at.millis > last
    is_open = any(refund.status in _OPEN for refund in rows) or (stated == RefundStatus.REQUESTED and newer)
    computed = refund_status(amounts.paid, amounts.refunded, is_open)
    if amounts.refunded is None and stated in (RefundStatus.PARTIAL, RefundStatus.FULL):
        return str(stated)
    return str(computed)


def _shipments(flat: Flat) -> tuple[Shipment, ...]:
    found = []
    for name in sorted(flat):
        if name.startswith("shipment/"):
            parts = _plain(flat, name)
            found.append(
                Shipment(
                    parts.get("carrier"),
                    parts.get("tracking_no"),
                    _instant(parts.get("shipped_at")),
                    _instant(parts.get("delivered_at")),
                )
            )
    return tuple(found)


def _line(line_id: str, told: Mapping[str, tuple[Clock, Any]]) -> Line:
    parts = {name: value for name, (_, value) in told.items()}
    shown: dict[str, Any] = {name: parts.get(name) for name in _LINE}
    return Line(line_id=line_id, **shown | {"refund_status": shown["refund_status"] or RefundStatus.NONE})


def _attribution(flat: Flat) -> Attribution:
    parts = _plain(flat, "attribution")
    return Attribution(**parts | {"coupons": tuple(parts.get("coupons", ()))})


def _refund(key: OrderKey, refund_id: str, told: Mapping[str, tuple[Clock, Any]]) -> Refund:
    parts = {name: value for name, (_, value) in told.items()}
    status, platform_status = parts["s"]
    return Refund(
        **_key_fields(key),
        refund_id=refund_id,
        kind=parts["kind"],
        status=status,
        platform_status=platform_status,
        amount=parts.get("amount"),
        currency=parts.get("currency"),
        reason=parts.get("reason"),
        lines=tuple(RefundLine(*line) for line in parts.get("lines", ())),
        requested_at=_instant(parts.get("requested_at")),
        closed_at=_instant(parts.get("closed_at")),
        updated_at=_instant(parts.get("updated_at")),
    )


def _key_fields(key: OrderKey) -> dict[str, Any]:
    return {"merchant": key.merchant, "platform": key.platform, "account": key.account, "order_id": key.order_id}


def _plain(flat: Flat, entity: str) -> dict[str, Any]:
    return {name: value for name, (_, value) in flat.get(entity, {}).items()}


def _value(flat: Flat, entity: str, name: str) -> Any:
    found = flat.get(entity, {}).get(name)
    return found[1] if found else None


def _millis(at: datetime | None) -> int | None:
    return (at - _EPOCH) // timedelta(milliseconds=1) if at else None


def _instant(millis: int | None) -> datetime | None:
    return _EPOCH + timedelta(milliseconds=millis) if millis is not None else None
