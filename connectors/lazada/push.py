"""Pushes of Lazada: one message a delivery, thin but for chat, without an id of its own."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from chalicelib.contract import Event
from chalicelib.toolkit.loose import Odd, epoch, ident, told
from connectors.lazada import status
from connectors.lazada.payloads import Fingerprint, Notice, Push
from connectors.lazada.values import READ

THIN = frozenset({"order", "refund", "review"})


def parse(body: bytes, delivery_id: str | None) -> tuple[Push, Notice]:
    """The push and what its data names. Permanent with the path on what cannot be read."""
    push = READ.decode(Push, body, delivery_id)
    if not told(push.data):
        return push, Notice()
    return push, READ.decode(Notice, bytes(push.data), delivery_id, "$.data")


def seller_of(push: Push, notice: Notice) -> str | None:
    """The seller that a push is about; some tell it in the data only, and write "null" outside."""
    return ident(push.seller_id) or ident(notice.seller_id)


def digest(body: bytes, delivery_id: str | None) -> str:
    """What tells deliveries apart: type, seller and data. The envelope's time is left out, for a retry has another."""
    told_push = READ.decode(Fingerprint, body, delivery_id)
    try:
        data = msgspec.json.encode(told_push.data, order="sorted")
    except RecursionError:
        raise READ.malformed("nested too deep", "$.data", delivery_id) from None
    head = f"{told_push.message_type}|{ident(told_push.seller_id) or ''}|".encode("utf-8", "surrogatepass")
    return hashlib.sha256(head + data).hexdigest()


def to_event(body: bytes, delivery_id: str) -> Event:
    """The one event of a push; its payload is the push itself."""
    push, notice = parse(body, delivery_id)
    kind = status.TOPICS.get(push.message_type, "other")
    resource = _resource(kind, notice)
    if kind in THIN and resource is None:
        raise READ.malformed("a push that names no resource", "$.data", delivery_id)
    return Event(
        delivery_id=digest(body, delivery_id),
        topic=str(push.message_type),
        kind=kind,
        resource_id=resource,
        occurred_at=_moment(notice, delivery_id),
        thin=kind in THIN,
        payload=body.removeprefix(b"\xef\xbb\xbf"),
    )


def _resource(kind: str, notice: Notice) -> str | None:
    if kind == "refund":
        return ident(notice.reverse_order_id)
    if kind == "review":
        return ident(notice.id)
    if kind == "message":
        return ident(notice.message_id)
    return ident(notice.trade_order_id) or ident(notice.item_id)


def _moment(notice: Notice, delivery_id: str) -> datetime | None:
    try:
        return epoch(notice.status_update_time, "status_update_time") or epoch(notice.send_time, "send_time")
    except Odd as odd:
        raise READ.of(odd, "$.data", delivery_id) from None
