"""Reading orders and customers: pages of changed orders, and the one resource a thin event names."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from chalicelib.contract import Api, Event, HttpRequest, Page
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.clocks import rfc3339
from chalicelib.toolkit.decode import decoder, read
from chalicelib.toolkit.paging import MAX_PAGES, must_continue, paged
from connectors.shopify import queries
from connectors.shopify.api import GraphQL, TooCostly, call, root, uses_rest
from connectors.shopify.graphql import PageInfo
from connectors.shopify.numbers import number

DEFAULT_SIZE = 10  # orders a GraphQL page; a page that is refused as too costly is halved
REST_SIZE = 250
MAX_LINE_PAGES = 50
_LINK = re.compile(r'<([^>]{1,4000})>;\s*rel="?next"?')


class _RawOrders(msgspec.Struct, frozen=True, rename="camel"):
    nodes: list[msgspec.Raw]
    page_info: PageInfo


class _Page(msgspec.Struct, frozen=True):
    orders: _RawOrders


class _Stamp(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    updated_at: datetime | None = None
    line_items: dict[str, msgspec.Raw] | None = None


class _RestOrder(msgspec.Struct, frozen=True):
    id: int | str
    updated_at: datetime | None = None


class _RestPage(msgspec.Struct, frozen=True):
    orders: list[msgspec.Raw]


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of orders updated within [since, until), oldest first; see PullsOrders."""
    fetch = _rest_fetch(since, until, api) if uses_rest(api.account) else _graphql_fetch(since, until, api)
    for events, following in paged(fetch, cursor, connector="shopify", limit=MAX_PAGES):
        yield Page(events, following)


def _graphql_fetch(since: datetime, until: datetime, api: Api) -> Any:
    window = f"updated_at:>='{rfc3339(since)}' AND updated_at:<'{rfc3339(until)}'"
    graphql = GraphQL(api)

    def fetch(cursor: str | None) -> tuple[tuple[Event, ...], str | None]:
        after, first = _unpack(cursor)
        while True:
            try:
                data = graphql.ask(queries.ORDERS, {"q": window, "first": first, "after": after})
                break
            except TooCostly:
                if first <= 1:
                    raise Permanent("query-too-costly", "not even one order may be read", connector="shopify") from None
                first //= 2
        page = read(decoder(_Page), data, connector="shopify").orders
        following = must_continue(
            page.page_info.has_next_page, page.page_info.end_cursor, connector="shopify", path="$.data.orders.pageInfo.endCursor"
        )
        if following is not None and following == after:
            raise Permanent("cursor-repeated", "the platform gave the same page cursor twice", connector="shopify")
        events = tuple(_node_event(_whole(bytes(each), graphql)) for each in page.nodes)
        return events, None if following is None else _pack(following, first)

    return fetch


def _node_event(node: bytes) -> Event:
    stamp = read(decoder(_Stamp), node, connector="shopify")
    return _event(number(stamp.id), stamp.updated_at, node)


def _event(order_id: str, updated_at: datetime | None, payload: bytes) -> Event:
    version = rfc3339(updated_at) if updated_at is not None and updated_at.tzinfo is not None else "unknown"
    return Event(f"pull:{order_id}:{version}", "orders/pulled", "order", order_id, updated_at, thin=False, payload=payload)


def _whole(node: bytes, graphql: GraphQL) -> bytes:
    """The node with all its lines: the first query reads 50, further ones the rest."""
    stamp = read(decoder(_Stamp), node, connector="shopify")
    info = (stamp.line_items or {}).get("pageInfo")
    page = PageInfo() if info is None else read(decoder(PageInfo), bytes(info), connector="shopify")
    if not page.has_next_page:
        return node
    # Amounts and ids are text in GraphQL, so that nothing exact is lost in plain values.
    order = json.loads(node)
    nodes = order["lineItems"]["nodes"]

    def fetch(after: str | None) -> tuple[list[Any], str | None]:
        data = json.loads(graphql.ask(queries.MORE_LINES, {"id": stamp.id, "after": after}))
        lines = ((data.get("order") or {}).get("lineItems") or {}) if isinstance(data, dict) else {}
        told = lines.get("pageInfo") or {}
        more = bool(told.get("hasNextPage"))
        return list(lines.get("nodes") or ()), must_continue(more, told.get("endCursor"), connector="shopify", path="$.lineItems")

    for lines, _ in paged(fetch, page.end_cursor, connector="shopify", limit=MAX_LINE_PAGES):
        nodes.extend(lines)
    order["lineItems"]["pageInfo"] = {"hasNextPage": False, "endCursor": None}
    return json.dumps(order, ensure_ascii=False).encode()


def _pack(after: str, first: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([after, first]).encode()).decode("ascii")


def _unpack(cursor: str | None) -> tuple[str | None, int]:
    if cursor is None:
        return None, DEFAULT_SIZE
    try:
        after, first = decoder(tuple[str, int]).decode(base64.urlsafe_b64decode(cursor.encode("ascii")))
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise Permanent("cursor-malformed", "not a cursor of this connector", connector="shopify") from None
    return after, max(1, min(first, REST_SIZE))


def _rest_fetch(since: datetime, until: datetime, api: Api) -> Any:
    # Without status=any only open orders come back.
    first_query = (
        ("status", "any"),
        ("updated_at_min", rfc3339(since)),
        ("updated_at_max", rfc3339(until)),
        ("order", "updated_at asc"),
        ("limit", str(REST_SIZE)),
    )

    def fetch(cursor: str | None) -> tuple[tuple[Event, ...], str | None]:
        # A page link carries the window itself: next to page_info only the limit may stand.
        query = first_query if cursor is None else (("limit", str(REST_SIZE)), ("page_info", cursor))
        answer = call(api, HttpRequest("GET", f"{root(api.account)}/orders.json", query))
        page = read(decoder(_RestPage), answer.body, connector="shopify")
        following = _next_page(answer.headers.get("link", ""))
        return tuple(_rest_event(bytes(each)) for each in page.orders), following

    return fetch


def _rest_event(raw: bytes) -> Event:
    stamp = read(decoder(_RestOrder), raw, connector="shopify")
    return _event(str(stamp.id), stamp.updated_at, raw)


def _next_page(link: str) -> str | None:
    """The page_info of the next link. Only that is taken: a link's host is never called."""
    found = _LINK.search(link)
    if found is None:
        return None
    infos = [value for name, value in parse_qsl(urlsplit(found[1]).query) if name == "page_info"]
    return must_continue(True, infos[0] if infos else None, connector="shopify", path="link")


def hydrated(event: Event, api: Api) -> Event:
    """The event with its resource read from the API; see Hydrates."""
    if event.resource_id is None or not event.resource_id.isdigit():
        raise Permanent("resource-unnamed", "the event names no resource", connector="shopify", delivery_id=event.delivery_id)
    if event.kind == "buyer":
        return _with(event, "buyer", event.resource_id, _customer(event.resource_id, api))
    if event.kind in ("refund", "parcel"):
        return _hydrated_order(event, _order_of(event, api), api)
    if event.kind == "order":
        return _hydrated_order(event, event.resource_id, api)
    raise Skippable("kind-not-hydrated", f"{event.kind} is not read", connector="shopify", delivery_id=event.delivery_id)


def _hydrated_order(event: Event, order_id: str, api: Api) -> Event:
    if uses_rest(api.account):
        answer = call(api, HttpRequest("GET", f"{root(api.account)}/orders/{order_id}.json"))
        return _with(event, "order", order_id, answer.body)
    graphql = GraphQL(api)
    data = _ask(graphql, queries.ONE_ORDER, f"gid://shopify/Order/{order_id}")
    order = read(decoder(dict[str, msgspec.Raw]), data, connector="shopify").get("order")
    if order is None or bytes(order) == b"null":
        raise Skippable("resource-gone", "the shop has no such order", connector="shopify", delivery_id=event.delivery_id)
    return _with(event, "order", order_id, _whole(bytes(order), graphql))


def _order_of(event: Event, api: Api) -> str:
    if uses_rest(api.account):
        detail = "REST reads refunds and fulfilments through their order only"
        raise Permanent("hydration-unsupported", detail, connector="shopify", delivery_id=event.delivery_id)
    name = "Refund" if event.kind == "refund" else "Fulfillment"
    data = json.loads(_ask(GraphQL(api), queries.ORDER_OF, f"gid://shopify/{name}/{event.resource_id}"))
    node = data.get("node") if isinstance(data, dict) else None
    order = node.get("order") if isinstance(node, dict) else None
    if not isinstance(order, dict) or not isinstance(order.get("id"), str):
        raise Skippable("resource-gone", "the shop has no such resource", connector="shopify", delivery_id=event.delivery_id)
    return number(order["id"])


def _ask(graphql: GraphQL, query: str, gid: str) -> bytes:
    try:
        return graphql.ask(query, {"id": gid})
    except TooCostly:
        raise Permanent("query-too-costly", "not even one resource may be read", connector="shopify") from None


class _GraphConsent(msgspec.Struct, frozen=True, rename="camel"):
    marketing_state: str | None = None
    consent_updated_at: str | None = None


class _GraphCustomer(msgspec.Struct, frozen=True, rename="camel"):
    legacy_resource_id: int | str
    email_marketing_consent: _GraphConsent | None = None
    sms_marketing_consent: _GraphConsent | None = None


class _GraphCustomerData(msgspec.Struct, frozen=True):
    customer: _GraphCustomer | None = None


def _customer(customer_id: str, api: Api) -> bytes:
    """The customer's consents in REST's shape."""
    if uses_rest(api.account):
        return call(api, HttpRequest("GET", f"{root(api.account)}/customers/{customer_id}.json")).body
    data = _ask(GraphQL(api), queries.CUSTOMER, f"gid://shopify/Customer/{customer_id}")
    found = read(decoder(_GraphCustomerData), data, connector="shopify").customer
    if found is None:
        raise Skippable("resource-gone", "the shop has no such customer", connector="shopify")
    body: dict[str, Any] = {"id": str(found.legacy_resource_id)}
    for name, consent in (("email", found.email_marketing_consent), ("sms", found.sms_marketing_consent)):
        if consent is not None and consent.marketing_state:
            told = {"state": consent.marketing_state.lower(), "consent_updated_at": consent.consent_updated_at}
            body[f"{name}_marketing_consent"] = told
    return json.dumps(body).encode()


def _with(event: Event, kind: Any, resource_id: str, payload: bytes) -> Event:
    return Event(event.delivery_id, event.topic, kind, resource_id, event.occurred_at, thin=False, payload=payload)
