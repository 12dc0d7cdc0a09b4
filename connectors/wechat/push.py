"""Pushes of WeChat: the check of the address, the envelope, plain bodies, and the cutting into events."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec

from chalicelib.contract import Account, Event, EventKind, RawRequest, Reply, Secrets, Verified
from chalicelib.errors import Permanent, Rejected
from chalicelib.toolkit.loose import Odd, epoch, ident, told
from chalicelib.toolkit.texts import digits
from chalicelib.toolkit.wechat_aes import as_json, digest, opened, seal, sealed_text, signature, signed
from connectors.wechat import status
from connectors.wechat.payloads import Message, Named
from connectors.wechat.values import KEY, READ, STORE, apps

ACKNOWLEDGEMENT = Reply(200, "success", "text/plain")
MAX_ECHO = 200
OPTION = "original_id"
PLAIN = "plain"  # option `push`
THIN = frozenset({"order", "refund"})


def check_address(request: RawRequest, secrets: Secrets) -> Verified:
    """A GET signed under a live token gets its `echostr` back as it came."""
    _require_signed(request, secrets)
    echo = request.parameter("echostr")
    if not echo or len(echo) > MAX_ECHO:
        raise Rejected("echo-missing", "no text to give back", connector=KEY)
    return Verified(None, None, Reply(200, echo, "text/plain"), carries_event=False)


def check(request: RawRequest, account: Account, secrets: Secrets) -> Verified:
    """What the envelope held; of a body without one, where the account may send those, the body itself. Rejected otherwise."""
    sealed = sealed_text(request.body, connector=KEY)
    if sealed is None:
        return _plain(request, account, secrets)
    message = opened(
        sealed,
        request.parameter("msg_signature"),
        request.parameter("timestamp") or "",
        request.parameter("nonce") or "",
        tokens=secrets.all("token"),
        aes_keys=secrets.all("aes_key"),
        receivers=secrets.all("receive_id"),
    )
    return replace(_known(message, account), opened=message)


def _plain(request: RawRequest, account: Account, secrets: Secrets) -> Verified:
    """A plain body is signed by nothing that covers it. Whoever set a key, or did not ask for it, must not be talked into it."""
    asked = account.options.get("push") == PLAIN and STORE not in apps(account) and "aes_key" not in secrets.values
    if not asked or request.parameter("msg_signature") is not None:
        raise Rejected("not-encrypted", "this account takes encrypted bodies only", connector=KEY)
    _require_signed(request, secrets)
    if not request.body:
        raise Rejected("body-empty", "a push without a body", connector=KEY)
    return _known(request.body, account)


def _require_signed(request: RawRequest, secrets: Secrets) -> None:
    texts = (request.parameter("timestamp") or "", request.parameter("nonce") or "")
    if not signed(request.parameter("signature"), secrets.all("token"), *texts):
        raise Rejected("signature-mismatch", "the signature does not match", connector=KEY)


def _known(message: bytes, account: Account) -> Verified:
    try:
        found, _ = parse(message, None)
    except Permanent:
        return Verified(digest(message), None, ACKNOWLEDGEMENT)  # kept, so that it goes to quarantine
    shop = {OPTION: found.ToUserName or ""} if OPTION in account.options else None
    return Verified(_delivery(found, message), found.Event or found.MsgType, ACKNOWLEDGEMENT, shop=shop)


def sign(request: RawRequest, secrets: Secrets, now: datetime) -> RawRequest:
    """The request with its message sealed (one that is sealed stays as it is) and signed under the newest secrets.

    Without a key the body stays plain. Time and nonce that are there are kept.
    """
    body = request.body
    sealed = sealed_text(body, connector=KEY)
    if sealed is None and "aes_key" in secrets.values:
        sealed = seal(body, secrets.one("receive_id"), secrets.one("aes_key"))
        body = msgspec.json.encode({"Encrypt": sealed})
    given = dict(request.query)
    stamp, nonce = given.get("timestamp") or str(int(now.timestamp())), given.get("nonce") or "1320562132"
    token = secrets.one("token")
    query = {**given, "timestamp": stamp, "nonce": nonce}
    if sealed is None:
        query["signature"] = signature(token, stamp, nonce)
    else:
        query |= {"encrypt_type": "aes", "msg_signature": signature(token, stamp, nonce, sealed)}
    return replace(request, body=body, query=tuple(query.items()))


def parse(body: bytes, delivery_id: str | None) -> tuple[Message, bytes]:
    """The message, and the same as JSON. Permanent with the path on what is neither JSON nor XML, or still encrypted."""
    bare = as_json(body, connector=KEY)
    message = READ.decode(Message, bare, delivery_id)
    if message.Encrypt is not None and message.MsgType is None:
        raise Permanent(
            "payload-encrypted", "the body is still encrypted", connector=KEY, path="$.Encrypt", delivery_id=delivery_id
        )
    return message, bare


def _delivery(message: Message, body: bytes) -> str:
    return ident(message.MsgId) or digest(body)


def kind_of(message: Message) -> EventKind:
    """What a message is about."""
    if message.MsgType in status.SAID:
        return "message"
    return status.TOPICS.get(message.Event or "", "other")


def to_event(request: RawRequest, delivery_id: str) -> Event:
    """The one event of a message; thin where it names an order or an after-sale."""
    message, payload = parse(request.body, delivery_id)
    kind = kind_of(message)
    names = {name for name, _ in request.query}
    if "signature" in names and "msg_signature" not in names and kind not in THIN and not _harmless(message):
        kind = "other"  # nothing covers a plain body: what cannot be read again is not believed
    resource = resource_of(message, kind, delivery_id)
    return Event(
        delivery_id=_delivery(message, request.body),
        topic=message.Event or message.MsgType or "",
        kind=kind,
        resource_id=resource,
        occurred_at=moment(message, delivery_id),
        thin=kind in THIN,
        payload=payload,
    )


def _harmless(message: Message) -> bool:
    """Leaving and refusing, which can only make us say less."""
    return message.Event in ("unsubscribe", status.CHANGE_EVENT)


def moment(message: Message, delivery_id: str | None) -> datetime | None:
    """When it happened."""
    try:
        return epoch(message.CreateTime, "CreateTime")
    except Odd as odd:
        raise READ.of(odd, "$", delivery_id) from None


def resource_of(message: Message, kind: EventKind, delivery_id: str | None) -> str | None:
    """The order or after-sale that an event is about, the person where it is about one. Permanent where an event names nothing."""
    if kind == "order":
        found = digits(_named(message.order_info, delivery_id).order_id)
    elif kind == "refund":
        found = _after_sale(message, delivery_id)
    else:
        return message.FromUserName
    if found is None:
        raise READ.malformed("a push that names nothing", "$", delivery_id)
    return found


def _after_sale(message: Message, delivery_id: str | None) -> str | None:
    """The documentation names the part of a gift's event in two ways; both are looked at."""
    parts = (
        message.finder_shop_aftersale_status_update,
        message.finder_shop_present_aftersale_status_update,
        message.finder_shop_complaint,
    )
    for part in parts:
        if told(part):
            return digits(_named(part, delivery_id).after_sale_order_id)
    return None


def _named(part: msgspec.Raw, delivery_id: str | None) -> Named:
    """The ids of a part. To a service provider the object comes flattened: its values in lines, without names.

    Order ids have 19 digits, times 10; of an after-sale the first number is its own, the last the order's.
    """
    raw = bytes(part)
    if raw[:1] != b'"':
        return READ.decode(Named, raw or b"{}", delivery_id, "$")
    words = READ.decode(str, raw, delivery_id, "$").split()
    numbers = [word for word in words if digits(word)]
    if not numbers:
        return Named()
    if any(word.replace("_", "").isupper() for word in words):
        return Named(order_id=numbers[-1], after_sale_order_id=numbers[0])
    return Named(order_id=max(numbers, key=len), after_sale_order_id=numbers[0])
