"""Youzan (有赞): receives signed pushes, reads orders and refunds again, pulls both and evaluations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

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
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.loose import ident, yes
from chalicelib.toolkit.signing import require_any
from connectors.youzan import pull, voice
from connectors.youzan.api import HOST
from connectors.youzan.documents import to_canonical
from connectors.youzan.payloads import Push
from connectors.youzan.push import digest, event_sign, to_event
from connectors.youzan.values import KEY, READ

ACKNOWLEDGEMENT = Reply(200, '{"code":0,"msg":"success"}', "application/json")
SIGN, CLIENT = "event-sign", "client-id"


class YouzanConnector:
    """Stateless; see docs/connectors/youzan.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Youzan (有赞)",
        capabilities=frozenset(
            {Capability.RECEIVES_WEBHOOKS, Capability.HYDRATES, Capability.PULLS_ORDERS, Capability.PULLS_REVIEWS}
        ),
        push_trust="signed",
        pushes_again=True,
        verify_secrets=("client_id", "client_secret"),
        api_secrets=("client_id", "client_secret", "refresh_token"),
        push_headers=frozenset({SIGN, CLIENT}),
        api_hosts=(HOST,),
        doc="docs/connectors/youzan.md",
        shop_options=("kdt_id",),
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """`Event-Sign` must be the MD5 of client_id, raw body and client_secret; the application must be ours wherever it is named.

        There is no timestamp to check. The shop is told to the core. Rejected 401 otherwise.
        """
        ours, client_secrets = secrets.all("client_id"), secrets.all("client_secret")
        given = request.header(SIGN)
        expected = [event_sign(client, request.body, secret).encode() for client in ours for secret in client_secrets]
        require_any(expected, given.lower() if given else given)
        named = request.header(CLIENT)
        if named is not None:
            require_any([client.encode() for client in ours], named, reason="client-id")
        try:
            push = READ.decode(Push, request.body, None)
        except Permanent:
            return Verified(None, None, ACKNOWLEDGEMENT)  # signed, yet unreadable: kept, so that it goes to quarantine
        if push.client_id is not None:
            require_any([client.encode() for client in ours], push.client_id, reason="client-id")
        if yes(push.test):
            return Verified(None, push.type, ACKNOWLEDGEMENT, carries_event=False)
        shop = ident(push.kdt_id)
        return Verified(digest(push), push.type, ACKNOWLEDGEMENT, shop={"kdt_id": shop} if shop else None)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with `event-sign` and `client-id`, by the newest secrets."""
        client = secrets.one("client_id")
        signature = event_sign(client, request.body, secrets.one("client_secret"))
        return replace(request, headers={**request.headers, CLIENT: (client,), SIGN: (signature,)})

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a push; whole only where the push holds the order."""
        return (to_event(request.body, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order and its refunds; see pull.py."""
        return pull.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders, then refunds, that changed in the window; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Evaluations written in the window; see pull.py."""
        return pull.reviews(since, until, cursor, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders and refunds, or reviews, of our documents, of answers of the API and of pushes that hold an order."""
        if kind in ("order", "refund"):
            return to_canonical(payload, ref)
        if kind == "review":
            return voice.to_reviews(payload, ref)
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)


CONNECTOR = YouzanConnector()
