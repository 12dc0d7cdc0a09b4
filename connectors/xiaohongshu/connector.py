"""Xiaohongshu (小红书): pushes as hints, orders and after-sales through the Ark API. It has no reviews and no messages."""

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
    Verified,
)
from chalicelib.domain.events import Canonical
from connectors.xiaohongshu import documents, pull, push, read
from connectors.xiaohongshu.push import APP, SIGN, TIME
from connectors.xiaohongshu.values import HOST, KEY

ACKNOWLEDGEMENT = Reply(200, '{"success":true,"error_code":0,"error_msg":""}', "application/json")


class XiaohongshuConnector:
    """Stateless; see docs/connectors/xiaohongshu.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Xiaohongshu (小红书)",
        capabilities=frozenset({Capability.RECEIVES_WEBHOOKS, Capability.HYDRATES, Capability.PULLS_ORDERS, Capability.AUTHORISES}),
        push_trust="hint",
        verify_secrets=("app_key", "app_secret"),
        api_secrets=("app_key", "app_secret", "refresh_token"),
        push_headers=frozenset({APP, TIME, SIGN}),
        api_hosts=(HOST,),
        doc="docs/connectors/xiaohongshu.md",
        shop_options=("seller_id",),
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """`sign` must be that of path, query, `app-key` and `timestamp` (Rejected 401). The body is not covered: it only has to be
        readable (400). Tells the shops.
        """
        push.check(request, account, secrets, now)
        parts = push.carried(request.body)
        tags = sorted({part.message.msg_tag or "" for part in parts})
        topic, shops = "+".join(tags) or None, push.shops_of(parts)
        shop = shops[0] if shops else None
        return Verified(None, topic, ACKNOWLEDGEMENT, carries_event=bool(parts), shop=shop, also=tuple(shops[1:]))

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with `app-key`, `timestamp` and `sign`, by the newest secrets. A time that is there is kept."""
        app_key, stamp = secrets.one("app_key"), request.header(TIME) or str(int(now.timestamp()))
        params = push.signed_params(request, app_key, stamp)
        value = push.signature(push.path_of(request), params, secrets.one("app_secret"))
        return replace(request, headers={**request.headers, APP: (app_key,), TIME: (stamp,), SIGN: (value,)})

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """One event a message; thin for orders and after-sales."""
        return push.events(request.body, ref)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order that a message names, with its after-sales."""
        return read.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders, then after-sales, that changed in the window, as thin events; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.xiaohongshu.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.xiaohongshu.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders and refunds of our documents and of the platform's own answers."""
        return documents.to_canonical(kind, payload, ref)


CONNECTOR = XiaohongshuConnector()
