"""The Shopify connector: verification, events, canonical objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from chalicelib.contract import (
    Account,
    Api,
    Authorised,
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
from chalicelib.errors import Rejected
from chalicelib.subscribing import PushSubscription
from chalicelib.toolkit.clocks import rfc3339
from chalicelib.toolkit.signing import b64, hmac_sha256, require_any
from connectors.shopify.headers import KEY, NEW, OLD, prefix_of, shop_named, shop_of, topic_of

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical

_NAMES = ("topic", "hmac-sha256", "shop-domain", "webhook-id", "event-id", "triggered-at")


class Shopify:
    """Stateless; every method is a function of its arguments."""

    info = ConnectorInfo(
        key=KEY,
        name="Shopify",
        capabilities=frozenset(
            {
                Capability.RECEIVES_WEBHOOKS,
                Capability.RECEIVES_FEED,
                Capability.HYDRATES,
                Capability.PULLS_ORDERS,
                Capability.HANDLES_ERASURE,
                Capability.REGISTERS_PUSH,
                Capability.AUTHORISES,
                Capability.REVOKES_TOKENS,
            }
        ),
        push_trust="signed",
        verify_secrets=("webhook_secret",),
        api_secrets=("client_id", "client_secret", "access_token"),
        marketing=frozenset({"email", "sms", "whatsapp"}),
        push_headers=frozenset(
            {f"{prefix}{name}" for prefix in (OLD, NEW) for name in _NAMES} | {"shopify-action", "shopify-resource-id"}
        ),
        api_hosts=("*.myshopify.com",),
        doc="docs/connectors/shopify.md",
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """HMAC-SHA256 of the raw body under any live secret: Rejected 401. Tells the shop of its headers."""
        keys = secrets.all("webhook_secret")
        prefix = prefix_of(request)
        given = request.header(f"{prefix}hmac-sha256")
        if not request.body:
            raise Rejected("body-empty", "an empty body carries no event", connector=KEY)
        require_any((b64(hmac_sha256(key.encode(), request.body)).encode() for key in keys), given)
        shop = shop_named(request, prefix, account)
        return Verified(request.header(f"{prefix}webhook-id") or None, topic_of(request, prefix), Reply(), shop=shop)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:
        """The request with the HMAC header of its style, and shop and time where they are missing."""
        prefix = prefix_of(request)
        headers = dict(request.headers)
        headers[f"{prefix}hmac-sha256"] = (b64(hmac_sha256(secrets.one("webhook_secret").encode(), request.body)),)
        shop = shop_of(account)
        if shop is not None:
            headers.setdefault(f"{prefix}shop-domain", (shop,))
        headers.setdefault(f"{prefix}triggered-at", (rfc3339(now),))
        return replace(request, headers=headers)

    def address(self, body: bytes) -> Mapping[str, str]:
        """The shop that a record of the event bus is of, by its short name."""
        from connectors.shopify.bus import record_shop

        return {"shop": record_shop(body)}

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """One event a delivery; thin when the body does not hold the resource its headers name.

        A record of the event bus comes without headers and holds them.
        """
        from connectors.shopify.bus import unwrapped
        from connectors.shopify.cut import events, is_record

        return events(unwrapped(request, ref.delivery_id) if is_record(request) else request, ref)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.shopify.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.shopify.consent import exchange

        return exchange(answer, redirect_uri, api)

    def revoke(self, api: Api) -> None:
        """Remove the application from the shop; see consent.py."""
        from connectors.shopify.consent import revoke

        revoke(api)

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

    def push_topics(self, account: Account) -> tuple[str, ...]:
        """Where option `webhooks` is "shop", the topics of orders; else none: they are the app's configuration."""
        from connectors.shopify.subscriptions import topics

        return topics(account)

    def subscriptions(self, address: str, api: Api) -> tuple[PushSubscription, ...]:
        """The shop's subscriptions to `address`; see subscriptions.py."""
        from connectors.shopify.subscriptions import listed

        return listed(address, api)

    def subscribe(self, topic: str, address: str, off: PushSubscription | None, api: Api) -> None:  # noqa: ARG002  # none is ever off
        """Subscribe `address` to a topic."""
        from connectors.shopify.subscriptions import make

        make(topic, address, api)

    def privacy_topics(self) -> tuple[str, ...]:
        """The three mandatory topics."""
        from connectors.shopify.status import PRIVACY_TOPICS

        return PRIVACY_TOPICS


@cache
def _canonical() -> Callable[[EventKind, bytes, Ref], tuple[Canonical, ...]]:
    """The mapping, loaded on first use: a Lambda that only verifies never pays for it."""
    from connectors.shopify.objects import canonical

    return canonical


CONNECTOR = Shopify()
