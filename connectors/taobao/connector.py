"""The Taobao connector: TMC's messages, trades, refunds, ratings and explanations, through TOP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from chalicelib.contract import (
    Account,
    Api,
    Authorised,
    Capability,
    ConnectorInfo,
    Event,
    EventKind,
    FeedRecord,
    Page,
    RawRequest,
    Ref,
    Secrets,
    Sent,
    Target,
)
from chalicelib.domain.events import Canonical
from chalicelib.errors import Skippable
from connectors.taobao import feed, hydrate, pull, voice
from connectors.taobao.api import API_HOSTS
from connectors.taobao.documents import to_canonical
from connectors.taobao.values import KEY


class Taobao:
    """Stateless; see docs/connectors/taobao.md. There is no webhook: a POST to its address is refused."""

    info = ConnectorInfo(
        key=KEY,
        name="Taobao",
        capabilities=frozenset(
            {
                Capability.RECEIVES_FEED,
                Capability.POLLS_FEED,
                Capability.HYDRATES,
                Capability.PULLS_ORDERS,
                Capability.PULLS_REVIEWS,
                Capability.REPLIES_TO_REVIEWS,
                Capability.AUTHORISES,
            }
        ),
        push_trust="none",
        verify_secrets=(),
        api_secrets=("app_key", "app_secret", "access_token", "refresh_token"),
        push_headers=frozenset(),
        api_hosts=API_HOSTS,
        doc="docs/connectors/taobao.md",
        replies=voice.REPLIES,
    )

    def poll(self, api: Api) -> Iterator[tuple[FeedRecord, ...]]:
        """Messages of the application, in batches; see feed.py."""
        return feed.poll(api)

    def confirm(self, records: Sequence[FeedRecord], api: Api) -> None:
        """Confirm messages that are durable here."""
        feed.confirm(records, api)

    def address(self, body: bytes) -> Mapping[str, str]:
        """`{"user_id": ...}`, else `{"user_nick": ...}`; Permanent on a message that names neither."""
        return feed.address(body)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a message; orders, refunds and ratings are thin."""
        return (feed.to_event(request.body, ref.account, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the trade, refund, rating or Xianyu order that a message names."""
        return hydrate.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Trades, then refunds, that changed in the window; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Ratings made in the window, at most 180 days back; none on Tmall."""
        return pull.review_pages(since, until, cursor, api)

    def reply(self, target: Target, text: str, api: Api) -> Sent:
        """Explain a rating; see voice.py."""
        return voice.reply(target, text, api)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.taobao.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.taobao.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders and refunds, or ratings, of our documents and of TOP's own answers."""
        if kind in ("order", "refund"):
            return to_canonical(payload, ref)
        if kind == "review":
            return voice.to_reviews(payload, ref)
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)


CONNECTOR = Taobao()
