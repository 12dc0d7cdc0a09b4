"""The Weibo connector: comments, mentions and messages, read and answered; followers. There are no orders."""

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
from chalicelib.toolkit.clocks import to_millis
from connectors.weibo import push, speak
from connectors.weibo.api import HOSTS
from connectors.weibo.values import KEY

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical


class Weibo:
    """Stateless; see docs/connectors/weibo.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Weibo (微博)",
        capabilities=frozenset(
            {
                Capability.RECEIVES_WEBHOOKS,
                Capability.HYDRATES,
                Capability.PULLS_REVIEWS,
                Capability.REPLIES_TO_REVIEWS,
                Capability.SENDS_MESSAGES,
                Capability.AUTHORISES,
            }
        ),
        push_trust="hint",
        verify_secrets=("app_secret",),
        api_secrets=("app_key", "access_token", "fans_token"),
        push_headers=frozenset(),
        api_hosts=HOSTS,
        doc="docs/connectors/weibo.md",
        replies=speak.REPLIES,
        messages=speak.MESSAGES,
        messages_about=frozenset(),
        shop_options=("uid",),
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """Time and nonce must be signed under a live secret (401). A GET gets its challenge back; a body must be readable (400)."""
        push.check(request, account, secrets, now)
        return push.handshake(request) if request.method.upper() == "GET" else push.accepted(request)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with time, nonce and signature in its query, by the newest secret; a time and a nonce there are kept."""
        given = dict(request.query)
        stamp, nonce = given.get(push.TIME) or str(to_millis(now)), given.get(push.NONCE) or "57155157"
        mine = {push.SIGNATURE, push.TIME, push.NONCE}
        rest = [(name, value) for name, value in request.query if name not in mine]
        value = push.signature(secrets.one("app_secret"), stamp, nonce)
        return replace(request, query=(*rest, (push.SIGNATURE, value), (push.TIME, stamp), (push.NONCE, nonce)))

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a push; thin for messages, followers and mentions."""
        return (push.to_event(request.body, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Ask the API about the person, post or comment of a push."""
        from connectors.weibo.pull import hydrate

        return hydrate(event, api) if event.thin else event

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Comments received, and comments and posts that name the account."""
        from connectors.weibo.pull import pages

        return pages(since, until, cursor, api)

    def reply(self, target: Target, text: str, api: Api) -> Sent:
        """Answer in public; see speak.py."""
        return speak.reply(target, text, api)

    def send_message(self, target: Target, text: str, api: Api) -> Sent:
        """Write to a person; see speak.py."""
        return speak.send_message(target, text, api)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.weibo.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.weibo.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Reviews, messages, contacts; Skippable for the other kinds."""
        from connectors.weibo.voices import canonical

        return canonical(kind, payload, ref)


CONNECTOR = Weibo()
