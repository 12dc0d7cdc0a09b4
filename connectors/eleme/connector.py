"""Ele.me: receives signed pushes, reads what they only name, pulls the orders of each day, reviews and replies."""

from __future__ import annotations

import json
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
from chalicelib.errors import Permanent, Rejected, Skippable
from chalicelib.toolkit.loose import ident
from chalicelib.toolkit.signing import require_any
from connectors.eleme import pull, push, voice
from connectors.eleme.api import HOST, SANDBOX
from connectors.eleme.documents import to_canonical
from connectors.eleme.payloads import Push
from connectors.eleme.values import KEY, READ

ACKNOWLEDGEMENT = Reply(200, '{"message":"ok"}', "application/json")


class ElemeConnector:
    """Stateless; see docs/connectors/eleme.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Ele.me (饿了么)",
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
        push_trust="signed",
        verify_secrets=("app_secret",),
        api_secrets=("app_key", "app_secret", "refresh_token"),
        push_headers=frozenset(),
        api_hosts=(HOST, SANDBOX),
        doc="docs/connectors/eleme.md",
        shop_options=("shop_id",),
        replies=voice.REPLIES,
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """`signature` must be the MD5 of every other field and app_secret. The shop is told to the core.

        An empty request is the platform's check of the address: answered, not queued. Rejected 401 otherwise.
        """
        app_secrets = secrets.all("app_secret")
        if not request.body:
            return Verified(None, None, ACKNOWLEDGEMENT, carries_event=False)
        try:
            told = push.fields(request.body)
        except Permanent:
            raise Rejected("body-malformed", "not an object of texts and whole numbers", connector=KEY) from None
        given = told.get(push.FIELD)
        known = given if isinstance(given, str) else None
        require_any([push.signature(told, secret).encode() for secret in app_secrets], _upper(known))
        try:
            found = READ.decode(Push, request.body, None)
        except Permanent:
            return Verified(None, None, ACKNOWLEDGEMENT)  # signed, yet unreadable: kept, so that it goes to quarantine
        shop = ident(found.shopId)
        return Verified(ident(found.requestId), str(found.type), ACKNOWLEDGEMENT, shop={"shop_id": shop} if shop else None)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The object with `signature` at its end, by the newest secret."""
        told = {name: value for name, value in push.fields(request.body).items() if name != push.FIELD}
        signed = {**told, push.FIELD: push.signature(told, secrets.one("app_secret"))}
        return replace(request, body=json.dumps(signed, ensure_ascii=False, separators=(",", ":")).encode())

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a push; whole only where it holds an order with its amounts."""
        return (push.to_event(request.body, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order; see pull.py."""
        return pull.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Every order of the days of the window; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Reviews written in the window, at most 90 days back; see voice.py."""
        return voice.pages(since, until, cursor, api)

    def reply(self, target: Target, text: str, api: Api) -> Sent:
        """Answer a review; see voice.py."""
        return voice.reply(target, text, api)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.eleme.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.eleme.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders and refunds, or reviews, of our documents, of answers of the API and of whole pushes."""
        if kind in ("order", "refund"):
            return to_canonical(payload, ref)
        if kind == "review":
            return voice.to_reviews(payload, ref)
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)


def _upper(given: str | None) -> str | None:
    """Hex digits have no case; another alphabet stays as it is."""
    return given.upper() if given and given.isascii() else given


CONNECTOR = ElemeConnector()
