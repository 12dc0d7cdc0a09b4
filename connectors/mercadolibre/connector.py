"""Mercado Libre: notifications as hints, orders read again through the API, order search, mapping."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import msgspec

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
from connectors.mercadolibre import hydrate, pull, push
from connectors.mercadolibre.api import HOST
from connectors.mercadolibre.mapping import to_canonical
from connectors.mercadolibre.payloads import Document, OrderShape
from connectors.mercadolibre.values import KEY, decode, malformed, told

ACKNOWLEDGEMENT = Reply(200, "", "text/plain")
MAX_NESTING = 2


class MercadoLibreConnector:
    """Stateless; see docs/connectors/mercadolibre.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Mercado Libre",
        capabilities=frozenset({Capability.RECEIVES_WEBHOOKS, Capability.HYDRATES, Capability.PULLS_ORDERS}),
        push_trust="hint",
        verify_secrets=("application_id", "url_secret"),
        api_secrets=("client_id", "client_secret", "refresh_token"),
        push_headers=frozenset(),
        api_hosts=(HOST,),
        doc="docs/connectors/mercadolibre.md",
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """There is no signature: the secret path, the application, the seller and the form of the resource must fit."""
        return Verified(push.check(request, account, secrets), None, ACKNOWLEDGEMENT)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request at the secret path; the newest secret."""
        secret = secrets.one("url_secret")
        base = request.url.rstrip("/")
        if request.topic is not None:
            base = base.removesuffix(f"/{request.topic}")
        return replace(request, topic=secret, url=f"{base}/{secret}")

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a notification; thin always."""
        return (push.to_event(request.body, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order behind the notification with the seller's own token; Skippable on topics without one."""
        return hydrate.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Changed orders of the window, then changed cancelled ones; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """The order and its refunds, of a bare order, a search answer, a document of ours, or a list of these."""
        if kind not in ("order", "refund", "parcel"):
            raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)
        found = tuple(_map(payload, ref, "$", 0))
        if not found:
            raise malformed("not an order", "$", ref.delivery_id)
        return found


def _map(payload: bytes, ref: Ref, path: str, depth: int) -> Iterator[Canonical]:
    raw = payload.removeprefix(b"\xef\xbb\xbf").strip()
    if raw.startswith(b"[") and depth < MAX_NESTING:
        for index, element in enumerate(decode(list[msgspec.Raw], raw, ref.delivery_id, path)):
            yield from _map(bytes(element), ref, f"{path}[{index}]", depth + 1)
        return
    document = decode(Document, raw, ref.delivery_id, path)
    if document.order is not None:
        yield from to_canonical(document, document.order, ref, f"{path}.order")
    elif document.results is not None:
        for index, order in enumerate(document.results):
            yield from to_canonical(Document(), order, ref, f"{path}.results[{index}]")
    elif told(document.order_items):
        yield from to_canonical(Document(), decode(OrderShape, raw, ref.delivery_id, path), ref, path)
    elif told(document.resource):
        thin = "a notification names an order, it does not hold one"
        raise Permanent("payload-thin", thin, connector=KEY, path=f"{path}.resource", delivery_id=ref.delivery_id)
    else:
        raise malformed("not an order", path, ref.delivery_id)


CONNECTOR = MercadoLibreConnector()
