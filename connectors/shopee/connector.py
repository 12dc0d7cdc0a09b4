"""The Shopee connector: pushes, the API, canonical objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cache
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
from chalicelib.errors import Permanent
from chalicelib.toolkit.signing import require_any
from connectors.shopee import status
from connectors.shopee.push import (
    SIGNATURE,
    delivery_of,
    is_probe,
    keys_of,
    read,
    registered_url,
    shop_named,
    signature,
    to_event,
)
from connectors.shopee.values import KEY

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical

LONGEST_REPLY = 500  # characters [docs]


class Shopee:
    """Stateless; every method is a function of its arguments. See docs/connectors/shopee.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Shopee",
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
        verify_secrets=("push_key", "partner_key"),
        api_secrets=("partner_id", "partner_key", "shop_id", "refresh_token"),
        push_headers=frozenset({SIGNATURE}),
        api_hosts=tuple(sorted(status.HOSTS.values())),
        doc="docs/connectors/shopee.md",
        shop_options=("shop_id",),
        replies={"review": SayLimits(longest=LONGEST_REPLY, once=True)},
        messages=SayLimits(longest=None),
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """HMAC-SHA256 over the registered address and the raw body, under a push key or a partner key: Rejected 401.

        Tells the shop. The console's probe is answered, and is no event.
        """
        if is_probe(request):
            return Verified(None, None, Reply(), carries_event=False)
        url = registered_url(request, account)
        given = request.header(SIGNATURE)
        expected = [signature(key, url, request.body).encode() for key in keys_of(secrets)]
        require_any(expected, given.lower() if given else given)
        try:
            push = read(request.body, None)
        except Permanent:
            return Verified(None, None, Reply())  # signed, and not to be read: kept, for a person to look at
        shop = shop_named(push, secrets)
        return Verified(delivery_of(push), str(push.code), Reply(), carries_event=push.code != status.PROBE, shop=shop)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with its signature, by the newest push key, else the newest partner key."""
        signed = signature(keys_of(secrets)[0], registered_url(request, account), request.body)
        return replace(request, headers={**request.headers, SIGNATURE: (signed,)})

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a push."""
        return (to_event(read(request.body, ref.delivery_id), request.body, ref.delivery_id),)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.shopee.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.shopee.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders with their returns, returns, comments, chat messages, days of ads; Skippable for the other kinds."""
        return _canonical()(kind, payload, ref)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order (with escrow, returns, tracking) or the return that a push names; see pull.py."""
        from connectors.shopee.pull import hydrated

        return hydrated(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders, then returns, that changed in [since, until)."""
        from connectors.shopee.pull import orders

        return orders(since, until, cursor, api)

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Comments written in [since, until)."""
        from connectors.shopee.pull import comments

        return comments(since, until, cursor, api)

    def pull_spend(self, first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
        """Days of all ads, both ends included, in the market's own zone."""
        from connectors.shopee.pull import spend

        return spend(first, last, cursor, api)

    def reply(self, target: Target, text: str, api: Api) -> Sent:
        """Answer a comment."""
        from connectors.shopee.voice import reply

        return reply(target, text, api)

    def send_message(self, target: Target, text: str, api: Api) -> Sent:
        """Write to a buyer in the chat. The application needs the chat permission."""
        from connectors.shopee.voice import send_message

        return send_message(target, text, api)


@cache
def _canonical() -> Callable[[EventKind, bytes, Ref], tuple[Canonical, ...]]:
    """The mapping, loaded on first use: a Lambda that only verifies never pays for it."""
    from connectors.shopee.objects import canonical

    return canonical


CONNECTOR = Shopee()
