"""The Pinduoduo connector: messages over a socket, orders and refunds by pull."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from chalicelib.contract import (
    Account,
    Api,
    Authorised,
    Capability,
    ConnectorInfo,
    Event,
    EventKind,
    Frame,
    Page,
    RawRequest,
    Ref,
    Secrets,
)
from chalicelib.domain.events import Canonical
from chalicelib.errors import Skippable
from connectors.pinduoduo import pull, socket
from connectors.pinduoduo.api import HOST
from connectors.pinduoduo.documents import to_canonical
from connectors.pinduoduo.values import KEY


class Pinduoduo:
    """Stateless; see docs/connectors/pinduoduo.md. There is no webhook: a POST to its address is refused."""

    info = ConnectorInfo(
        key=KEY,
        name="Pinduoduo (拼多多)",
        capabilities=frozenset(
            {Capability.RECEIVES_FEED, Capability.HOLDS_SOCKET, Capability.HYDRATES, Capability.PULLS_ORDERS, Capability.AUTHORISES}
        ),
        push_trust="none",
        verify_secrets=(),
        api_secrets=("client_id", "client_secret", "access_token", "refresh_token"),
        push_headers=frozenset(),
        api_hosts=(HOST,),
        doc="docs/connectors/pinduoduo.md",
    )
    heartbeat_seconds = socket.HEARTBEAT_SECONDS
    silent_seconds = socket.SILENT_SECONDS

    def connect_url(self, secrets: Secrets, now: datetime) -> str:
        """The signed address of the socket."""
        return socket.connect_url(secrets, now)

    def heartbeat(self, now: datetime) -> str:
        """The frame that keeps the connection."""
        return socket.heartbeat(now)

    def frame(self, text: str, now: datetime) -> Frame:
        """Read a frame; see socket.py."""
        return socket.frame(text, now)

    def address(self, body: bytes) -> Mapping[str, str]:
        """`{"mall_id": ...}`; Permanent on a message that names no shop."""
        return socket.address(body)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a message; orders and refunds are thin."""
        return (socket.to_event(request.body, ref.account, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order, and the refund, that a message names."""
        return pull.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders, then refunds, that changed in the window; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.pinduoduo.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.pinduoduo.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders and refunds, of our documents and of the gateway's own answers."""
        if kind in ("order", "refund"):
            return to_canonical(payload, ref)
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)


CONNECTOR = Pinduoduo()
