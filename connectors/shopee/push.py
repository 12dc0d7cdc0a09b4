"""Shopee's pushes: the signature over the registered address and the body, the console's probe, and the event in one."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress

from chalicelib.contract import Account, Event, EventKind, RawRequest, Secrets
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.loose import Odd, epoch, ident, told
from chalicelib.toolkit.signing import hmac_sha256
from connectors.shopee import status
from connectors.shopee.payloads import Notice, Push
from connectors.shopee.values import KEY, READ

SIGNATURE = "authorization"
_BOM = b"\xef\xbb\xbf"


def signature(key: str, url: str, body: bytes) -> str:
    """Lower-case hex HMAC-SHA256 over the registered address, `|` and the raw body; the key is text, never decoded hex."""
    return hmac_sha256(key.encode(), url.encode() + b"|" + body).hex()


def registered_url(request: RawRequest, account: Account) -> str:
    """The callback address as the console has it: the option `push_url`, else the account's own. Never what a client calls us."""
    return account.options.get("push_url") or request.url


def keys_of(secrets: Secrets) -> tuple[str, ...]:
    """Live push keys first, then partner keys, with which older applications sign. ConfigError when there is neither."""
    found = [key for name in ("push_key", "partner_key") if secrets.values.get(name) for key in secrets.all(name)]
    if not found:
        raise ConfigError("secret-missing", "neither push_key nor partner_key is configured", connector=KEY)
    return tuple(dict.fromkeys(found))


def is_probe(request: RawRequest) -> bool:
    """The console's "Verify": an empty body without a signature, or code 0 with its one line, for no shop. It has no effect."""
    if not request.body.strip():
        return not request.headers.get(SIGNATURE)
    if len(request.body) > 1_000 or b"verify_info" not in request.body:
        return False
    try:
        push = READ.decode(Push, request.body, None)
        notice = READ.decode(Notice, bytes(push.data), None)
    except Permanent:
        return False
    return push.code == status.PROBE and notice.verify_info is not None and push.shop_id is None


def shop_named(push: Push, secrets: Secrets) -> dict[str, str] | None:
    """The option by which the push's shop is known. None for the account of the address: one whose secret holds the shop's
    number, and a push for the whole application, which names no shop.
    """
    named = ident(push.shop_id)
    return None if named is None or named in secrets.values.get("shop_id", ()) else {"shop_id": named}


def delivery_of(push: Push) -> str:
    """The message's id; without one a digest that a copy of the same push, told again as lost, has too."""
    if push.msg_id:
        return push.msg_id
    data = bytes(push.data)
    with suppress(ValueError, RecursionError):  # what is no JSON is told apart by its bytes
        data = json.dumps(json.loads(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(f"{ident(push.shop_id) or ''}|{push.code}|{ident(push.timestamp) or ''}|".encode() + data).hexdigest()


def read(body: bytes, delivery_id: str | None) -> Push:
    """The push. Permanent with the path on a body that is none."""
    return READ.decode(Push, body, delivery_id)


def to_event(push: Push, body: bytes, delivery_id: str | None) -> Event:
    """The event of a push; orders and returns are thin, chat messages are whole."""
    kind: EventKind = status.CODES.get(push.code, "other")
    resource = None
    if kind in ("order", "refund"):
        notice = _notice(push, delivery_id)
        resource = ident(notice.return_sn) if kind == "refund" else ident(notice.ordersn) or ident(notice.order_sn)
        if resource is None:
            raise READ.malformed("a push that names nothing", "$.data", delivery_id)
    try:
        at = epoch(push.timestamp, "timestamp")
    except Odd as odd:
        raise READ.of(odd, "$", delivery_id) from None
    thin = kind in ("order", "refund")
    return Event(delivery_of(push), str(push.code), kind, resource, at, thin=thin, payload=body.removeprefix(_BOM))


def _notice(push: Push, delivery_id: str | None) -> Notice:
    if not told(push.data):
        raise READ.malformed("a push without data", "$.data", delivery_id)
    return READ.decode(Notice, bytes(push.data), delivery_id, "$.data")


def notice_of(payload: bytes, delivery_id: str | None) -> tuple[int, Notice]:
    """Code and data of a thin event's payload."""
    push = read(payload, delivery_id)
    return push.code, _notice(push, delivery_id)
