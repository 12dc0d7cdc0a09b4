"""Pushes of Weibo's fans' service. The signature covers time and nonce only, never the body: a hint."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from chalicelib.contract import Account, Event, EventKind, RawRequest, Reply, Secrets, Verified
from chalicelib.errors import ConfigError, Permanent, Rejected
from chalicelib.toolkit.clocks import require_fresh
from chalicelib.toolkit.loose import Odd, ident
from chalicelib.toolkit.signing import require_any
from chalicelib.toolkit.texts import digits
from connectors.weibo import status
from connectors.weibo.payloads import Push, PushData
from connectors.weibo.values import KEY, READ, moment

SIGNATURE, TIME, NONCE, ECHO = "signature", "timestamp", "nonce", "echostr"
MAX_ECHO, MAX_NONCE = 200, 64
TOLERANCE_OPTION, TOLERANCE = "tolerance_seconds", 300
THIN = frozenset({"message", "contact", "review"})


def signature(app_secret: str, stamp: str, nonce: str) -> str:
    """Lower-case hex SHA-1 of secret, time and nonce, sorted as texts and joined."""
    return hashlib.sha1("".join(sorted((app_secret, stamp, nonce))).encode(), usedforsecurity=False).hexdigest()


def check(request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> None:
    """All three parameters must be there, and fit under a live secret, now: Rejected 401 otherwise."""
    app_secrets = secrets.all("app_secret")
    stamp, nonce = request.parameter(TIME), request.parameter(NONCE)
    if not stamp or not nonce or len(nonce) > MAX_NONCE or len(stamp) > MAX_NONCE:
        raise Rejected("signature-missing", "time and nonce of the signature are missing", connector=KEY)
    require_any([signature(secret, stamp, nonce).encode() for secret in app_secrets], request.parameter(SIGNATURE))
    tolerance = _tolerance(account)
    if tolerance:
        # Milliseconds in the documented example; seconds are told apart by their length.
        require_fresh(stamp[:-3] if len(stamp) == 13 else stamp, now, tolerance)


def _tolerance(account: Account) -> timedelta:
    told = account.options.get(TOLERANCE_OPTION, str(TOLERANCE))
    if not (told.isascii() and told.isdigit() and len(told) < 7):
        raise ConfigError("option-malformed", f"the option {TOLERANCE_OPTION} is a number of seconds", connector=KEY)
    return timedelta(seconds=int(told))


def handshake(request: RawRequest) -> Verified:
    """The check of the address: its challenge goes back as it came."""
    challenge = request.parameter(ECHO)
    if not challenge or len(challenge) > MAX_ECHO or not challenge.isascii() or not challenge.isprintable():
        raise Rejected("challenge-missing", "no challenge to answer", connector=KEY)
    return Verified(None, None, Reply(200, challenge, "text/plain"), carries_event=False)


def accepted(request: RawRequest) -> Verified:
    """A push, acknowledged by an empty answer, which also says that nothing is replied. Rejected 400 where it cannot be read."""
    try:
        push = READ.decode(Push, request.body, None)
    except Permanent as error:
        raise Rejected("body-malformed", error.detail, status=400, connector=KEY, path=error.path) from None
    receiver = digits(push.receiver_id)
    if not push.type or receiver is None:
        raise Rejected("body-malformed", "a push that names no receiver", status=400, connector=KEY, path="$.receiver_id")
    return Verified(None, kind_of(push)[0], Reply(), shop={"uid": receiver})


def kind_of(push: Push) -> tuple[str, EventKind]:
    """Topic and kind of a push; unknown types and subtypes are `other`, which is ignored."""
    subtype = (push.data or PushData()).subtype or ""
    if push.type == status.EVENT:
        kind = status.KINDS.get(subtype, "other") if subtype in (*status.CONTACTS, status.MENTION) else "other"
        return f"{status.EVENT}/{subtype}", kind
    kind = status.KINDS.get(push.type or "", "other") if push.type in (*status.MESSAGES, status.MENTION) else "other"
    return push.type or "", kind


def mark_of(push: Push) -> str:
    """A push has no id: who said what to whom, and when, is told by a digest."""
    data = push.data or PushData()
    parts = (push.type, push.receiver_id, push.sender_id, push.created_at, push.text, data.subtype, data.key, data.vfid)
    return hashlib.sha256("\n".join([str(part) for part in parts]).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def to_event(body: bytes, delivery_id: str) -> Event:
    """The one event of a push: thin for what the API can be asked about."""
    push = READ.decode(Push, body, delivery_id)
    topic, kind = kind_of(push)
    sender = digits(push.sender_id)
    resource = ident((push.data or PushData()).key) if kind == "review" else sender
    if kind in THIN and (resource is None or sender is None):
        raise READ.malformed("a push that names nobody", "$.sender_id", delivery_id)
    try:
        at = moment(push.created_at, "created_at")
    except Odd as odd:
        raise READ.of(odd, "$", delivery_id) from None
    return Event(mark_of(push), topic, kind, resource, at, thin=kind in THIN, payload=body.removeprefix(b"\xef\xbb\xbf"))
