"""Pushes of TikTok Shop: one message a delivery, thin but for chat."""

from __future__ import annotations

import hashlib
from datetime import datetime

from chalicelib.contract import Event
from chalicelib.toolkit.loose import Odd, epoch, ident, told
from connectors.tiktokshop import status
from connectors.tiktokshop.payloads import Notice, Push
from connectors.tiktokshop.values import READ

THIN = frozenset({"order", "refund"})


def parse(body: bytes, delivery_id: str | None) -> tuple[Push, Notice]:
    """The push and what its data names. Permanent with the path on what cannot be read."""
    push = READ.decode(Push, body, delivery_id)
    if not told(push.data):
        return push, Notice()
    return push, READ.decode(Notice, bytes(push.data), delivery_id, "$.data")


def order_of(notice: Notice) -> str | None:
    """The order that a push is about; a refund names it on its lines."""
    lines = notice.line_items or ()
    return ident(notice.order_id) or next((found for line in lines if (found := ident(line.main_order_id))), None)


def to_event(body: bytes, delivery_id: str) -> Event:
    """The one event of a push; its payload is the push itself."""
    push, notice = parse(body, delivery_id)
    kind = status.TOPICS.get(push.type, "other")
    if kind in THIN and order_of(notice) is None:
        raise READ.malformed("a push that names no order", "$.data.order_id", delivery_id)
    return Event(
        delivery_id=ident(push.tts_notification_id) or hashlib.sha256(body).hexdigest(),
        topic=str(push.type),
        kind=kind,
        resource_id=_resource(kind, notice),
        occurred_at=_moment(push, notice, delivery_id),
        thin=kind in THIN,
        payload=body.removeprefix(b"\xef\xbb\xbf"),
    )


def _resource(kind: str, notice: Notice) -> str | None:
    if kind == "refund":
        named = (notice.return_id, notice.cancel_id, notice.rma_id, notice.aftersales_request_id)
        return next((found for one in named if (found := ident(one))), None) or order_of(notice)
    if kind == "message":
        return ident(notice.message_id)
    return order_of(notice) or ident(notice.product_id)


def _moment(push: Push, notice: Notice, delivery_id: str) -> datetime | None:
    try:
        for name in ("update_time", "refund_timestamp", "create_time"):
            found = epoch(getattr(notice, name), f"data.{name}")
            if found is not None:
                return found
        return epoch(push.timestamp, "timestamp")
    except Odd as odd:
        raise READ.of(odd, "$", delivery_id) from None
