"""Lazada: signed thin pushes, orders and reverse orders, reviews and replies, chat, ad spend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

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
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.app_push import HEADER, app_signature, require_app_signature
from chalicelib.toolkit.loose import told
from connectors.lazada import hydrate, pull, push, reviews, spend, voice
from connectors.lazada.api import API_HOSTS
from connectors.lazada.documents import to_canonical
from connectors.lazada.payloads import ReviewList, Wrapped
from connectors.lazada.values import KEY, READ

ACKNOWLEDGEMENT = Reply(200, "", "text/plain")


class LazadaConnector:
    """Stateless; see docs/connectors/lazada.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Lazada",
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
        push_trust="signed",
        verify_secrets=("app_key", "app_secret"),
        api_secrets=("app_key", "app_secret", "access_token", "refresh_token"),
        push_headers=frozenset({HEADER}),
        api_hosts=API_HOSTS,
        doc="docs/connectors/lazada.md",
        shop_options=("seller_id",),
        replies=voice.REPLIES,
        messages=voice.MESSAGES,
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """`Authorization` must be the HMAC-SHA256 of app_key and raw body: Rejected 401 otherwise. Tells the seller."""
        require_app_signature(request.header(HEADER), request.body, secrets.all("app_key"), secrets.all("app_secret"))
        try:
            told_push, notice = push.parse(request.body, None)
            delivery_id = push.digest(request.body, None)
        except Permanent:
            return Verified(None, None, ACKNOWLEDGEMENT)  # signed, yet unreadable: kept, so that it goes to quarantine
        seller = push.seller_of(told_push, notice)
        shop = {"seller_id": seller} if seller else None
        return Verified(delivery_id, str(told_push.message_type), ACKNOWLEDGEMENT, shop=shop)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with `authorization`, by the newest secret."""
        signature = app_signature(secrets.one("app_key"), request.body, secrets.one("app_secret"))
        return replace(request, headers={**request.headers, HEADER: (signature,)})

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a push; thin but for chat messages and what is ignored."""
        return (push.to_event(request.body, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order with its units and reverse orders, or the review, that a push names."""
        return hydrate.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders, then reverse orders, that changed in the window; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Reviews made in the window, product by product, at most 90 days back; see reviews.py."""
        return reviews.pages(since, until, cursor, api)

    def pull_spend(self, first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
        """The campaign report of each day; see spend.py."""
        return spend.pages(first, last, cursor, api)

    def reply(self, target: Target, text: str, api: Api) -> Sent:
        """Answer a review; see voice.py."""
        return voice.reply(target, text, api)

    def send_message(self, target: Target, text: str, api: Api) -> Sent:
        """Write to a buyer; see voice.py."""
        return voice.send_message(target, text, api)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.lazada.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.lazada.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders and refunds, reviews, a message, or a day's spend, of our documents and of the platform's own answers."""
        if kind in ("order", "refund"):
            return to_canonical(payload, ref)
        if kind == "review":
            return _reviews(payload, ref)
        if kind == "message":
            return (voice.to_message(payload, ref),)
        if kind == "spend":
            return tuple(spend.to_rows(payload, ref))
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)


def _reviews(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    body, path = payload, "$"
    answer = READ.decode(Wrapped, payload, ref.delivery_id)
    if answer.message_type is not None:
        raise Permanent(
            "payload-thin",
            "a push names a review, it does not hold one",
            connector=KEY,
            path="$.message_type",
            delivery_id=ref.delivery_id,
        )
    if told(answer.data):
        body, path = bytes(answer.data), "$.data"
    found = READ.decode(ReviewList, body, ref.delivery_id, path).review_list
    if not found:
        raise READ.malformed("no review", f"{path}.review_list", ref.delivery_id)
    return tuple([voice.to_review(each, ref, f"{path}.review_list[{index}]") for index, each in enumerate(found)])


CONNECTOR = LazadaConnector()
