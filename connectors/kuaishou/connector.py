"""Kuaishou shop (快手小店): sealed pushes as hints, orders with fees and refunds, reviews and replies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

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
    Sent,
    Target,
    Verified,
)
from chalicelib.domain.events import Canonical
from chalicelib.toolkit.loose import ident
from connectors.kuaishou import documents, pull, push, read, reviews
from connectors.kuaishou.values import HOST, KEY

ACKNOWLEDGEMENT = Reply(200, '{"result":1}', "application/json")


class KuaishouConnector:
    """Stateless; see docs/connectors/kuaishou.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Kuaishou shop (快手小店)",
        capabilities=frozenset(
            {
                Capability.RECEIVES_WEBHOOKS,
                Capability.HYDRATES,
                Capability.PULLS_ORDERS,
                Capability.PULLS_REVIEWS,
                Capability.REPLIES_TO_REVIEWS,
                Capability.AUTHORISES,
            }
        ),
        push_trust="hint",
        pushes_again=True,
        verify_secrets=("message_key", "app_key"),
        api_secrets=("app_key", "app_secret", "sign_secret", "refresh_token"),
        push_headers=frozenset(),
        api_hosts=(HOST,),
        doc="docs/connectors/kuaishou.md",
        replies={"review": reviews.LIMITS},
        shop_options=("seller_id",),
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """The body must open, under a live message key, to a message of our application: Rejected 401 otherwise. Tells the shop."""
        plain, told = push.opened(request.body, secrets)
        if push.is_heartbeat(told):
            return Verified(None, None, ACKNOWLEDGEMENT, carries_event=False, opened=plain)
        return Verified(ident(told.event_id), told.event, ACKNOWLEDGEMENT, opened=plain, shop=push.shop_of(told))

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with its body sealed, by the newest message key; one that is sealed stays as it is."""
        return request if push.is_sealed(request.body, secrets) else replace(request, body=push.sealed(request.body, secrets))

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of an opened push."""
        return (push.to_event(request.body, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order that a push names, with its fees and refunds."""
        return read.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders, then refunds, that changed in the window, at most 90 days back; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Reviews made in the window; see reviews.py."""
        return reviews.pages(since, until, cursor, api)

    def reply(self, target: Target, text: str, api: Api) -> Sent:
        """Answer a review; see reviews.py."""
        return reviews.reply(target, text, api)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.kuaishou.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.kuaishou.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders and refunds, or reviews, of our documents and of the platform's own answers."""
        return documents.to_canonical(kind, payload, ref)


CONNECTOR = KuaishouConnector()
