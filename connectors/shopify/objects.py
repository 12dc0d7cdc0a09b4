"""Canonical objects from each kind of payload. Loaded on the first one, so that receiving a push stays light."""

from __future__ import annotations

import msgspec

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.events import Canonical, Consent, Parcel, PrivacyRequest
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.decode import read
from connectors.shopify import graphql, mapping, payloads, refunds
from connectors.shopify import status as words
from connectors.shopify.headers import shop_of

KEY = "shopify"
_GID = "gid://shopify/"


def canonical(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
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
        return tuple(refunds.refund(each, ref) for each in top.refunds)
    body = top.refund or read(payloads.refund(), payload, connector=KEY, delivery_id=ref.delivery_id)
    return (refunds.refund(body, ref),)


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
    named = body.shop_domain or body.myshopify_domain
    if named is None:
        raise _malformed("$.shop_domain", "the request names no shop", ref)
    if shop is not None and named.lower() != shop:
        raise _malformed("$.shop_domain", "the request is of another shop", ref)
    if payloads.present(body.data_request) or body.orders_requested is not None:
        kind, orders = "export", body.orders_requested or []
    elif body.customer is not None or body.orders_to_redact is not None:
        kind, orders = "erase_buyer", body.orders_to_redact or []
    else:
        # Whether the application is gone indeed is asked of the API before anything is erased.
        kind, orders = "erase_account" if body.shop_domain else "uninstalled", []
    buyer = None if body.customer is None or body.customer.id is None else str(body.customer.id)
    return PrivacyRequest(*_owner(ref), kind, buyer, tuple(str(each) for each in orders), None)


def _owner(ref: Ref) -> tuple[str, str, str]:
    return ref.account.merchant, ref.account.platform, ref.account.account


def _malformed(path: str, detail: str, ref: Ref) -> Permanent:
    return Permanent("payload-malformed", detail, connector=KEY, path=path, delivery_id=ref.delivery_id)
