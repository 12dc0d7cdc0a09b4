"""Pushes of 1688: a form of two fields, the message thin, its types those of the buyer's or of the seller's view."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from chalicelib.contract import Event
from chalicelib.errors import Permanent
from chalicelib.toolkit.forms import field, parse_form
from chalicelib.toolkit.loose import Odd, ident, told
from chalicelib.toolkit.signing import hmac_sha1
from connectors.alibaba1688 import status
from connectors.alibaba1688.payloads import Message, Notice
from connectors.alibaba1688.values import KEY, READ, digits, local

MESSAGE, FIELD = "message", "_aop_signature"
_VIEWS = re.compile(r"^ORDER_(BUYER_VIEW_)?(ORDER_)?")


def aop_signature(secret: str, path: str, params: Iterable[tuple[str, str]]) -> str:
    """`_aop_signature`: upper-case hex HMAC-SHA1 over the path and the sorted `name + value` of every parameter.

    A push is signed as a call without a path whose one parameter is `message`.
    """
    joined = "".join(sorted([name + value for name, value in params if name != FIELD]))
    return hmac_sha1(secret.encode(), (path + joined).encode("utf-8", "surrogatepass")).hex().upper()


def unpack(body: bytes) -> tuple[str, str]:
    """Message and signature of a form, decoded once. Permanent on what is no such form."""
    pairs = parse_form(body, connector=KEY)
    return field(pairs, MESSAGE, connector=KEY), field(pairs, FIELD, connector=KEY)


def is_bare(body: bytes) -> bool:
    """Whether a body is a message without its form, as the records of the feed are. A push never is: nothing signs it."""
    return body.lstrip()[:1] == b"{"


def parse(body: bytes, delivery_id: str | None) -> tuple[Message, Notice]:
    """The message of a push, or of a record of the feed, which is the bare message. Permanent with the path."""
    text = body
    if not is_bare(body):
        text = field(parse_form(body, connector=KEY), MESSAGE, connector=KEY).encode("utf-8", "surrogatepass")
    message = READ.decode(Message, text, delivery_id)
    if not told(message.data):
        return message, Notice()
    data = bytes(message.data)
    if data[:1] == b'"':
        data = READ.decode(str, data, delivery_id, "$.data").encode("utf-8", "surrogatepass")
    return message, READ.decode(Notice, data, delivery_id, "$.data")


def topic_of(name: str) -> str:
    """A type without its view: `ORDER_BUYER_VIEW_ORDER_PAY` and `ORDER_PAY` are both `PAY`."""
    return _VIEWS.sub("", name) if name.startswith("ORDER_") else name


def view_of(message: Message, notice: Notice) -> str | None:
    """Whose view a message tells: of him whom it is for, else by its type; None where neither tells."""
    if message.userInfo and notice.buyerMemberId != notice.sellerMemberId:
        if message.userInfo == notice.buyerMemberId:
            return "buyer"
        if message.userInfo == notice.sellerMemberId:
            return "seller"
    if "BUYER_VIEW_" in message.type:
        return "buyer"
    return "seller" if message.type.startswith("ORDER_ORDER_") else None


def to_events(body: bytes, delivery_id: str) -> tuple[Event, ...]:
    """One event for each order that a message names."""
    message, notice = parse(body, delivery_id)
    topic = topic_of(message.type)
    kind = "order" if message.type in status.PARCELS else status.TOPICS.get(topic, "other")
    if message.type.startswith("PRODUCT_"):
        kind = "product"
    own = ident(message.msgId) or delivery_id
    try:
        at = local(notice.msgSendTime, "msgSendTime")
    except Odd as odd:
        raise READ.of(odd, "$.data", delivery_id) from None
    if kind not in ("order", "refund"):
        return (Event(own, message.type, kind, digits(notice.orderId), at, thin=False, payload=_payload(message, notice, None)),)
    orders = _orders(notice, delivery_id)
    return tuple(
        [
            Event(
                f"{own}-{order}" if len(orders) > 1 else own, message.type, kind, order, at, True, _payload(message, notice, order)
            )
            for order in orders
        ]
    )


def _orders(notice: Notice, delivery_id: str) -> list[str]:
    named = [notice.orderId, *[each.orderId for each in notice.batchPay or ()]]
    if notice.OrderLogisticsTracingModel is not None:
        named += [each.orderId for each in notice.OrderLogisticsTracingModel.orderLogsItems or ()]
    found = list(dict.fromkeys([order for each in named if (order := digits(each))]))
    if not found:
        raise Permanent(
            "payload-malformed", "a push that names no order", connector=KEY, path="$.data.orderId", delivery_id=delivery_id
        )
    return found


def _payload(message: Message, notice: Notice, order: str | None) -> bytes:
    told_view = view_of(message, notice)
    return msgspec.json.encode({"type": message.type, "msgId": message.msgId, "orderId": order, "view": told_view})
