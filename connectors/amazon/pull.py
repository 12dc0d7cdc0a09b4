"""Pulling Amazon: orders that changed in a window, then the orders that got money back in it.

`searchOrders` may be called once in three minutes after its burst, so that a page holds a hundred and everything with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.contract import Api, Event, Page
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.paging import paged
from connectors.amazon import payloads as shapes
from connectors.amazon import status as words
from connectors.amazon.api import GET_ORDER, SEARCH_ORDERS, TRANSACTIONS, get
from connectors.amazon.refunds import related
from connectors.amazon.values import KEY, READ, ident

ORDERS = "/orders/2026-01-01/orders"
FINANCES = "/finances/2024-06-19/transactions"
INCLUDED = "BUYER,RECIPIENT,PROCEEDS,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT"
SIZE = "100"  # the most there may be [model]
LAG = timedelta(minutes=3)  # the end of a window has to lie two minutes back [model]
MAX_TRANSACTION_PAGES = 20


def hydrate(event: Event, api: Api) -> Event:
    """`{"order", "transactions"}`; the transactions where the event is about money."""
    order_id = ident(event.resource_id)
    if order_id is None:
        raise READ.malformed("no order to read", "$.Payload", event.delivery_id)
    raw = get(api, f"{ORDERS}/{order_id}", (("includedData", INCLUDED),), GET_ORDER)
    answer = READ.decode(shapes.Document, raw, event.delivery_id)
    if answer.order is None or answer.order.order_id != order_id:
        raise READ.malformed("an answer about another order", "$.order.orderId", event.delivery_id)
    if event.topic in words.WITH_MONEY:
        order = READ.decode(dict[str, msgspec.Raw], raw, event.delivery_id)["order"]
        raw = msgspec.json.encode({"order": order, "transactions": _transactions(order_id, api, event.delivery_id)})
    return replace(event, thin=False, payload=raw)


def _transactions(order_id: str, api: Api, delivery_id: str) -> list[msgspec.Raw]:
    found: list[msgspec.Raw] = []

    def fetch(token: str | None) -> tuple[list[msgspec.Raw], str | None]:
        query = [("relatedIdentifierName", "ORDER_ID"), ("relatedIdentifierValue", order_id)]
        body = get(api, FINANCES, [*query, *((("nextToken", token),) if token else ())], TRANSACTIONS)
        page = READ.decode(shapes.RawTransactionPage, body, delivery_id)
        inner = page.payload or page
        if inner is page and page.transactions is None:
            raise READ.malformed("a page without transactions", "$.payload", delivery_id)
        return inner.transactions or [], inner.next_token or None

    for rows, _ in paged(fetch, None, connector=KEY, limit=MAX_TRANSACTION_PAGES):
        found += rows
    return found


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of both lists.

    The cursor names the list, the second at which both end, since a token is good for the window alone that it was made for,
    and Amazon's own token, which lives for a day.
    """
    end = min(until, api.now() - LAG).replace(microsecond=0)
    name, told, inner = [*(cursor or "orders::").split(":", 2), "", ""][:3]
    if name not in ("orders", "refunds") or (told and not (told.isdecimal() and told.isascii() and len(told) < 12)):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    if told:
        end = datetime.fromtimestamp(int(told), UTC)
    if end <= since:
        yield Page((), None)
        return
    second = int(end.timestamp())
    if name == "orders":
        window = (("lastUpdatedAfter", stamp(since)), ("lastUpdatedBefore", stamp(end)), ("marketplaceIds", _markets(api)))
        yield from _listed(lambda token: _order_page(window, token, api), f"orders:{second}", inner, f"refunds:{second}:")
        inner = ""
    posted = (("postedAfter", stamp(since)), ("postedBefore", stamp(end)))
    yield from _listed(lambda token: _refund_page(posted, token, api), f"refunds:{second}", inner, None)


def _listed(
    fetch: Callable[[str | None], tuple[tuple[Event, ...], str | None]], name: str, inner: str, after: str | None
) -> Iterator[Page]:
    for events, following in paged(fetch, inner or None, connector=KEY):
        yield Page(events, f"{name}:{following}" if following else after)


def _markets(api: Api) -> str:
    found = [each.strip() for each in api.account.options.get("marketplace_ids", "").split(",") if each.strip()]
    if not found or not all(ident(each) for each in found):
        raise ConfigError("option-missing", "the option marketplace_ids is not configured", connector=KEY)
    return ",".join(found)


def _order_page(window: Sequence[tuple[str, str]], token: str | None, api: Api) -> tuple[tuple[Event, ...], str | None]:
    query = [*window, ("maxResultsPerPage", SIZE), ("includedData", INCLUDED)]
    body = get(api, ORDERS, [*query, *((("paginationToken", token),) if token else ())], SEARCH_ORDERS)
    page = READ.decode(shapes.OrderPage, body, None)
    if page.orders is None:
        raise READ.malformed("a page without orders", "$.orders", None)
    events = tuple([_order_event(bytes(raw), index) for index, raw in enumerate(page.orders)])
    return events, (page.pagination.next_token or None) if page.pagination else None


def _order_event(raw: bytes, index: int) -> Event:
    body = READ.decode(shapes.OrderShape, raw, None, f"$.orders[{index}]")
    if ident(body.order_id) is None:
        raise READ.malformed("an order without an id", f"$.orders[{index}].orderId", None)
    return _event("pull:order", str(body.order_id), raw, utc(body.last_updated_time), thin=False)


def _refund_page(window: Sequence[tuple[str, str]], token: str | None, api: Api) -> tuple[tuple[Event, ...], str | None]:
    """Orders that got money back, each once a page, to be read with all their transactions."""
    body = get(api, FINANCES, [*window, *((("nextToken", token),) if token else ())], TRANSACTIONS)
    page = READ.decode(shapes.TransactionPage, body, None)
    inner = page.payload or page
    if inner is page and page.transactions is None:
        raise READ.malformed("a page without transactions", "$.payload", None)
    events: dict[str, Event] = {}
    for each in inner.transactions or ():
        order_id = ident(related(each, "ORDER_ID"))
        if each.transaction_type in words.REFUND_TYPES and order_id:
            mark = f"{order_id}:{each.transaction_id}:{each.transaction_status}"
            events[order_id] = _event("pull:transaction", order_id, mark.encode(), utc(each.posted_date), thin=True)
    return tuple(events.values()), inner.next_token or None


def _event(topic: str, order_id: str, raw: bytes, at: datetime | None, *, thin: bool) -> Event:
    return Event(
        delivery_id=f"{topic}:{order_id}:{hashlib.sha256(raw).hexdigest()[:32]}",
        topic=topic,
        kind="order",
        resource_id=order_id,
        occurred_at=at,
        thin=thin,
        payload=b"{}" if thin else raw,
    )


def stamp(at: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
