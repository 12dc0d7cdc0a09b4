"""Pushes of WeCom: the check of the address, the envelope, and the cutting into events."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from chalicelib.contract import Account, Event, EventKind, RawRequest, Reply, Secrets, Verified
from chalicelib.errors import Permanent, Rejected
from chalicelib.toolkit.clocks import require_fresh
from chalicelib.toolkit.loose import Odd, epoch, ident
from chalicelib.toolkit.wechat_aes import as_json, digest, opened, seal, sealed_text, signature
from connectors.wecom import status
from connectors.wecom.payloads import Message
from connectors.wecom.values import KEY, READ, known

ACKNOWLEDGEMENT = Reply(200, "success", "text/plain")
TOLERANCE = timedelta(minutes=5)  # ours: the platform prescribes none, and tries again within seconds
OPTION = "corp_id"
_ECHO = re.compile(rb"[A-Za-z0-9_+/=-]{1,128}")  # what is to be given back is a number [docs]; a message has blanks or brackets
DETAILS = "details"


def check_address(request: RawRequest, secrets: Secrets) -> Verified:
    """A GET whose `echostr` is sealed for us is answered with what it holds, as bare text.

    A push is signed in the same way. Whoever saw one must not have it opened by handing it in as an address check.
    """
    echo = (request.parameter("echostr") or "").replace(" ", "+")  # a plus that was decoded twice
    text = _opened(echo, request, secrets)
    if not _ECHO.fullmatch(text):
        raise Rejected("envelope-refused", "the signature, or what it covers, does not fit", connector=KEY)
    return Verified(None, None, Reply(200, text.decode("ascii"), "text/plain"), carries_event=False)


def check(request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
    """What the envelope held. Rejected 401 on anything that is not sealed for us, or was stamped long ago."""
    sealed = sealed_text(request.body, connector=KEY)
    if sealed is None:
        raise Rejected("not-encrypted", "WeCom sends encrypted bodies only", connector=KEY)
    message = _opened(sealed, request, secrets)
    require_fresh(request.parameter("timestamp"), now, TOLERANCE)
    return replace(_known(message, account), opened=message)


def _opened(sealed: str, request: RawRequest, secrets: Secrets) -> bytes:
    return opened(
        sealed,
        request.parameter("msg_signature"),
        request.parameter("timestamp") or "",
        request.parameter("nonce") or "",
        tokens=secrets.all("token"),
        aes_keys=secrets.all("aes_key"),
        receivers=secrets.all("receive_id"),
    )


def _known(body: bytes, account: Account) -> Verified:
    try:
        message, _ = parse(body, None)
    except Permanent:
        return Verified(digest(body), None, ACKNOWLEDGEMENT)  # kept, so that it goes to quarantine
    shop = {OPTION: message.ToUserName or message.AuthCorpId or ""} if OPTION in account.options else None
    return Verified(delivery_of(message, body), topic_of(message), ACKNOWLEDGEMENT, shop=shop)


def sign(request: RawRequest, secrets: Secrets, now: datetime) -> RawRequest:
    """The request with its message sealed (one that is sealed stays as it is) and signed, under the newest secrets."""
    body, sealed = request.body, sealed_text(request.body, connector=KEY)
    if sealed is None:
        sealed = seal(body, secrets.one("receive_id"), secrets.one("aes_key"))
        body = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
    given = dict(request.query)
    stamp, nonce = given.get("timestamp") or str(int(now.timestamp())), given.get("nonce") or "1372623149"
    signed = signature(secrets.one("token"), stamp, nonce, sealed)
    query = {**given, "timestamp": stamp, "nonce": nonce, "msg_signature": signed}
    return replace(request, body=body, query=tuple(query.items()))


def parse(body: bytes, delivery_id: str | None) -> tuple[Message, bytes]:
    """The message, and the same as JSON. Permanent with the path on what is neither JSON nor XML, or still encrypted."""
    bare = as_json(body, connector=KEY)
    message = READ.decode(Message, bare, delivery_id)
    if message.Encrypt is not None or message.encrypt is not None:
        raise Permanent(
            "payload-encrypted", "the body is still encrypted", connector=KEY, path="$.Encrypt", delivery_id=delivery_id
        )
    return message, bare


def delivery_of(message: Message, body: bytes) -> str:
    """`MsgId`, which events do not have; then what the body says."""
    return ident(message.MsgId) or digest(body)


def event_of(message: Message) -> str:
    """The event, as either kind of application is told it."""
    return message.Event or message.InfoType or ""


def topic_of(message: Message) -> str:
    """Event and change, or the type of a message."""
    return "/".join([part for part in (event_of(message) or message.MsgType, message.ChangeType) if part])


def moment(message: Message, delivery_id: str | None) -> datetime | None:
    """When it happened."""
    try:
        return epoch(message.CreateTime, "CreateTime") or epoch(message.TimeStamp, "TimeStamp")
    except Odd as odd:
        raise READ.of(odd, "$", delivery_id) from None


def to_events(body: bytes, delivery_id: str) -> tuple[Event, ...]:
    """What a message says by itself, and what is to be read.

    A new customer is told at once, for the code that greets them lives 20 seconds; name and tags are read beside that.
    """
    message, payload = parse(body, delivery_id)
    change = message.ChangeType if event_of(message) == status.EXTERNAL else None
    told = Event(
        delivery_id=delivery_of(message, body),
        topic=topic_of(message),
        kind=_kind(message, change),
        resource_id=known(ident(message.ExternalUserID)),
        occurred_at=moment(message, delivery_id),
        thin=False,
        payload=payload,
    )
    if told.kind == "contact" and told.resource_id is None:
        raise READ.malformed("a change of nobody", "$.ExternalUserID", delivery_id)
    if change not in status.READ_AGAIN:
        return (told,)
    details = replace(told, delivery_id=f"{told.delivery_id}:{DETAILS}", thin=True)
    return (details,) if change == status.EDITED else (told, replace(details, payload=_without_code(payload)))


def _kind(message: Message, change: str | None) -> EventKind:
    if change in status.STATES or change in status.READ_AGAIN:
        return "contact"
    if change in status.OTHER_CHANGES or event_of(message) in status.IGNORED or message.MsgType not in (None, "event"):
        return "account"
    return "other"


def _without_code(payload: bytes) -> bytes:
    """Two tellings of one code would be two greetings."""
    told = READ.decode(dict[str, msgspec.Raw], payload, None)
    return msgspec.json.encode({name: value for name, value in told.items() if name != "WelcomeCode"})
