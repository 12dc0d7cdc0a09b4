"""AliExpress: orders by pull; pushes, once an account switches them on, as hints to read an order again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import msgspec

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
from chalicelib.errors import Permanent, Rejected, Skippable
from chalicelib.toolkit.app_push import HEADER, app_signature, require_app_signature
from chalicelib.toolkit.loose import Odd, epoch, ident, told
from chalicelib.toolkit.texts import digits
from connectors.aliexpress import orders
from connectors.aliexpress.api import HOST
from connectors.aliexpress.mapping import to_canonical
from connectors.aliexpress.payloads import Document, Order, Push, Result
from connectors.aliexpress.values import KEY, READ, rows

ACKNOWLEDGEMENT = Reply(200, "", "text/plain")
OPTION, ALGORITHM = "push_algorithm", "hmac-sha256"


class AliExpressConnector:
    """Stateless; see docs/connectors/aliexpress.md."""

    info = ConnectorInfo(
        key=KEY,
        name="AliExpress",
        capabilities=frozenset({Capability.RECEIVES_WEBHOOKS, Capability.HYDRATES, Capability.PULLS_ORDERS, Capability.AUTHORISES}),
        push_trust="hint",
        verify_secrets=("app_key", "app_secret"),
        api_secrets=("app_key", "app_secret", "refresh_token"),
        push_headers=frozenset({HEADER}),
        api_hosts=(HOST,),
        doc="docs/connectors/aliexpress.md",
        shop_options=("seller_id",),
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """Refused (403) until the option `push_algorithm` says how pushes are signed; then as it says. Rejected 401 otherwise.

        Even a signed push is a hint: how AliExpress signs is not published, so nothing in it is believed but whose it is.
        """
        app_keys, app_secrets = secrets.all("app_key"), secrets.all("app_secret")
        if account.options.get(OPTION) != ALGORITHM:
            raise Rejected("push-not-configured", f"the option {OPTION} is not {ALGORITHM}", status=403, connector=KEY)
        require_app_signature(request.header(HEADER), request.body, app_keys, app_secrets)
        try:
            push = _push(request.body, None)
        except Permanent:
            return Verified(None, None, ACKNOWLEDGEMENT)  # signed, yet unreadable: kept, so that it goes to quarantine
        seller = ident(push.seller_id)
        shop = {"seller_id": seller} if seller else None
        return Verified(_delivery(push), ident(push.message_type), ACKNOWLEDGEMENT, shop=shop)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with `authorization`, by the newest secret."""
        signature = app_signature(secrets.one("app_key"), request.body, secrets.one("app_secret"))
        return replace(request, headers={**request.headers, HEADER: (signature,)})

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a push: thin where it names an order. The platform warns that its numbers may change."""
        push = _push(request.body, ref.delivery_id)
        order_id = digits(push.data.orderId) if push.data else None
        try:
            at = epoch(push.timestamp, "timestamp")
        except Odd as odd:
            raise READ.of(odd, "$", ref.delivery_id) from None
        kind: EventKind = "order" if order_id else "other"
        payload = request.body.removeprefix(b"\xef\xbb\xbf")
        return (Event(_delivery(push), ident(push.message_type) or "", kind, order_id, at, order_id is not None, payload),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order that a push or a row of the list names."""
        return orders.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders that changed in the window; see orders.py."""
        return orders.pages(since, until, cursor, api)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.aliexpress.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.aliexpress.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """An order with its refunds, of a document of ours or of the platform's own answers."""
        if kind not in ("order", "refund"):
            raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)
        document = READ.decode(Document, payload, ref.delivery_id)
        if document.message_type is not None:
            thin = "a push names an order, it does not hold one"
            raise Permanent("payload-thin", thin, connector=KEY, path="$.message_type", delivery_id=ref.delivery_id)
        found = tuple(to_canonical(document.order, ref, "$.order") if document.order else _answer(payload, ref))
        if not found:
            raise READ.malformed("no order", "$", ref.delivery_id)
        return found


def _push(body: bytes, delivery_id: str | None) -> Push:
    return READ.decode(Push, body, delivery_id)


def _delivery(push: Push) -> str:
    """A push has no id: type, order, status and time tell it."""
    data = push.data
    parts = (push.message_type, data.orderId if data else None, data.orderStatus if data else None, push.timestamp)
    return hashlib.sha256("|".join([str(part) for part in parts]).encode("utf-8", "surrogatepass")).hexdigest()


class _Below(msgspec.Struct, gc=False):
    result: msgspec.Raw = msgspec.Raw(b"null")


def _answer(payload: bytes, ref: Ref) -> Iterator[Canonical]:
    """An answer of the API, under its name or without, or an order on its own."""
    roots = READ.decode(dict[str, msgspec.Raw], payload, ref.delivery_id)
    name = next((each for each in roots if each.endswith("_response")), None)
    body, path = (bytes(roots[name]), f"$.{name}") if name else (payload, "$")
    if body[:1] != b"{" and name:
        return
    below = READ.decode(_Below, body, ref.delivery_id, path).result
    if told(below) and bytes(below)[:1] == b"{":
        body, path = bytes(below), f"{path}.result"
    result = READ.decode(Result, body, ref.delivery_id, path)
    for field, order in (("target", result.target), ("data", result.data)):
        if order is not None:
            yield from to_canonical(order, ref, f"{path}.{field}")
    for index, order in enumerate(rows(result.target_list)):
        yield from to_canonical(order, ref, f"{path}.target_list[{index}]")
    if "order_status" in roots:
        yield from to_canonical(READ.decode(Order, payload, ref.delivery_id), ref, "$")


CONNECTOR = AliExpressConnector()
