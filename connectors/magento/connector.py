"""The Magento connector: Adobe I/O events, Commerce webhooks, the shop's REST API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

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
from chalicelib.errors import Rejected
from connectors.magento import push
from connectors.magento.values import KEY

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical


class Magento:
    """Stateless; every method is a function of its arguments. See docs/connectors/magento.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Magento / Adobe Commerce",
        capabilities=frozenset(
            {Capability.RECEIVES_WEBHOOKS, Capability.HYDRATES, Capability.PULLS_ORDERS, Capability.FETCHES_KEYS}
        ),
        push_trust="signed",
        verify_secrets=("adobe_public_key", "adobe_client_id", "commerce_public_key"),
        api_secrets=("consumer_key", "consumer_secret", "access_token", "access_token_secret"),
        push_headers=frozenset({*push.SIGNATURES, *push.KEY_PATHS, push.COMMERCE}),
        api_hosts=(push.KEY_HOST,),
        host_option="store_url",
        push_ways={push.IO: ("adobe_client_id",), push.HOOKS: ("commerce_public_key",), push.NOTHING: ()},
        marketing=frozenset({"email", "sms", "whatsapp"}),
        doc="docs/connectors/magento.md",
    )

    own_key = "adobe_public_key"

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """A Commerce webhook by the shop's key, everything else by Adobe's: Rejected 401. A GET answers its challenge.

        The header tells which of the two it claims to be, and is then held to that: neither key opens the other's door.
        """
        hook = bool(request.headers.get(push.COMMERCE))
        push.require_way(account, push.HOOKS if hook else push.IO)
        if request.method.upper() == "GET":
            return push.challenge(request)
        if not request.body:
            raise Rejected("body-empty", "an empty body carries no event", connector=KEY)
        if hook:
            push.require_commerce(request, secrets)
            return Verified(None, "commerce.webhook", push.ACCEPTED)
        shops = push.shops(push.require_io(request, secrets), account)
        return Verified(None, None, Reply(), shop=shops[0] if shops else None, also=tuple(shops[1:]))

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with a signature by the secret `private_key`, which tests and the simulator bring."""
        header, signature = push.signed(request, secrets)
        return replace(request, headers={**request.headers, header: (signature,)})

    def key_id(self, request: RawRequest) -> str | None:
        """The path of Adobe's key; None for a challenge and a Commerce webhook."""
        return push.key_id(request)

    def fetch_key(self, key_id: str, api: Api) -> str:
        """The key in PEM, from Adobe's one host."""
        from connectors.magento.api import fetch_key

        return fetch_key(key_id, api)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The events of a delivery."""
        return tuple(push.events(request, ref))

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders with their credit memos, credit memos; Skippable for the other kinds."""
        return _canonical()(kind, payload, ref)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order with what belongs to it; see pull.py."""
        from connectors.magento.pull import hydrated

        return hydrated(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders updated in [since, until)."""
        from connectors.magento.pull import orders

        return orders(since, until, cursor, api)


@cache
def _canonical() -> Callable[[EventKind, bytes, Ref], tuple[Canonical, ...]]:
    """The mapping, loaded on first use: a Lambda that only verifies never pays for it."""
    from connectors.magento.objects import canonical

    return canonical


CONNECTOR = Magento()
