"""Douyin shop (抖店): receives pushes, hydrates them, pulls orders and after-sales, maps both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import msgspec

from chalicelib.channels import Recipient
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
    Verified,
)
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.loose import told
from chalicelib.toolkit.signing import require_any
from connectors.douyin import pull, sms
from connectors.douyin.aftersale import from_notice, to_refund
from connectors.douyin.api import HOST, SANDBOX, call
from connectors.douyin.mapping import to_order
from connectors.douyin.payloads import Aftersale, Body, DetailData, Document, Row, ShopOrder
from connectors.douyin.push import Cut, cut, event_sign, to_event
from connectors.douyin.values import KEY, decode, ident, malformed

ACKNOWLEDGEMENT = Reply(200, '{"code":0,"msg":"success"}', "application/json")
MAX_NESTING = 2  # a list of answers is plenty


class DouyinConnector:
    """Stateless; see docs/connectors/douyin.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Douyin shop (抖店)",
        capabilities=frozenset(
            {
                Capability.RECEIVES_WEBHOOKS,
                Capability.HYDRATES,
                Capability.PULLS_ORDERS,
                Capability.SENDS_TEMPLATES,
                Capability.AUTHORISES,
            }
        ),
        push_trust="signed",
        verify_secrets=("app_key", "app_secret"),
        api_secrets=("app_key", "app_secret", "access_token", "refresh_token"),
        push_headers=frozenset({"app-id", "event-sign", "sign-method"}),
        api_hosts=(HOST, SANDBOX),
        doc="docs/connectors/douyin.md",
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """`app-id` must be our app, `event-sign` the MD5 of app_key, raw body and app_secret. Tells the shop.

        The MD5 is checked whatever `sign-method` says. There is no timestamp to check. Rejected 401 otherwise.
        """
        app_keys, app_secrets = secrets.all("app_key"), secrets.all("app_secret")
        app_id = request.header("app-id")
        require_any([key.encode() for key in app_keys], app_id, reason="app-id")
        given = request.header("event-sign")
        expected = [event_sign(app_id or "", request.body, secret).encode() for secret in app_secrets]
        require_any(expected, given.lower() if given else given)
        carries, shops = _told(request.body)
        if not account.options.get("shop_id"):
            shops = []  # an account that names no shop takes what its application is sent, as before there were several to one
        shop = shops[0] if shops else None
        return Verified(None, None, ACKNOWLEDGEMENT, carries_event=carries, shop=shop, also=tuple(shops[1:]))

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with `app-id` and `event-sign`, by the newest secret."""
        app_key = secrets.one("app_key")
        signature = event_sign(app_key, request.body, secrets.one("app_secret"))
        return replace(request, headers={**request.headers, "app-id": (app_key,), "event-sign": (signature,)})

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """One event for each message of the delivery; probes are none, and what is of another shop its own account takes out."""
        found = [(part, to_event(part, ref.delivery_id)) for part in cut(request.body, ref.delivery_id) if part.notice]
        ours = ref.account.options.get("shop_id")
        return tuple(
            [
                event if _shop(part) in (None, ours or _shop(part)) else replace(event, kind="other", thin=False)
                for part, event in found
            ]
        )

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order (and the after-sale) that a message names; the payload becomes one document of both."""
        if not event.thin:
            return event
        part = next(cut(event.payload, event.delivery_id))
        notice = part.notice
        order_id = ident(notice.p_id) if notice else None
        if event.kind not in ("order", "refund"):
            raise Skippable("topic-ignored", f"tag {event.topic} is not handled", connector=KEY, delivery_id=event.delivery_id)
        if order_id is None:
            raise malformed("a message without p_id", "$.data.p_id", event.delivery_id)
        document: dict[str, msgspec.Raw] = {}
        if event.kind == "refund":
            refund_id = event.resource_id
            if refund_id is None:
                raise malformed("a message without aftersale_id", "$.data.aftersale_id", event.delivery_id)
            document["aftersale"] = call(api, "afterSale.Detail", {"after_sale_id": refund_id})
            _same_aftersale(document["aftersale"], refund_id, order_id, event)
        detail = decode(DetailData, bytes(call(api, "order.orderDetail", {"shop_order_id": order_id})), event.delivery_id, "$.data")
        _same_order(detail, order_id, api, event)
        return replace(event, thin=False, payload=msgspec.json.encode({"shop_order_detail": detail.shop_order_detail} | document))

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders, then after-sales, that changed in the window; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def send_template(self, to: Recipient, template: str, values: Mapping[str, str], message_id: str, api: Api) -> Sent:
        """A text message by an approved template; see sms.py."""
        return sms.send(to, template, values, message_id, api)

    def check_template(self, template: str, values: Mapping[str, str]) -> Mapping[str, str]:
        """The values as they will be sent; see sms.py."""
        return sms.check(template, values)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.douyin.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.douyin.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders and refunds of an API answer (wrapped or not), of a hydrated document, or of an after-sale push."""
        if kind not in ("order", "refund"):
            raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)
        found = tuple(_document(payload, ref, "$", 0))
        if not found:
            raise malformed("neither an order nor an after-sale", "$", ref.delivery_id)
        return found


def _told(body: bytes) -> tuple[bool, list[dict[str, str]]]:
    """Whether there is more than a probe in a signed body, and the shops that it is about, in its order.

    A body that cannot be read is kept: it goes to quarantine.
    """
    try:
        parts = list(cut(body, None))
    except Permanent:
        return True, []
    shops = dict.fromkeys([found for part in parts if (found := _shop(part))])
    return not parts or any(part.notice for part in parts), [{"shop_id": shop} for shop in shops]


def _shop(part: Cut) -> str | None:
    return ident(part.notice.shop_id) if part.notice else None


def _same_order(detail: DetailData, order_id: str, api: Api, event: Event) -> None:
    """What we asked for is what came, and it is this shop's."""
    path = "$.data.shop_order_detail"
    if not told(detail.shop_order_detail):
        raise malformed("an answer without an order", path, event.delivery_id)
    row = decode(Row, bytes(detail.shop_order_detail), event.delivery_id, path)
    pull.own_shop(api.account.options.get("shop_id"), ident(row.shop_id), path)
    if ident(row.order_id) != order_id:
        raise malformed("an answer about another order", f"{path}.order_id", event.delivery_id)


def _same_aftersale(raw: msgspec.Raw, refund_id: str, order_id: str, event: Event) -> None:
    """The after-sale that we asked for is what came, and it is of the order that is read with it. What it leaves out fits."""
    found = decode(Aftersale, bytes(raw), event.delivery_id, "$.data")
    info = found.aftersale_info or (found.process_info.after_sale_info if found.process_info else None)
    named = (ident(info.after_sale_id) or ident(info.aftersale_id)) if info else None
    order = ident(found.order_info.shop_order_id) if found.order_info else None
    if named not in (None, refund_id) or order not in (None, order_id):
        raise malformed("an answer about another after-sale", "$.data.process_info", event.delivery_id)


def _document(payload: bytes, ref: Ref, path: str, depth: int) -> Iterator[Canonical]:
    raw = payload.removeprefix(b"\xef\xbb\xbf").strip()
    if depth > MAX_NESTING:
        raise malformed("nested too deep", path, ref.delivery_id)
    if raw.startswith(b"["):
        for index, element in enumerate(decode(list[msgspec.Raw], raw, ref.delivery_id, path)):
            yield from _document(bytes(element), ref, f"{path}[{index}]", depth + 1)
        return
    document = decode(Document, raw, ref.delivery_id, path)
    if document.tag is not None:
        yield _of_push(next(cut(raw, ref.delivery_id)), ref)
    elif isinstance(document.data, Body):
        yield from _body(document.data, ref, f"{path}.data")
    elif told(document.sku_order_list):
        yield to_order(decode(ShopOrder, raw, ref.delivery_id, path), ref, path)
    else:
        yield from _body(document, ref, path)


def _of_push(part: Cut, ref: Ref) -> Canonical:
    kind = to_event(part, ref.delivery_id).kind
    if kind == "refund" and part.notice:
        return from_notice(part.tag, part.notice, ref, part.path)
    if kind == "order":
        raise Permanent(
            "payload-thin",
            "a push names an order, it does not hold one",
            connector=KEY,
            path=part.path,
            delivery_id=ref.delivery_id,
        )
    raise Skippable("topic-ignored", f"tag {part.tag} is not handled", connector=KEY, delivery_id=ref.delivery_id)


def _body(body: Body, ref: Ref, path: str) -> Iterator[Canonical]:
    order_id = None
    if body.shop_order_detail is not None:
        order_id = ident(body.shop_order_detail.order_id)
        yield to_order(body.shop_order_detail, ref, f"{path}.shop_order_detail")
    for index, order in enumerate(body.shop_order_list or ()):
        yield to_order(order, ref, f"{path}.shop_order_list[{index}]")
    if body.aftersale is not None:
        yield to_refund(body.aftersale, ref, f"{path}.aftersale", order_id)
    for index, item in enumerate(body.items or ()):
        yield to_refund(item, ref, f"{path}.items[{index}]")
    if body.process_info is not None:
        yield to_refund(Aftersale(process_info=body.process_info, order_info=body.order_info), ref, path)


CONNECTOR = DouyinConnector()
