"""Pushes of Ele.me: one JSON object, signed over all its fields, whose message is JSON as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from chalicelib.contract import Event
from chalicelib.toolkit import beijing
from chalicelib.toolkit.loose import Odd, epoch, ident, number, yes
from chalicelib.toolkit.signing import md5_hex
from connectors.eleme import status
from connectors.eleme.payloads import Notice, Push
from connectors.eleme.values import READ, digits

FIELD = "signature"
Fields = Mapping[str, int | str]


def fields(body: bytes) -> Fields:
    """The top-level fields. Permanent on anything but texts and whole numbers: how others are signed nobody knows."""
    return READ.decode(dict[str, int | str], body, None)


def signature(told: Fields, secret: str) -> str:
    """Upper-case hex MD5 over `name=value` of all fields but itself, by name, nothing between, and the secret."""
    joined = "".join([f"{name}={told[name]}" for name in sorted(told) if name != FIELD])
    return md5_hex((joined + secret).encode("utf-8", "surrogatepass")).upper()


def message_of(push: Push, delivery_id: str | None) -> tuple[bytes, Notice]:
    """The message as JSON, and what it names. Permanent with the path."""
    raw = push.message.encode("utf-8", "surrogatepass")
    return raw, READ.decode(Notice, raw, delivery_id, "$.message")


def to_event(body: bytes, delivery_id: str) -> Event:
    """The one event of a push; whole where it holds an order with its amounts."""
    push = READ.decode(Push, body, delivery_id)
    kind = status.TOPICS.get(push.type, "other")
    own = ident(push.requestId) or delivery_id
    if kind not in ("order", "refund"):
        return Event(own, str(push.type), kind, None, None, thin=False, payload=body.removeprefix(b"\xef\xbb\xbf"))
    raw, notice = message_of(push, delivery_id)
    order_id = digits(notice.orderId) or digits(notice.id)
    if order_id is None:
        raise READ.malformed("a push that names no order", "$.message.orderId", delivery_id)
    at = _moment(notice, delivery_id)
    if push.type in status.CLAIMS:  # whole, and no reason to read an order that does not tell how far it is delivered
        return Event(own, str(push.type), kind, order_id, at, thin=False, payload=body.removeprefix(b"\xef\xbb\xbf"))
    thin = push.type != status.ORDER or yes(notice.downgraded)
    change = {"type": push.type, "orderId": order_id, "at": int(at.timestamp() * 1000) if at else None}
    payload = msgspec.json.encode(change) if thin else raw
    return Event(own, str(push.type), kind, order_id, at, thin=thin, payload=payload)


def _moment(notice: Notice, delivery_id: str) -> datetime | None:
    try:
        number(notice.updateTime, "updateTime")
        return (
            epoch(notice.updateAt, "updateAt")
            or epoch(notice.updateTime, "updateTime")
            or beijing.moment(notice.activeAt, "activeAt")
        )
    except Odd as odd:
        raise READ.of(odd, "$.message", delivery_id) from None
