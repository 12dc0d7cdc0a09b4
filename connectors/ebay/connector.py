"""The eBay connector: notifications and their challenge, orders, feedback, messages, erasure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
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
    Secrets,
    Sent,
    Target,
    Verified,
)
from chalicelib.domain.voice import SayLimits
from connectors.ebay import push
from connectors.ebay.values import KEY

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical


class Ebay:
    """Stateless; see docs/connectors/ebay.md."""

    info = ConnectorInfo(
        key=KEY,
        name="eBay",
        capabilities=frozenset(
            {
                Capability.RECEIVES_WEBHOOKS,
                Capability.FETCHES_KEYS,
                Capability.HYDRATES,
                Capability.PULLS_ORDERS,
                Capability.PULLS_REVIEWS,
                Capability.REPLIES_TO_REVIEWS,
                Capability.SENDS_MESSAGES,
                Capability.HANDLES_ERASURE,
                Capability.AUTHORISES,
            }
        ),
        push_trust="signed",
        verify_secrets=("verification_token", "endpoint"),
        # `public_key` is optional: with it no key is fetched.
        api_secrets=("client_id", "client_secret", "refresh_token", "public_key"),
        push_headers=frozenset({push.HEADER}),
        api_hosts=("api.ebay.com", "api.sandbox.ebay.com"),
        doc="docs/connectors/ebay.md",
        replies={"review": SayLimits(longest=500, once=True)},
        messages=SayLimits(longest=2000, order_only=True),
    )

    own_key = "public_key"

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """A GET is a challenge and is answered; anything else must carry eBay's signature: Rejected 401 otherwise."""
        if request.method.upper() == "GET":
            return push.challenge(request, secrets)
        push.require_signed(request, secrets)
        return push.verified(request, account)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with a signature by the secret `private_key`, which tests and the simulator bring: eBay keeps its own."""
        return replace(request, headers={**request.headers, push.HEADER: push.signed(request, secrets)})

    def key_id(self, request: RawRequest) -> str | None:
        """The id of eBay's key, a UUID; None for a challenge."""
        return None if request.method.upper() == "GET" else push.claim_of(request).kid

    def fetch_key(self, key_id: str, api: Api) -> str:
        """The key in PEM, after a line that names its digest."""
        from connectors.ebay.api import fetch_key

        return fetch_key(key_id, api)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a notification."""
        return (push.to_event(request.body, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order, feedback or conversation that a notification names, with the seller's own token."""
        from connectors.ebay.hydrate import hydrate

        return hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Changed orders of the window, then returns that began in it or in the 45 days before."""
        from connectors.ebay.pull import pages

        return pages(since, until, cursor, api)

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Feedback that buyers left, the newest first."""
        from connectors.ebay.feedback import pages

        return pages(since, until, cursor, api)

    def reply(self, target: Target, text: str, api: Api) -> Sent:
        """Reply to a feedback, once."""
        from connectors.ebay.feedback import reply

        return reply(target, text, api)

    def send_message(self, target: Target, text: str, api: Api) -> Sent:
        """Write into a conversation, or to an order's buyer about what was bought."""
        from connectors.ebay.messages import send

        return send(target, text, api)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.ebay.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.ebay.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders with refunds and returns, feedback, messages, erasures; Skippable for the other kinds."""
        from connectors.ebay.objects import canonical

        return canonical(kind, payload, ref)

    def privacy_topics(self) -> tuple[str, ...]:
        """The topic that every application has to take."""
        from connectors.ebay.status import ERASURE

        return (ERASURE,)


CONNECTOR = Ebay()
