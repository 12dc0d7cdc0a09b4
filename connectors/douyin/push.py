"""Pushes of Douyin's message service: cutting a delivery into messages, and its signature."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from chalicelib.contract import Event
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import told
from chalicelib.toolkit.signing import md5_hex
from connectors.douyin import status
from connectors.douyin.aftersale import notice_time
from connectors.douyin.payloads import Message, Notice
from connectors.douyin.values import KEY, decode, ident, malformed, whole

_BOM = b"\xef\xbb\xbf"
MAX_MESSAGES = 1_000  # a push carries a handful


@dataclass(frozen=True, slots=True)
class Cut:
    """One message of a delivery. `notice` None: a probe, whose data is no object. `path` leads to its data."""

    tag: int
    message_id: str
    notice: Notice | None
    payload: bytes
    path: str


def event_sign(app_key: str, body: bytes, app_secret: str) -> str:
    """`event-sign`: lower-case hex MD5 over app_key, the raw body and app_secret, nothing between them."""
    return md5_hex(app_key.encode() + body + app_secret.encode())


def cut(body: bytes, delivery_id: str | None) -> Iterator[Cut]:
    """The messages of a delivery: an array of them or a single one. Permanent with the path on what cannot be read."""
    raw = body.removeprefix(_BOM).strip()
    if not raw.startswith(b"["):
        yield _message(raw, delivery_id, "$")
        return
    elements = decode(list[msgspec.Raw], raw, delivery_id)
    if len(elements) > MAX_MESSAGES:
        raise malformed(f"more than {MAX_MESSAGES} messages", "$", delivery_id)
    for index, element in enumerate(elements):
        yield _message(bytes(element), delivery_id, f"$[{index}]")


def to_event(part: Cut, delivery_id: str | None) -> Event:
    """The event of one message; thin where the API has to be asked."""
    notice = part.notice or Notice()
    kind = status.TAGS.get(part.tag, "other")
    resource = ident(notice.aftersale_id) if kind == "refund" else ident(notice.p_id)
    return Event(
        delivery_id=part.message_id,
        topic=str(part.tag),
        kind=kind,
        resource_id=resource,
        occurred_at=notice_time(notice, delivery_id, part.path),
        thin=kind in ("order", "refund"),
        payload=part.payload,
    )


def _message(raw: bytes, delivery_id: str | None, path: str) -> Cut:
    message = decode(Message, raw, delivery_id, path)
    tag = whole(message.tag, f"{path}.tag", delivery_id)
    if tag is None:
        raise malformed("a message without a tag", f"{path}.tag", delivery_id)
    data = bytes(message.data)
    if data.startswith(b'"'):
        data = decode(str, data, delivery_id, f"{path}.data").strip().encode()
    message_id = ident(message.msg_id) or ident(message.msgId) or hashlib.sha256(raw).hexdigest()
    if tag == 0 and not data.startswith(b"{"):
        return Cut(tag, message_id, None, raw, f"{path}.data")
    if not told(msgspec.Raw(data)):
        raise Permanent("payload-malformed", "a message without data", connector=KEY, path=f"{path}.data", delivery_id=delivery_id)
    notice = decode(Notice, data, delivery_id, f"{path}.data")
    payload = msgspec.json.encode({"tag": str(tag), "msg_id": message_id, "data": msgspec.Raw(data)})
    return Cut(tag, message_id, notice, payload, f"{path}.data")
