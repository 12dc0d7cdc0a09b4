"""A verified delivery into its event: kind, resource, and whether the body holds what the headers name."""

from __future__ import annotations

from datetime import datetime

from chalicelib.contract import Event, EventKind, RawRequest, Ref
from chalicelib.toolkit.clocks import from_iso
from chalicelib.toolkit.decode import read
from connectors.shopify import payloads
from connectors.shopify import status as words
from connectors.shopify.headers import KEY, NEW, OLD, prefix_of, topic_of
from connectors.shopify.numbers import number

_GID = "gid://shopify/"


def events(request: RawRequest, ref: Ref) -> tuple[Event, ...]:
    """One event a delivery; Permanent("payload-malformed") on a body that is no JSON object."""
    prefix = prefix_of(request)
    peek = read(payloads.peek(), request.body, connector=KEY, delivery_id=ref.delivery_id)
    topic = topic_of(request, prefix)
    kind = words.kind_of(topic) if topic else _kind_by_shape(peek)
    resource = request.header("shopify-resource-id") if prefix == NEW else None
    named = number(resource) if resource and resource.startswith(_GID) else None
    thin = prefix == NEW and kind in ("order", "refund", "parcel", "buyer") and not _holds(kind, peek)
    occurred = _occurred(request.header(f"{prefix}triggered-at"))
    resource_id = named or _resource_id(kind, peek)
    return (Event(ref.delivery_id, topic or "unknown", kind, resource_id, occurred, thin, request.body),)


def is_record(request: RawRequest) -> bool:
    """Whether this is a record of the event bus: no header of ours, and a body of `detail`."""
    bare = not any(name.startswith((OLD, NEW)) for name in request.headers)
    return bare and payloads.present(read(payloads.peek(), request.body, connector=KEY).detail)


def _occurred(stamp: str | None) -> datetime | None:
    """The time in the header, which is not signed: one that cannot be read tells nothing and stops no order."""
    try:
        return from_iso(stamp) if stamp else None
    except ValueError:
        return None


def _holds(kind: EventKind, peek: payloads.Peek) -> bool:
    if kind == "order":
        return peek.id is not None and payloads.present(peek.currency) and payloads.present(peek.line_items)
    if kind == "refund":
        return peek.id is not None and peek.order_id is not None and payloads.present(peek.transactions)
    if kind == "parcel":
        return peek.id is not None and peek.order_id is not None
    return payloads.present(peek.email_marketing_consent) or payloads.present(peek.sms_marketing_consent)


def _kind_by_shape(peek: payloads.Peek) -> EventKind:
    """For a body that comes without headers (offline): by the fields only that resource has."""
    if payloads.present(peek.currency) and payloads.present(peek.line_items):
        return "order"
    if peek.order_id is not None:
        return (
            "refund"
            if payloads.present(peek.refund_line_items)
            else "parcel"
            if payloads.present(peek.tracking_number)
            else "other"
        )
    if payloads.present(peek.shop_domain):
        return "privacy"
    return "buyer" if payloads.present(peek.email_marketing_consent) or payloads.present(peek.sms_marketing_consent) else "other"


def _resource_id(kind: EventKind, peek: payloads.Peek) -> str | None:
    found = peek.id if peek.id is not None else peek.customer_id if kind == "buyer" else None
    if found is None:
        return None
    text = str(found)
    return number(text) if text.startswith(_GID) else text
