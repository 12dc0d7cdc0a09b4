"""The Shopify connector: verification, events, canonical objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import msgspec

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
from chalicelib.domain.events import Canonical, Consent, Parcel, PrivacyRequest
from chalicelib.errors import Permanent, Rejected, Skippable
from chalicelib.toolkit.clocks import from_iso
from chalicelib.toolkit.decode import at, read
from chalicelib.toolkit.signing import b64, hmac_sha256, require_any
from connectors.shopify import graphql, mapping, payloads, pull
from connectors.shopify import status as words
from connectors.shopify.api import shop_of
from connectors.shopify.numbers import utc

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
        headers.setdefault(f"{prefix}triggered-at", (now.isoformat(),))
        return replace(request, headers=headers)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """One event a delivery; thin when the body does not hold the resource its headers name."""
        prefix = _prefix(request)
        peek = read(payloads.peek(), request.body, connector=KEY, delivery_id=ref.delivery_id)
        topic = _topic(request, prefix)
        kind = words.kind_of(topic) if topic else _kind_by_shape(peek)
        resource = request.header("shopify-resource-id") if prefix == NEW else None
        named = graphql.number(resource) if resource and resource.startswith(_GID) else None
        thin = prefix == NEW and kind in ("order", "refund", "parcel", "buyer") and not _holds(kind, peek)
        stamp = request.header(f"{prefix}triggered-at")
        occurred = at(f"{prefix}triggered-at", from_iso, stamp, connector=KEY, delivery_id=ref.delivery_id) if stamp else None
        resource_id = named or _resource_id(kind, peek)
        return (Event(ref.delivery_id, topic or "unknown", kind, resource_id, occurred, thin, request.body),)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders with their refunds, refunds, parcels, consents, privacy requests; Skippable for the other kinds."""
        if kind == "order":
            return _orders(payload, ref)
        if kind == "refund":
            return _refunds(payload, ref)
        if kind == "parcel":
            return _parcels(payload, ref)
        if kind == "buyer":
            return _consents(payload, ref)
        if kind == "privacy":
            return (_privacy(payload, ref),)
        raise Skippable("kind-ignored", f"{kind} has no mapping", connector=KEY, delivery_id=ref.delivery_id)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order (or customer) a thin event names; refunds and fulfilments through their order."""
        return pull.hydrated(event, api)

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders updated in [since, until) through GraphQL, or REST where option `api` is "rest"."""
        return pull.pages(since, until, cursor, api)

    def privacy_topics(self) -> tuple[str, ...]:
        """The three mandatory topics."""
        return words.PRIVACY_TOPICS


def _prefix(request: RawRequest) -> str:
    return NEW if "shopify-hmac-sha256" in request.headers or "shopify-topic" in request.headers else OLD


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
    return graphql.number(text) if text.startswith(_GID) else text


def _orders(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    try:
        top = read(payloads.orders(), payload, connector=KEY, delivery_id=ref.delivery_id)
    except Permanent:
        # A GraphQL node shares names with REST under other types; what has a global id is one.
        if not _is_node(payload):
            raise
        return mapping.order_and_refunds(graphql.order_in_node(payload, ref), ref)
    if top.id is not None:
        if isinstance(top.id, str) and top.id.startswith(_GID):
            return mapping.order_and_refunds(graphql.order_in_node(payload, ref), ref)
        return mapping.order_and_refunds(top, ref)
    if payloads.present(top.data):
        bodies = graphql.orders_in_data(bytes(top.data), ref)
    elif top.orders is not None:
        bodies = top.orders
    else:
        return mapping.order_and_refunds(top if top.order is None else top.order, ref)
    return tuple(each for body in bodies for each in mapping.order_and_refunds(body, ref))


def _is_node(payload: bytes) -> bool:
    try:
        found = payloads.peek().decode(payload).id
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return isinstance(found, str) and found.startswith(_GID)


def _refunds(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    top = read(payloads.refunds(), payload, connector=KEY, delivery_id=ref.delivery_id)
    if top.refunds is not None:
        return tuple(mapping.refund(each, ref) for each in top.refunds)
    body = top.refund or read(payloads.refund(), payload, connector=KEY, delivery_id=ref.delivery_id)
    return (mapping.refund(body, ref),)


def _parcels(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    top = read(payloads.fulfilments(), payload, connector=KEY, delivery_id=ref.delivery_id)
    if top.fulfillments is not None:
        bodies = top.fulfillments
    else:
        bodies = [top.fulfillment or read(payloads.fulfilment(), payload, connector=KEY, delivery_id=ref.delivery_id)]
    found = tuple(_parcel(each, ref) for each in bodies if mapping.travels(each))
    if not found:
        raise Skippable("fulfilment-void", "cancelled or failed: nothing travels", connector=KEY, delivery_id=ref.delivery_id)
    return found


def _parcel(body: payloads.FulfilmentBody, ref: Ref) -> Parcel:
    if body.order_id is None:
        raise _malformed("$.order_id", "a required field is missing", ref)
    account = ref.account
    shipment = mapping.shipment(body)
    return Parcel(account.merchant, account.platform, account.account, str(body.order_id), shipment, utc(body.updated_at))


def _consents(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    top = read(payloads.customers(), payload, connector=KEY, delivery_id=ref.delivery_id)
    body = top.customer or top
    buyer = body.id if body.id is not None else body.customer_id
    if buyer is None:
        raise _malformed("$.id", "a required field is missing", ref)
    told = [
        Consent(
            *_owner(ref), str(buyer), channel, consent.state.lower() == words.CONSENT_GRANTED, utc(consent.consent_updated_at), KEY
        )
        for channel, consent in (("email", body.email_marketing_consent), ("sms", body.sms_marketing_consent))
        if consent is not None and consent.state
    ]
    if body.email_marketing_consent is None and body.accepts_marketing is not None:
        # Bodies of older API versions.
        told.append(Consent(*_owner(ref), str(buyer), "email", body.accepts_marketing, utc(body.accepts_marketing_updated_at), KEY))
    if not told:
        raise Skippable("consent-not-told", "the customer carries no consent", connector=KEY, delivery_id=ref.delivery_id)
    return tuple(told)


def _privacy(payload: bytes, ref: Ref) -> PrivacyRequest:
    """Which request it is shows by the fields: topic headers are not signed, and an erasure must not rest on one."""
    body = read(payloads.privacy(), payload, connector=KEY, delivery_id=ref.delivery_id)
    shop = shop_of(ref.account)
    if shop is not None and body.shop_domain.lower() != shop:
        raise _malformed("$.shop_domain", "the request is of another shop", ref)
    if payloads.present(body.data_request) or body.orders_requested is not None:
        kind, orders = "export", body.orders_requested or []
    elif body.customer is not None or body.orders_to_redact is not None:
        kind, orders = "erase_buyer", body.orders_to_redact or []
    else:
        kind, orders = "erase_account", []
    buyer = None if body.customer is None or body.customer.id is None else str(body.customer.id)
    return PrivacyRequest(*_owner(ref), kind, buyer, tuple(str(each) for each in orders), None)


def _owner(ref: Ref) -> tuple[str, str, str]:
    return ref.account.merchant, ref.account.platform, ref.account.account


def _malformed(path: str, detail: str, ref: Ref) -> Permanent:
    return Permanent("payload-malformed", detail, connector=KEY, path=path, delivery_id=ref.delivery_id)


CONNECTOR = Shopify()
