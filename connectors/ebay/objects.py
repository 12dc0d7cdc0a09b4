"""Canonical objects from each kind of payload. Loaded on the first one, so that receiving a push stays light."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.events import Canonical, PrivacyRequest
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.loose import Odd, told
from chalicelib.toolkit.texts import text
from connectors.ebay.feedback import to_reviews
from connectors.ebay.mapping import to_canonical
from connectors.ebay.messages import to_messages
from connectors.ebay.payloads import Document, Notification
from connectors.ebay.refunds import returns
from connectors.ebay.status import ERASURE
from connectors.ebay.values import KEY, READ


def canonical(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """Orders with refunds and returns, feedback, messages, erasures; Skippable for the other kinds."""
    if kind in ("order", "refund", "parcel"):
        return tuple(_orders(payload, ref))
    if kind == "review":
        return to_reviews(payload, ref)
    if kind == "message":
        return to_messages(payload, ref)
    if kind == "privacy":
        return _erasures(payload, ref)
    raise Skippable("kind-ignored", f"{kind} has no mapping", connector=KEY, delivery_id=ref.delivery_id)


def _orders(payload: bytes, ref: Ref) -> Iterator[Canonical]:
    """Of a document of ours, a bare order, a page of orders, or a page of returns."""
    document = READ.decode(Document, payload, ref.delivery_id)
    if document.order is not None:
        yield from to_canonical(document, document.order, ref, "$.order")
    elif document.order_id is not None:
        yield from to_canonical(document, document, ref, "$")
    elif document.orders:
        for index, each in enumerate(document.orders):
            yield from to_canonical(Document(), each, ref, f"$.orders[{index}]")
    elif document.members:
        try:
            yield from returns(document.members, None, ref)
        except Odd as odd:
            raise READ.of(odd, "$.members", ref.delivery_id) from None
    elif told(document.notification):
        thin = "a notification names an order, it does not hold one"
        raise Permanent("payload-thin", thin, connector=KEY, path="$.notification", delivery_id=ref.delivery_id)
    else:
        raise READ.malformed("not an order", "$", ref.delivery_id)


def _erasures(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """An account that was closed. Orders name the buyer by user name, for some users by id: both are asked for."""
    found = READ.decode(Notification, payload, ref.delivery_id)
    if found.metadata.topic != ERASURE:
        raise Skippable("kind-ignored", "not a notice of a closed account", connector=KEY, delivery_id=ref.delivery_id)
    data = found.notification.data
    names = dict.fromkeys([name for each in (data.username, data.user_id) if (name := text(each))])
    if not names:
        raise READ.malformed("no account is named", "$.notification.data", ref.delivery_id)
    account = ref.account
    at = utc(found.notification.event_date)
    return tuple([PrivacyRequest(account.merchant, KEY, account.account, "erase_buyer", name, (), at) for name in names])
