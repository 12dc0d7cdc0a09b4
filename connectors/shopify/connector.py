"""The Shopify connector: verification, events, canonical objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache

from chalicelib.contract import (
    Account,
    Api,
    Capability,
    ConnectorInfo,
    Event,
    EventKind,
    Page,
    RawRequest,
    Ref,
    Reply,
    Secrets,
    Verified,
)
from chalicelib.domain.events import Canonical
from chalicelib.errors import Rejected
from chalicelib.toolkit.clocks import from_iso, rfc3339
from chalicelib.toolkit.decode import read
from chalicelib.toolkit.signing import b64, hmac_sha256, require_any
from connectors.shopify import payloads
from connectors.shopify import status as words
from connectors.shopify.numbers import number, shop_of

KEY = "shopify"
OLD, NEW = "x-shopify-", "shopify-"  # classic webhooks, and Events deliveries
_NAMES = ("topic", "hmac-sha256", "shop-domain", "webhook-id", "event-id", "triggered-at")
_GID = "gid://shopify/"


class Shopify:
    """Stateless; every method is a function of its arguments."""

    info = ConnectorInfo(
        key=KEY,
        name="Shopify",
        capabilities=frozenset(
            {Capability.RECEIVES_WEBHOOKS, Capability.HYDRATES, Capability.PULLS_ORDERS, Capability.HANDLES_ERASURE}
        ),
        push_trust="signed",
        verify_secrets=("webhook_secret",),
        api_secrets=("client_id", "client_secret", "access_token"),
        marketing=frozenset({"email"}),
        push_headers=frozenset(
            {f"{prefix}{name}" for prefix in (OLD, NEW) for name in _NAMES} | {"shopify-action", "shopify-resource-id"}
        ),
        api_hosts=("*.myshopify.com",),
        doc="docs/connectors/shopify.md",
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """HMAC-SHA256 of the raw body under any live secret: Rejected 401; another shop than the account's: Rejected 404."""
        keys = secrets.all("webhook_secret")
        prefix = _prefix(request)
        given = request.header(f"{prefix}hmac-sha256")
        if not request.body:
            raise Rejected("body-empty", "an empty body carries no event", connector=KEY)
        require_any((b64(hmac_sha256(key.encode(), request.body)).encode() for key in keys), given)
        shop, told = shop_of(account), request.header(f"{prefix}shop-domain")
        if shop is not None and (told or "").strip().lower() != shop:
            raise Rejected("shop-mismatch", "the delivery is of another shop", status=404, connector=KEY)
        return Verified(request.header(f"{prefix}webhook-id") or None, _topic(request, prefix), Reply())

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:
        """The request with the HMAC header of its style, and shop and time where they are missing."""
        prefix = _prefix(request)
        headers = dict(request.headers)
        headers[f"{prefix}hmac-sha256"] = (b64(hmac_sha256(secrets.one("webhook_secret").encode(), request.body)),)
        shop = shop_of(account)
        if shop is not None:
            headers.setdefault(f"{prefix}shop-domain", (shop,))
        headers.setdefault(f"{prefix}triggered-at", (rfc3339(now),))
        return replace(request, headers=headers)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """One event a delivery; thin when the body does not hold the resource its headers name."""
        prefix = _prefix(request)
        peek = read(payloads.peek(), request.body, connector=KEY, delivery_id=ref.delivery_id)
        topic = _topic(request, prefix)
        kind = words.kind_of(topic) if topic else _kind_by_shape(peek)
        resource = request.header("shopify-resource-id") if prefix == NEW else None
        named = number(resource) if resource and resource.startswith(_GID) else None
        thin = prefix == NEW and kind in ("order", "refund", "parcel", "buyer") and not _holds(kind, peek)
        occurred = _occurred(request.header(f"{prefix}triggered-at"))
        resource_id = named or _resource_id(kind, peek)
        return (Event(ref.delivery_id, topic or "unknown", kind, resource_id, occurred, thin, request.body),)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders with their refunds, refunds, parcels, consents, privacy requests; Skippable for the other kinds."""
        return _canonical()(kind, payload, ref)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order (or customer) a thin event names; refunds and fulfilments through their order."""
        from connectors.shopify.pull import hydrated

        return hydrated(event, api)

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders updated in [since, until) through GraphQL, or REST where option `api` is "rest"."""
        from connectors.shopify.pull import pages

        return pages(since, until, cursor, api)

    def privacy_topics(self) -> tuple[str, ...]:
        """The three mandatory topics."""
        return words.PRIVACY_TOPICS


@cache
def _canonical() -> Callable[[EventKind, bytes, Ref], tuple[Canonical, ...]]:
    """The mapping, loaded on first use: a Lambda that only verifies never pays for it."""
    from connectors.shopify.objects import canonical

    return canonical


def _prefix(request: RawRequest) -> str:
    return NEW if "shopify-hmac-sha256" in request.headers or "shopify-topic" in request.headers else OLD


def _occurred(stamp: str | None) -> datetime | None:
    """The time in the header, which is not signed: one that cannot be read tells nothing and stops no order."""
    try:
        return from_iso(stamp) if stamp else None
    except ValueError:
        return None


def _topic(request: RawRequest, prefix: str) -> str | None:
    topic = request.header(f"{prefix}topic") or None
    if topic is None or prefix == OLD or "/" in topic:
        return topic
    return f"{topic}/{request.header('shopify-action') or 'update'}"


def _holds(kind: EventKind, peek: payloads.Peek) -> bool:
    if kind == "order":
        return peek.id is not None and payloads.present(peek.currency) and payloads.present(peek.line_items)
    if kind == "refund":
        return peek.id is not None and peek.order_id is not None and payloads.present(peek.transactions)
    if kind == "parcel":
        return peek.id is not None and peek.order_id is not None
    return payloads.present(peek.email_marketing_consent) or payloads.present(peek.sms_marketing_consent)


def _kind_by_shape(peek: payloads.Peek) -> EventKind:
    """For a body that comes without headers (offline): by the fields only that resource has."""
    if payloads.present(peek.currency) and payloads.present(peek.line_items):
        return "order"
    if peek.order_id is not None:
        return (
            "refund"
            if payloads.present(peek.refund_line_items)
            else "parcel"
            if payloads.present(peek.tracking_number)
            else "other"
        )
    if payloads.present(peek.shop_domain):
        return "privacy"
    return "buyer" if payloads.present(peek.email_marketing_consent) or payloads.present(peek.sms_marketing_consent) else "other"


def _resource_id(kind: EventKind, peek: payloads.Peek) -> str | None:
    found = peek.id if peek.id is not None else peek.customer_id if kind == "buyer" else None
    if found is None:
        return None
    text = str(found)
    return number(text) if text.startswith(_GID) else text


CONNECTOR = Shopify()
