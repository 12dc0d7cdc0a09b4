"""Mercado Libre: notifications as hints, what they name read again through the API, pulls, answers, messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
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
    Sent,
    Target,
    Verified,
)
from chalicelib.domain.voice import SayLimits
from connectors.mercadolibre import push
from connectors.mercadolibre.values import HOST, KEY

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical

ACKNOWLEDGEMENT = Reply(200, "", "text/plain")


class MercadoLibreConnector:
    """Stateless; see docs/connectors/mercadolibre.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Mercado Libre",
        capabilities=frozenset(
            {
                Capability.RECEIVES_WEBHOOKS,
                Capability.HYDRATES,
                Capability.PULLS_ORDERS,
                Capability.PULLS_REVIEWS,
                Capability.REPLIES_TO_REVIEWS,
                Capability.SENDS_MESSAGES,
                Capability.PULLS_SPEND,
                Capability.AUTHORISES,
            }
        ),
        push_trust="hint",
        verify_secrets=("application_id", "url_secret"),
        api_secrets=("client_id", "client_secret", "refresh_token"),
        push_headers=frozenset(),
        api_hosts=(HOST,),
        doc="docs/connectors/mercadolibre.md",
        # An answer to a question [doc]; a reply to feedback is held to the length of feedback itself [doc], its own is not told.
        replies={"question": SayLimits(longest=2000, once=True), "review": SayLimits(longest=160, once=True)},
        messages=SayLimits(longest=350, order_only=True),  # [doc]
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """There is no signature: the secret path, the application, the seller and the form of the resource must fit."""
        return Verified(push.check(request, account, secrets), None, ACKNOWLEDGEMENT)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request at the secret path; the newest secret."""
        secret = secrets.one("url_secret")
        base = request.url.rstrip("/")
        if request.topic is not None:
            base = base.removesuffix(f"/{request.topic}")
        return replace(request, topic=secret, url=f"{base}/{secret}")

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a notification; thin always."""
        return (push.to_event(request.body, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read what the notification names with the seller's own token; Skippable on topics that are not taken in."""
        from connectors.mercadolibre import hydrate

        return hydrate.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Changed orders of the window, then changed cancelled ones; see pull.py."""
        from connectors.mercadolibre import pull

        return pull.pages(since, until, cursor, api)

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Questions of the window, then reviews of the listings whose turn it is; see voice_pull.py."""
        from connectors.mercadolibre import voice_pull

        return voice_pull.pages(since, until, cursor, api)

    def reply(self, target: Target, text: str, api: Api) -> Sent:
        """Answer a question, or reply to feedback on a sale."""
        from connectors.mercadolibre import speak

        return speak.reply(target, text, api)

    def send_message(self, target: Target, text: str, api: Api) -> Sent:
        """Write to the buyer of an order, or into its conversation."""
        from connectors.mercadolibre import speak

        return speak.send_message(target, text, api)

    def pull_spend(self, first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
        """The campaigns of Product Ads, day by day."""
        from connectors.mercadolibre import spend

        return spend.pages(first, last, cursor, api)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.mercadolibre.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.mercadolibre.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """What a payload of one kind holds; an order of a search answer, a document of ours or a list of these alike."""
        from connectors.mercadolibre import objects

        return objects.canonical(kind, payload, ref)


CONNECTOR = MercadoLibreConnector()
