"""Pushes of Youzan: one message a delivery, signed over the raw body, whose content is mostly URL-encoded text."""

from __future__ import annotations

import hashlib
from urllib.parse import unquote_plus

import msgspec

from chalicelib.contract import Event
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Odd, ident, told
from chalicelib.toolkit.signing import md5_hex
from connectors.youzan import status
from connectors.youzan.payloads import Notice, Push
from connectors.youzan.values import READ

BOM = b"\xef\xbb\xbf"


def event_sign(client_id: str, body: bytes, client_secret: str) -> str:
    """`Event-Sign`: lower-case hex MD5 over client_id, the raw body and client_secret, nothing between them."""
    return md5_hex(client_id.encode() + body + client_secret.encode())


def message(raw: msgspec.Raw, delivery_id: str | None) -> bytes:
    """The JSON of `msg`: an object as it stands, or one as URL-encoded text, where a plus is a blank."""
    found = bytes(raw)
    if found[:1] != b'"':
        return found
    text = READ.decode(str, found, delivery_id, "$.msg")
    return unquote_plus(text, errors="surrogateescape").encode("utf-8", "surrogateescape")


def digest(push: Push) -> str:
    """What tells deliveries apart: the message's id, else what it is about and its version."""
    if push.msg_id:
        return push.msg_id
    version = ident(push.version) or hashlib.sha256(bytes(push.msg)).hexdigest()
    parts = (push.type, ident(push.kdt_id), ident(push.id), version)
    return hashlib.sha256("|".join([each or "" for each in parts]).encode("utf-8", "surrogatepass")).hexdigest()


def to_event(body: bytes, delivery_id: str) -> Event:
    """The one event of a push; whole orders carry their message, others the push."""
    push = READ.decode(Push, body, delivery_id)
    kind = status.TOPICS.get(push.type, "other")
    if kind not in ("order", "refund"):
        return Event(digest(push), push.type, kind, ident(push.id), None, thin=False, payload=body.removeprefix(BOM))
    if not told(push.msg):
        raise READ.malformed("a push without a message", "$.msg", delivery_id)
    inner = message(push.msg, delivery_id)
    if push.type in status.FAT:
        return Event(digest(push), push.type, kind, ident(push.id), None, thin=False, payload=inner)
    notice = READ.decode(Notice, inner, delivery_id, "$.msg")
    resource = ident(notice.tid) or ident(push.id)
    if resource is None:
        raise READ.malformed("a push that names no order", "$.msg.tid", delivery_id)
    try:
        at = moment(notice.update_time, "msg.update_time")
    except Odd as odd:
        raise READ.of(odd, "$", delivery_id) from None
    payload = msgspec.json.encode({"type": push.type, "tid": resource, "refund_id": ident(notice.refund_id)})
    return Event(digest(push), push.type, kind, resource, at, thin=True, payload=payload)
