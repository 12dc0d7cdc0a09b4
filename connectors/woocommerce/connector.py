"""The WooCommerce connector: verification, events, canonical objects, the shop's own REST API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

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
    Sent,
    Target,
    Verified,
)
from chalicelib.domain.voice import SayLimits
from chalicelib.subscribing import PushSubscription
from chalicelib.toolkit.signing import require_any
from connectors.woocommerce.push import KEY, SIGNATURE, SOURCE, TOPIC, candidates, is_ping, require_shop, signature, to_event

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical

LONGEST_COMMENT = 65_525  # bytes, WordPress's own limit


class WooCommerce:
    """Stateless; every method is a function of its arguments. See docs/connectors/woocommerce.md."""

    info = ConnectorInfo(
        key=KEY,
        name="WooCommerce",
        capabilities=frozenset(
            {
                Capability.RECEIVES_WEBHOOKS,
                Capability.HYDRATES,
                Capability.PULLS_ORDERS,
                Capability.PULLS_REVIEWS,
                Capability.REPLIES_TO_REVIEWS,
                Capability.REGISTERS_PUSH,
            }
        ),
        push_trust="signed",
        verify_secrets=("webhook_secret",),
        api_secrets=("consumer_key", "consumer_secret", "wordpress_user", "wordpress_password"),
        push_headers=frozenset({TOPIC, SOURCE, SIGNATURE, "x-wc-webhook-resource", "x-wc-webhook-event", "x-wc-webhook-id"}),
        host_option="store_url",
        marketing=frozenset({"email", "sms", "whatsapp"}),
        doc="docs/connectors/woocommerce.md",
        replies={"review": SayLimits(longest=LONGEST_COMMENT, unit="bytes", html=True)},
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """HMAC-SHA256 of the raw body under any live secret: Rejected 401; another shop: 404. A ping is answered, and is no event.

        The delivery id is the second of the delivery, so that two orders may carry the same: the core's digest stands in.
        """
        if is_ping(request):
            return Verified(None, None, Reply(), carries_event=False)
        require_any(candidates(secrets.all("webhook_secret"), request.body), request.header(SIGNATURE))
        require_shop(request, account)
        return Verified(None, request.header(TOPIC), Reply())

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with the signature header, and the shop's address where it is missing."""
        headers = {**request.headers, SIGNATURE: (signature(secrets.one("webhook_secret"), request.body),)}
        shop = account.options.get("store_url")
        if shop:
            headers.setdefault(SOURCE, (shop,))
        return replace(request, headers=headers)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a delivery."""
        return (to_event(request, ref),)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders with their refunds, refunds, reviews; Skippable for the other kinds."""
        return _canonical()(kind, payload, ref)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read an order's refunds, and the order where the delivery names it only; see pull.py."""
        from connectors.woocommerce.pull import hydrated

        return hydrated(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders modified in [since, until)."""
        from connectors.woocommerce.pull import orders

        return orders(since, until, cursor, api)

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Reviews written in [since, until), the newest first."""
        from connectors.woocommerce.pull import reviews

        return reviews(since, until, cursor, api)

    def push_topics(self, account: Account) -> tuple[str, ...]:  # noqa: ARG002  # the same in every shop
        """The topics of orders."""
        from connectors.woocommerce.subscriptions import TOPICS

        return TOPICS

    def subscriptions(self, address: str, api: Api) -> tuple[PushSubscription, ...]:
        """The shop's webhooks to `address`."""
        from connectors.woocommerce.subscriptions import listed

        return listed(address, api)

    def subscribe(self, topic: str, address: str, off: PushSubscription | None, api: Api) -> None:
        """Make a webhook, or switch on the one that is off."""
        from connectors.woocommerce.subscriptions import make

        make(topic, address, off, api)

    def reply(self, target: Target, text: str, api: Api) -> Sent:
        """A comment below the review, by the WordPress user whose application password is configured."""
        from connectors.woocommerce.api import comment

        return comment(target, text, api)


@cache
def _canonical() -> Callable[[EventKind, bytes, Ref], tuple[Canonical, ...]]:
    """The mapping, loaded on first use: a Lambda that only verifies never pays for it."""
    from connectors.woocommerce.objects import canonical

    return canonical


CONNECTOR = WooCommerce()
