"""The socket down which Pinduoduo sends its messages: pure functions, the worker holds the connection.

Messages are not signed: TLS to the fixed host and the digest of the connection are what they are trusted for, and nothing but ids
is taken from them. The layout of frames comes from three clients and no guide, so that it is read leniently.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

import msgspec

from chalicelib.contract import Account, Event, EventKind, Frame, Secrets
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import to_millis
from chalicelib.toolkit.loose import Odd, ident
from chalicelib.toolkit.signing import b64, fingerprint, md5_hex
from connectors.pinduoduo import payloads as shapes
from connectors.pinduoduo import status
from connectors.pinduoduo.values import KEY, READ, order_sn, when

HOST = "message-api.pinduoduo.com"
HEARTBEAT_SECONDS, SILENT_SECONDS = 5, 60  # [code]


def connect_url(secrets: Secrets, now: datetime) -> str:
    """`wss://host/message/{client id}/{ms}/{digest}`: the digest is base64 of the 32 hex characters, not of the 16 bytes."""
    client, millis = secrets.one("client_id"), str(to_millis(now))
    digest = b64(md5_hex(f"{client}{millis}{secrets.one('client_secret')}".encode()).encode())
    return f"wss://{HOST}/message/{quote(client, safe='')}/{millis}/{quote(digest, safe='')}"


def heartbeat(now: datetime) -> str:
    """The frame that keeps the connection."""
    millis = to_millis(now)
    return msgspec.json.encode({"id": millis, "commandType": "HeartBeat", "time": millis}).decode()


def frame(text: str, now: datetime) -> Frame:
    """A message with its answer; heartbeats and the platform's answers have neither."""
    found = READ.decode(shapes.Frame, text.encode("utf-8", "surrogatepass"), None)
    command = (found.commandType or "").lower()
    if found.message is None and command != "common":
        return Frame(None)
    if found.message is None or not found.message.type or found.id is None:
        raise READ.malformed("a frame without a message or an id", "$.message", None)
    return Frame(text, _ack(found, found.message, now))


def _ack(found: shapes.Frame, message: shapes.Message, now: datetime) -> str:
    """Ids go back as they came, as number or as text."""
    mall = message.mallId if message.mallID is None else message.mallID
    answer = {
        "id": found.id,
        "commandType": "Ack",
        "time": to_millis(now),
        "sendTime": found.sendTime,
        "type": message.type,
        "mallID": mall,
    }
    return msgspec.json.encode({name: value for name, value in answer.items() if value is not None}).decode()


def address(body: bytes) -> Mapping[str, str]:
    """Whose message it is: `{"mall_id": ...}`. Permanent on one that names no shop."""
    message = _message(READ.decode(shapes.Frame, body, None), None)
    mall = _mall(message, _content(message, None, strict=False))
    if mall is None:
        raise Permanent("seller-unknown", "the message names no shop", connector=KEY, path="$.message.mallID")
    return {"mall_id": mall}


def to_event(body: bytes, account: Account, delivery_id: str) -> Event:
    """The event of a message; orders and refunds are thin. Permanent when it is another shop's.

    The id of a frame may change when it is sent again: shop, type, what changed and when make the delivery's id.
    """
    message = _message(READ.decode(shapes.Frame, body, delivery_id), delivery_id)
    kind_of = (message.type or "").lower()
    kind: EventKind = next((kind for prefix, kind in status.PREFIXES if kind_of.startswith(prefix)), "other")
    thin = kind in ("order", "refund")
    content = _content(message, delivery_id, strict=thin)
    mall, ours = _mall(message, content), account.options.get("mall_id")
    if ours and mall and ours != mall:
        raise Permanent(
            "seller-mismatch", "the message is another shop's", connector=KEY, path="$.message.mallID", delivery_id=delivery_id
        )
    resource = ident(content.refund_id) if kind == "refund" else order_sn(content.tid) if kind == "order" else None
    if thin and resource is None:
        raise READ.malformed("a message without the id of what changed", "$.message.content", delivery_id)
    try:
        at = when(content.modified, "modified")
    except Odd as odd:
        raise READ.of(odd, "$.message.content", delivery_id) from None
    mark = ident(content.modified) or fingerprint((message.content or "").encode("utf-8", "surrogatepass"))
    return Event(
        delivery_id=f"{mall}:{kind_of}:{resource}:{mark}"[:200],
        topic=message.type or "",
        kind=kind,
        resource_id=resource,
        occurred_at=at,
        thin=thin,
        payload=body.removeprefix(b"\xef\xbb\xbf"),
    )


def order_of(event: Event) -> str | None:
    """The order that a message names."""
    message = _message(READ.decode(shapes.Frame, event.payload, event.delivery_id), event.delivery_id)
    return order_sn(_content(message, event.delivery_id, strict=True).tid)


def _message(found: shapes.Frame, delivery_id: str | None) -> shapes.Message:
    message = found.message or found
    if not message.type:
        raise READ.malformed("a message without a type", "$.message.type", delivery_id)
    return message


def _content(message: shapes.Message, delivery_id: str | None, *, strict: bool) -> shapes.Content:
    """The JSON inside the message. Where nothing is read from it, what cannot be read is empty."""
    raw = (message.content or "").encode("utf-8", "surrogatepass")
    try:
        return READ.decode(shapes.Content, raw, delivery_id, "$.message.content")
    except Permanent:
        if strict:
            raise
        return shapes.Content()


def _mall(message: shapes.Message, content: shapes.Content) -> str | None:
    return ident(message.mallID) or ident(message.mallId) or ident(content.mall_id)
