"""TikTok Shop: signed thin pushes, orders, returns and cancellations, chat."""

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
    Sent,
    Target,
    Verified,
)
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent, Skippable
from chalicelib.subscribing import PushSubscription
from chalicelib.toolkit.app_push import HEADER, app_signature, require_app_signature
from chalicelib.toolkit.loose import ident, told
from connectors.tiktokshop import chat, hydrate, pull, push, subscriptions
from connectors.tiktokshop.api import AUTH_HOST, HOST
from connectors.tiktokshop.mapping import line_ids, to_order
from connectors.tiktokshop.payloads import Cancellation, Document, Order, Return, Wrapped
from connectors.tiktokshop.refunds import from_cancellation, from_return
from connectors.tiktokshop.values import KEY, READ

ACKNOWLEDGEMENT = Reply(200, "", "text/plain")


class TikTokShopConnector:
    """Stateless; see docs/connectors/tiktokshop.md."""

    info = ConnectorInfo(
        key=KEY,
        name="TikTok Shop",
        capabilities=frozenset(
            {
                Capability.RECEIVES_WEBHOOKS,
                Capability.HYDRATES,
                Capability.PULLS_ORDERS,
                Capability.SENDS_MESSAGES,
                Capability.REGISTERS_PUSH,
                Capability.AUTHORISES,
            }
        ),
        push_trust="signed",
        pushes_again=True,
        verify_secrets=("app_key", "app_secret"),
        api_secrets=("app_key", "app_secret", "refresh_token"),
        push_headers=frozenset({HEADER}),
        api_hosts=(HOST, AUTH_HOST),
        doc="docs/connectors/tiktokshop.md",
        shop_options=("shop_id",),
        messages=chat.LIMITS,
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """`Authorization` must be the HMAC-SHA256 of app_key and raw body: Rejected 401 otherwise. Tells the shop."""
        require_app_signature(request.header(HEADER), request.body, secrets.all("app_key"), secrets.all("app_secret"))
        try:
            told_push, _ = push.parse(request.body, None)
        except Permanent:
            return Verified(None, None, ACKNOWLEDGEMENT)  # signed, yet unreadable: kept, so that it goes to quarantine
        named = ident(told_push.shop_id)
        shop = {"shop_id": named} if named else None
        return Verified(ident(told_push.tts_notification_id), str(told_push.type), ACKNOWLEDGEMENT, shop=shop)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with `authorization`, by the newest secret."""
        signature = app_signature(secrets.one("app_key"), request.body, secrets.one("app_secret"))
        return replace(request, headers={**request.headers, HEADER: (signature,)})

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a push; thin but for chat messages and what is ignored."""
        return (push.to_event(request.body, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order that a push names, and its returns and cancellations where it is about one."""
        return hydrate.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders, returns and cancellations that changed in the window; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def push_topics(self, account: Account) -> tuple[str, ...]:
        """Where option `webhooks` is "shop", the types of event about orders; else none: Partner Center has them."""
        return subscriptions.topics(account)

    def subscriptions(self, address: str, api: Api) -> tuple[PushSubscription, ...]:
        """The types of event that are pushed to `address`."""
        return subscriptions.listed(address, api)

    def subscribe(self, topic: str, address: str, off: PushSubscription | None, api: Api) -> None:  # noqa: ARG002  # none is ever off
        """Have a type of event pushed to `address`."""
        subscriptions.make(topic, address, api)

    def send_message(self, target: Target, text: str, api: Api) -> Sent:
        """Write to a buyer, where the platform granted the scope; see chat.py."""
        return chat.send_message(target, text, api)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.tiktokshop.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.tiktokshop.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders and refunds, of our documents and of the platform's own answers, or a chat message."""
        if kind == "message":
            return (chat.to_message(payload, ref),)
        if kind not in ("order", "refund"):
            raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)
        document = READ.decode(Document, payload, ref.delivery_id)
        found = tuple(_document(document, ref, "$", kind) if _holds(document) else _answer(payload, ref, kind))
        if not found:
            raise READ.malformed("neither an order nor a return", "$", ref.delivery_id)
        return found


def _holds(document: Document) -> bool:
    lists = (document.orders, document.returns, document.return_orders, document.cancellations)
    return document.order is not None or any(one is not None for one in lists)


def _document(document: Document, ref: Ref, path: str, kind: EventKind) -> Iterator[Canonical]:
    lines: dict[str, str] = {}
    if document.order is not None:
        yield to_order(document.order, ref, f"{path}.order")
        lines = line_ids(document.order.line_items or ()) if kind == "refund" else {}
    for index, order in enumerate(document.orders or ()):
        yield to_order(order, ref, f"{path}.orders[{index}]")
    for name in ("returns", "return_orders"):
        for index, one in enumerate(getattr(document, name) or ()):
            yield from_return(one, lines, ref, f"{path}.{name}[{index}]")
    for index, cancelled in enumerate(document.cancellations or ()):
        yield from_cancellation(cancelled, lines, ref, f"{path}.cancellations[{index}]")


def _answer(payload: bytes, ref: Ref, kind: EventKind) -> Iterator[Canonical]:
    answer = READ.decode(Wrapped, payload, ref.delivery_id)
    if answer.type is not None:
        thin = "a push names an order, it does not hold one"
        raise Permanent("payload-thin", thin, connector=KEY, path="$.type", delivery_id=ref.delivery_id)
    if told(answer.data):
        data = READ.decode(Document, bytes(answer.data), ref.delivery_id, "$.data")
        yield from _document(data, ref, "$.data", kind)
    elif answer.return_id is not None:
        yield from_return(READ.decode(Return, payload, ref.delivery_id), {}, ref, "$")
    elif answer.cancel_id is not None:
        yield from_cancellation(READ.decode(Cancellation, payload, ref.delivery_id), {}, ref, "$")
    elif told(answer.line_items):
        yield to_order(READ.decode(Order, payload, ref.delivery_id), ref, "$")


CONNECTOR = TikTokShopConnector()
