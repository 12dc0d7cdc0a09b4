"""The Amazon connector: notifications from a queue or a bus, orders, refunds, order-related messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.contract import Api, Capability, ConnectorInfo, Event, EventKind, Page, RawRequest, Ref, Sent, Target
from chalicelib.domain.voice import SayLimits
from connectors.amazon.values import KEY

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical


class Amazon:
    """Stateless; see docs/connectors/amazon.md. There is no webhook: Amazon writes to a queue of ours, or to EventBridge."""

    info = ConnectorInfo(
        key=KEY,
        name="Amazon",
        capabilities=frozenset({Capability.RECEIVES_FEED, Capability.HYDRATES, Capability.PULLS_ORDERS, Capability.SENDS_MESSAGES}),
        push_trust="none",
        verify_secrets=(),
        api_secrets=("client_id", "client_secret", "refresh_token"),
        push_headers=frozenset(),
        api_hosts=(
            "api.amazon.com",
            "sellingpartnerapi-na.amazon.com",
            "sellingpartnerapi-eu.amazon.com",
            "sellingpartnerapi-fe.amazon.com",
            "sandbox.sellingpartnerapi-na.amazon.com",
            "sandbox.sellingpartnerapi-eu.amazon.com",
            "sandbox.sellingpartnerapi-fe.amazon.com",
        ),
        doc="docs/connectors/amazon.md",
        messages=SayLimits(longest=2000, order_only=True),
    )

    def address(self, body: bytes) -> Mapping[str, str]:
        """`{"seller_id": ...}`; Permanent on a record that names no seller."""
        from connectors.amazon.feed import address

        return address(body)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a record; orders are thin."""
        from connectors.amazon.feed import to_event

        return (to_event(request.body, ref.account, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order, and its transactions where the event is about money."""
        from connectors.amazon.pull import hydrate

        return hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Changed orders of the window, then those that got money back in it."""
        from connectors.amazon.pull import pages

        return pages(since, until, cursor, api)

    def send_message(self, target: Target, text: str, api: Api) -> Sent:
        """A message about an order, or Amazon's own request for a review of it."""
        from connectors.amazon.messages import send

        return send(target, text, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders with their refunds; Skippable for the other kinds."""
        from connectors.amazon.objects import canonical

        return canonical(kind, payload, ref)


CONNECTOR = Amazon()
