"""Pushes of Kuaishou: AES-128-CBC under the message key with an IV of zeros, and no signature. So a push is a hint only."""

from __future__ import annotations

import hashlib

from chalicelib.contract import Event, Secrets
from chalicelib.errors import ConfigError, Permanent, Rejected
from chalicelib.toolkit.aes import KEY_SIZES, open_base64, seal_cbc
from chalicelib.toolkit.loose import Odd, epoch, ident, yes
from chalicelib.toolkit.signing import b64, same, unb64
from connectors.kuaishou import status
from connectors.kuaishou.payloads import Info, Push
from connectors.kuaishou.values import KEY, READ

IV = bytes(16)
BLANK = Push()
THIN = frozenset({"order", "refund"})


def opened(body: bytes, secrets: Secrets) -> tuple[bytes, Push]:
    """What a body holds, and the push in it. Rejected 401 unless it opens to a message of our application, or to the heartbeat.

    Every live key does the whole way: base64, cipher, padding, JSON, application. What is wrong shows in nothing but the one
    refusal at the end.
    """
    app_keys = [key.encode() for key in secrets.all("app_key")]
    tried = [_attempt(key_of(secret), body, app_keys) for secret in secrets.all("message_key")]
    for plain, push, ours in tried:
        if ours:
            return plain, push
    raise Rejected("body-refused", "the body does not open to a message of this application", connector=KEY)


def _attempt(key: bytes, body: bytes, app_keys: list[bytes]) -> tuple[bytes, Push, bool]:
    plain, fits = open_base64(key, IV, body)
    try:
        push, reads = READ.decode(Push, plain, None), True
    except Permanent:
        push, reads = BLANK, False
    named = (push.app_key or "").encode("utf-8", "surrogatepass")
    ours = True in [same(each, named) for each in app_keys]  # all of them are compared
    return plain, push, fits & reads & (ours | is_heartbeat(push))


def is_heartbeat(push: Push) -> bool:
    """`{"test":true}`: the check of the address. It names no application and no event: it is answered and never queued."""
    return yes(push.test) and push.app_key is None and push.event is None


def sealed(plain: bytes, secrets: Secrets) -> bytes:
    """A body as Kuaishou sends it, under the newest key."""
    return b64(seal_cbc(key_of(secrets.one("message_key")), IV, plain)).encode()


def is_sealed(body: bytes, secrets: Secrets) -> bool:
    """Whether a body opens under the newest key."""
    return open_base64(key_of(secrets.one("message_key")), IV, body)[1]


def key_of(secret: str) -> bytes:
    """The message key (消息密钥), which is kept in base64. ConfigError on one that is no AES key."""
    try:
        key = unb64(secret)
    except ValueError:
        key = b""
    if len(key) not in KEY_SIZES:
        raise ConfigError("secret-malformed", "the secret message_key is no AES key in base64", connector=KEY)
    return key


def shop_of(push: Push) -> dict[str, str] | None:
    """The account options of the shop that a push is about."""
    seller = ident(push.user_id)
    return {"seller_id": seller} if seller else None


def to_event(body: bytes, delivery_id: str) -> Event:
    """The one event of an opened push: thin for orders and refunds, whose payload is the push itself."""
    push = READ.decode(Push, body, delivery_id)
    if not push.event:
        raise READ.malformed("a push without an event", "$.event", delivery_id)
    kind = status.TOPICS.get(push.event, "other")
    info = info_of(push, delivery_id)
    order_id = ident(info.oid) or ident(info.order_id)
    resource = ident(info.refund_id) if kind == "refund" else order_id
    if kind in THIN and (order_id is None or resource is None):
        raise READ.malformed("a push that names nothing", "$.info", delivery_id)
    try:
        at = epoch(info.update_time, "info.updateTime") or epoch(info.create_time, "info.createTime")
        at = at or epoch(push.update_time, "updateTime") or epoch(push.create_time, "createTime")
    except Odd as odd:
        raise READ.of(odd, "$", delivery_id) from None
    mark = ident(push.event_id) or hashlib.sha256(body).hexdigest()
    return Event(mark, push.event, kind, resource, at, thin=kind in THIN, payload=body)


def info_of(push: Push, delivery_id: str | None) -> Info:
    """What `info` names. Where it is no object (a note, a test) it names nothing."""
    text = push.info or ""
    if not text.lstrip().startswith("{"):
        return Info()
    return READ.decode(Info, text.encode("utf-8", "surrogatepass"), delivery_id, "$.info")
