"""Meituan: receives signed pushes of orders, refunds and deliveries, reads what they only name, reviews and replies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

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
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent, Rejected, Skippable
from chalicelib.toolkit.signing import require_any
from connectors.meituan import pull, push, voice
from connectors.meituan.api import HOST, TEST_HOST
from connectors.meituan.documents import to_canonical
from connectors.meituan.values import KEY

ACKNOWLEDGEMENT = Reply(200, '{"data":"ok"}', "application/json")


class MeituanConnector:
    """Stateless; see docs/connectors/meituan.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Meituan (美团外卖·闪购)",
        capabilities=frozenset(
            {
                Capability.RECEIVES_WEBHOOKS,
                Capability.HYDRATES,
                Capability.PULLS_ORDERS,
                Capability.PULLS_REVIEWS,
                Capability.REPLIES_TO_REVIEWS,
            }
        ),
        push_trust="signed",
        verify_secrets=("app_id", "app_secret"),
        api_secrets=("app_id", "app_secret"),
        push_headers=frozenset(),
        api_hosts=(HOST, TEST_HOST),
        doc="docs/connectors/meituan.md",
        shop_options=("app_poi_code",),
        replies=voice.REPLIES,
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """`sig` must be the MD5 of the registered address and of all fields, decoded twice; `app_id` must be ours.

        The shop is told to the core where the push names it.

        A request without any field is the console's probe: answered, not queued. Rejected 401 otherwise.
        """
        app_ids, app_secrets = secrets.all("app_id"), secrets.all("app_secret")
        if not request.body and not request.query:
            return Verified(None, request.topic, ACKNOWLEDGEMENT, carries_event=False)
        try:
            pairs = push.fields(request)
        except Permanent:
            raise Rejected("body-malformed", "not a form with each field once", connector=KEY) from None
        told = dict(pairs)
        require_any([each.encode() for each in app_ids], told.get("app_id"), reason="app-id")
        url = push.address(request)
        given = told.get(push.FIELD)
        require_any([push.sign(url, pairs, secret).encode() for secret in app_secrets], given.lower() if given else given)
        shop = told.get("app_poi_code")
        return Verified(push.delivery_key(pairs), request.topic, ACKNOWLEDGEMENT, shop={"app_poi_code": shop} if shop else None)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The form with `sig` at its end, by the newest secret."""
        bare = _unsigned(request.body)
        pairs = push.fields(replace(request, body=bare))
        sig = urlencode({push.FIELD: push.sign(push.address(request), pairs, secrets.one("app_secret"))}).encode()
        return replace(request, body=b"&".join([bare, sig]) if bare else sig)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a push; whole where it holds the order."""
        return (push.to_event(request, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order, and its refunds; see pull.py."""
        return pull.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Every order of the days of the window; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Reviews of the days of the window, at most 30 back; see voice.py."""
        return voice.pages(since, until, cursor, api)

    def reply(self, target: Target, text: str, api: Api) -> Sent:
        """Answer a review; see voice.py."""
        return voice.reply(target, text, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders and refunds, or reviews, of our documents, of answers of the API and of pushes."""
        if kind in ("order", "refund"):
            return to_canonical(payload, ref)
        if kind == "review":
            return voice.to_reviews(payload, ref)
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)


def _unsigned(body: bytes) -> bytes:
    return b"&".join([part for part in body.split(b"&") if part and part.partition(b"=")[0] != push.FIELD.encode()])


CONNECTOR = MeituanConnector()
