"""Deliveries of WooCommerce: the signature, the ping that has none, whose shop it is, and the event in it."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from chalicelib.contract import Account, Event, EventKind, RawRequest, Ref
from chalicelib.errors import Permanent, Rejected
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.loose import Reader, told
from chalicelib.toolkit.signing import b64, hmac_sha256
from connectors.woocommerce import status as words
from connectors.woocommerce.payloads import Peek

KEY = "woocommerce"
SIGNATURE, TOPIC, SOURCE = "x-wc-webhook-signature", "x-wc-webhook-topic", "x-wc-webhook-source"
READ = Reader(KEY)
_PING = re.compile(rb"webhook_id=[0-9]{1,20}")


def signature(secret: str, body: bytes) -> str:
    """Base64 HMAC-SHA256 of the raw body."""
    return b64(hmac_sha256(secret.encode(), body))


def candidates(secrets: tuple[str, ...], body: bytes) -> list[bytes]:
    """What any live secret would sign. The shop reads HTML entities out of the secret before it signs, so both spellings do."""
    spellings = dict.fromkeys(spelling for secret in secrets for spelling in (secret, html.unescape(secret)))
    return [signature(spelling, body).encode() for spelling in spellings]


def is_ping(request: RawRequest) -> bool:
    """The form that the shop posts, unsigned, while a webhook is saved; it demands 200 and carries nothing."""
    form = (request.header("content-type") or "").partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"
    return form and request.header(SIGNATURE) is None and _PING.fullmatch(request.body) is not None


def require_shop(request: RawRequest, account: Account) -> None:
    """Refuse a delivery of another shop than the account's, where both are told. http or https, a slash more: all one."""
    ours, theirs = account.options.get("store_url"), request.header(SOURCE)
    if ours and theirs and _place(ours) != _place(theirs):
        raise Rejected("shop-mismatch", "the delivery is of another shop", status=404, connector=KEY)


def to_event(request: RawRequest, ref: Ref) -> Event:
    """The one event of a delivery; thin where refunds have to be read one by one, or the body is an id alone."""
    peek = READ.decode(Peek, request.body, ref.delivery_id)
    topic = request.header(TOPIC)
    kind = words.kind_of(topic) if topic else _kind_by_shape(peek)
    if peek.id is None and kind != "other":
        detail = "the webhook's user may not read the resource" if peek.code else "a body without an id"
        raise Permanent("payload-malformed", detail, connector=KEY, path="$.id", delivery_id=ref.delivery_id)
    at = peek.date_modified_gmt or peek.date_created_gmt
    return Event(
        delivery_id=ref.delivery_id,
        topic=topic or "unknown",
        kind=kind,
        resource_id=None if peek.id is None else str(peek.id),
        occurred_at=utc(at),
        thin=kind == "order" and is_thin(peek, topic),
        payload=request.body,
    )


def is_thin(peek: Peek, topic: str | None = None) -> bool:
    """Whether an order has to be read: an id alone, or refunds of which the order does not tell the day."""
    return topic == words.DELETED or not told(peek.line_items) or bool(peek.refunds)


def _kind_by_shape(peek: Peek) -> EventKind:
    """For a body that comes without headers (offline)."""
    return "order" if told(peek.line_items) else "review" if told(peek.review) else "other"


def _place(address: str) -> tuple[str, str]:
    """Host and path of a shop's address, for telling shops apart."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = (parts.hostname or "").lower()
    except ValueError:
        return "", address
    return host.removeprefix("www."), parts.path.rstrip("/")
