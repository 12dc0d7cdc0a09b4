"""eBay's notifications: the challenge, the signature under eBay's key, and what a notification is about."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterable

import msgspec

from chalicelib.contract import Account, Event, RawRequest, Reply, Secrets, Verified
from chalicelib.errors import ConfigError, Permanent, Rejected
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.decode import decoder
from chalicelib.toolkit.public_keys import DIGESTS, Digest, ecdsa_holds, ecdsa_sign, p256_key
from chalicelib.toolkit.signing import MAX_SIGNATURE, b64, unb64
from chalicelib.toolkit.texts import text
from connectors.ebay import status
from connectors.ebay.payloads import Notification
from connectors.ebay.values import KEY, READ, ident

HEADER = "x-ebay-signature"
CHALLENGE = "challenge_code"
MAX_CHALLENGE = 200
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_KEY = "public_key"
# A fetched key carries what it is used with in a line before the PEM, where PEM allows text.
_DIGEST = re.compile(r"^digest: (SHA1|SHA256)$", re.MULTILINE)


class Claim(msgspec.Struct, forbid_unknown_fields=True):
    """What the signature header says of itself. Nothing else may be in it."""

    alg: str
    kid: str
    signature: str
    digest: str


def challenge_response(code: str, token: str, endpoint: str) -> str:
    """Lower-case hex SHA-256 over code, verification token and registered address, in this order."""
    return hashlib.sha256(f"{code}{token}{endpoint}".encode()).hexdigest()


def challenge(request: RawRequest, secrets: Secrets) -> Verified:
    """The answer to a challenge. It needs no proof: it tells nothing but that token and address are ours."""
    code = request.parameter(CHALLENGE)
    if not code or len(code) > MAX_CHALLENGE:
        raise Rejected("challenge-missing", "a GET without a challenge_code", status=400, connector=KEY)
    answer = challenge_response(code, secrets.one("verification_token"), secrets.one("endpoint"))
    return Verified(None, None, Reply(200, json.dumps({"challengeResponse": answer}), "application/json"), carries_event=False)


def claim_of(request: RawRequest) -> Claim:
    """The signature header, read strictly: base64 in its one spelling, JSON of four known fields, a UUID. Rejected 401."""
    given = request.header(HEADER)
    if not given:
        raise Rejected("signature-missing", "the signature is missing or empty", connector=KEY)
    if len(given) > MAX_SIGNATURE:
        raise Rejected("signature-malformed", "the signature is too long", connector=KEY)
    try:
        claim = decoder(Claim).decode(_bytes(given))
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Rejected("signature-malformed", "the signature is none of eBay's", connector=KEY) from None
    if claim.alg.lower() != "ecdsa" or claim.digest not in DIGESTS or not _UUID.fullmatch(claim.kid):
        raise Rejected("signature-malformed", "the signature is of another kind", connector=KEY)
    return claim


def _bytes(given: str) -> bytes:
    """Base64 has spare bits, so that several texts may decode to the same bytes: only the one that encodes back is taken."""
    found = unb64(given)
    if b64(found) != given:
        raise ValueError("not the canonical base64")
    return found


def require_signed(request: RawRequest, secrets: Secrets) -> None:
    """The body is signed by a live key: Rejected 401 otherwise, ConfigError when there is none to check with.

    eBay signs the notification's JSON in compact form, which is how it is delivered; where the bytes do not verify, the same
    JSON in that form is tried, as eBay's own libraries do.
    """
    keys = _keys(secrets)
    claim = claim_of(request)
    if claim.kid in keys or "" in keys:
        found = keys.get("", ()) or keys[claim.kid]
    else:
        raise Rejected("key-unknown", "signed with a key that was not fetched", connector=KEY)
    try:
        signature = _bytes(claim.signature)
    except ValueError:
        raise Rejected("signature-malformed", "the signature is not base64", connector=KEY) from None
    if not any(_holds(pem, signature, request.body, claim) for pem in found):
        raise Rejected("signature-mismatch", "the signature does not match", connector=KEY)


def _keys(secrets: Secrets) -> dict[str, tuple[str, ...]]:
    """Keys by id; under "" those that ops configured, which hold for every id."""
    if secrets.values.get(_KEY):
        return {"": secrets.all(_KEY)}
    fetched = {name.removeprefix(f"{_KEY}:"): secrets.all(name) for name in secrets.values if name.startswith(f"{_KEY}:")}
    if not fetched:
        raise ConfigError("secret-missing", "no public key is configured or fetched", connector=KEY)
    return fetched


def _holds(pem: str, signature: bytes, body: bytes, claim: Claim) -> bool:
    digest: Digest = "SHA1" if claim.digest == "SHA1" else "SHA256"
    told = _DIGEST.search(pem)
    if told is not None and told[1] != digest:
        return False
    try:
        key = p256_key(pem)
    except ValueError:
        return False  # another live key may be whole; none that is means refused
    return any(ecdsa_holds(key, signature, message, digest) for message in _messages(body))


def _messages(body: bytes) -> Iterable[bytes]:
    yield body
    try:
        compact = msgspec.json.encode(msgspec.json.decode(body))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return
    if compact != body:
        yield compact


def signed(request: RawRequest, secrets: Secrets) -> tuple[str, ...]:
    """The header's value for a request: by the secret `private_key`, which only tests and the simulator have."""
    pem, digest = secrets.one("private_key"), "SHA1"
    names = sorted(name.removeprefix(f"{_KEY}:") for name in secrets.values if name.startswith(f"{_KEY}:"))
    kid = names[0] if names else str(uuid.UUID(bytes=hashlib.sha256(pem.encode()).digest()[:16]))
    signature = b64(ecdsa_sign(pem, request.body, "SHA1"))
    claim = {"alg": "ecdsa", "kid": kid, "signature": signature, "digest": digest}
    return (b64(msgspec.json.encode(claim)),)


def verified(request: RawRequest, account: Account) -> Verified:
    """Id and topic of a signed notification; Rejected 401 when it is another seller's. One that cannot be read goes on."""
    try:
        told = READ.decode(Notification, request.body, None)
    except Permanent:
        return Verified(None, None)
    seller, user = account.options.get("user_id"), told.notification.data.user
    if seller and user and user.user_id and user.user_id != seller:
        raise Rejected("seller-mismatch", "the notification is another seller's", connector=KEY)
    return Verified(told.notification.notification_id or None, told.metadata.topic, Reply())


def to_event(body: bytes, delivery_id: str) -> Event:
    """The event of a notification. Orders, feedback and messages are thin: only their id is taken."""
    told = READ.decode(Notification, body, delivery_id)
    topic, inner = told.metadata.topic, told.notification
    kind = status.TOPICS.get(topic, "other")
    data = inner.data
    resource: str | None = None
    if kind == "order":
        resource = ident(data.order.order_id if data.order and data.order.order_id else data.order_id)
        if resource is None:
            raise READ.malformed("a notification of an order names none", "$.notification.data.orderId", delivery_id)
    elif kind == "review":
        resource = ident(data.feedback_id)
    elif kind == "message":
        resource = ident(data.conversation_id)
    elif kind == "privacy":
        resource = text(data.username) or text(data.user_id)
    thin = kind in ("order", "review", "message") and resource is not None
    return Event(
        delivery_id=text(inner.notification_id) or delivery_id,
        topic=topic,
        kind=kind if thin or kind not in ("review", "message") else "other",  # the pull brings what a notification does not name
        resource_id=resource,
        occurred_at=utc(inner.event_date),
        thin=thin,
        payload=body.removeprefix(b"\xef\xbb\xbf"),
    )
