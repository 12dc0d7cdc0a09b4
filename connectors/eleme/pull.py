"""Hydrating a push, and reading the orders of each day: Ele.me has no list of what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import msgspec

from chalicelib.contract import Api, Event, EventKind, Page
from chalicelib.errors import Permanent, Retriable, Skippable
from chalicelib.toolkit.beijing import ZONE, moment
from chalicelib.toolkit.clocks import to_millis
from chalicelib.toolkit.loose import Id, Odd, ident, number, yes
from connectors.eleme import status
from connectors.eleme.api import call
from connectors.eleme.payloads import Delivery, OrderPage, Row
from connectors.eleme.values import KEY, READ, digits, shop_of

ORDER, ORDERS = "eleme.order.getOrder", "eleme.order.getAllOrders"
REFUND, DELIVERIES = "eleme.order.getRefundOrder", "eleme.order.batchGetDeliveryStates"
SIZE, MOST_PAGES = 50, 100  # [code]
DAY = timedelta(days=1)


class _Thin(msgspec.Struct, gc=False):
    """What push.py puts into a thin event."""

    type: int
    orderId: Id = None
    at: Id = None


def hydrate(event: Event, api: Api) -> Event:
    """The event with the order as the API tells it, what went back, and what the push said beside it."""
    if event.kind != "order":
        raise Skippable("topic-ignored", f"type {event.topic} is not handled", connector=KEY, delivery_id=event.delivery_id)
    thin = READ.decode(_Thin, event.payload, event.delivery_id)
    order_id = digits(thin.orderId)
    if order_id is None:
        raise READ.malformed("a push that names no order", "$.orderId", event.delivery_id)
    found = call(api, ORDER, {"orderId": order_id})
    row = READ.decode(Row, found, event.delivery_id, "$.result")
    if order_id not in (ident(row.id), ident(row.orderId)):
        raise READ.malformed("an answer about another order", "$.result.id", event.delivery_id)
    if yes(row.downgraded):
        raise Retriable("order-downgraded", "the order is not whole yet", after=30, connector=KEY)
    document = {**_told(msgspec.Raw(found), row, order_id, api), "change": {"type": thin.type, "at": thin.at}}
    return replace(event, thin=False, payload=msgspec.json.encode(document))


def _told(raw: msgspec.Raw, row: Row, order_id: str, api: Api) -> dict[str, object]:
    """The order, and its refund where money went back: it alone tells how much."""
    if row.refundStatus != "successful":
        return {"order": raw}
    return {"order": raw, "refund": msgspec.Raw(call(api, REFUND, {"orderId": order_id}))}


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of the orders of every day from the day before `since`. The cursor is the day and a page."""
    first, last = (since - DAY).astimezone(ZONE).date(), min(until, api.now()).astimezone(ZONE).date()
    at, page = _parse(cursor) if cursor else (first.isoformat(), 1)
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        name = day.isoformat()
        if name < at:
            continue
        start = page if name == at else 1
        for number_ in range(start, MOST_PAGES + 1):
            events, more = _page(api, day, number_)
            following = f"{name}.{number_ + 1}" if more else f"{(day + DAY).isoformat()}.1" if day < last else None
            yield Page(tuple(events), following)
            if not more:
                break
        else:
            raise Permanent("pull-truncated", f"more than {MOST_PAGES} pages a day", connector=KEY)


def _parse(cursor: str) -> tuple[str, int]:
    day, _, page = cursor.partition(".")
    try:
        date.fromisoformat(day)
    except ValueError:
        page = ""
    if not (page.isdecimal() and 0 < len(page) < 4):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    return day, int(page)


def _page(api: Api, day: date, page: int) -> tuple[list[Event], bool]:
    params = {"shopId": shop_of(api.account), "pageNo": page, "pageSize": SIZE, "date": day.isoformat()}
    found = READ.decode(OrderPage, call(api, ORDERS, params), None, "$.result")
    rows = found.rows or []
    try:
        total = number(found.total, "total")
    except Odd as odd:
        raise READ.of(odd, "$.result", None) from None
    if total is None or total < 0:
        raise READ.malformed("expected a total", "$.result.total", None)
    if len(rows) < min(SIZE, total - (page - 1) * SIZE):
        raise Permanent("pull-truncated", f"page {page} of a day is short", connector=KEY)
    listed = [(raw, *_row(raw, index)) for index, raw in enumerate(rows)]
    carried = _carried([order_id for _, row, order_id in listed if row.status not in status.ENDED], api)
    return [_event(raw, row, order_id, carried.get(order_id), api) for raw, row, order_id in listed], page * SIZE < total


def _row(raw: msgspec.Raw, index: int) -> tuple[Row, str]:
    path = f"$.result.list[{index}]"
    row = READ.decode(Row, bytes(raw), None, path)
    order_id = digits(row.id) or digits(row.orderId)
    if order_id is None:
        raise READ.malformed("an order without an id", path, None)
    return row, order_id


def _carried(order_ids: list[str], api: Api) -> dict[str, Delivery | None]:
    """How far each order is delivered, which it does not tell itself."""
    if not order_ids:
        return {}
    found = call(api, DELIVERIES, {"orderIds": order_ids})
    return {} if found in (b"", b"null") else READ.decode(dict[str, Delivery | None], found, None, "$.result")


def _event(raw: msgspec.Raw, row: Row, order_id: str, delivery: Delivery | None, api: Api) -> Event:
    """A row has no time of change: that of its delivery stands in.

    An order that has ended tells none at all. It was so when it was read, and that is the event's time: by its clock the order
    outranks what was told of its delivery before, and no time of ours becomes the order's.
    """
    document = _told(raw, row, order_id, api)
    kind = status.CARRIED.get(delivery.state or "") if delivery else None
    if delivery and kind:
        try:
            at = moment(delivery.createdAt, "createdAt")
        except Odd as odd:
            raise READ.of(odd, f"$.result.{order_id}", None) from None
        document["change"] = {"type": kind, "at": to_millis(at) if at else None}
    ended = row.status in status.ENDED
    document["ended"] = ended
    return pulled(ORDERS, "order", order_id, api.now() if ended else None, msgspec.json.encode(document))


def pulled(topic: str, kind: EventKind, resource: str, at: datetime | None, payload: bytes) -> Event:
    """An event of a pull; told apart by its content, so that an unchanged one is the same delivery."""
    mark = hashlib.sha256(payload).hexdigest()[:32]
    return Event(f"pull:{resource}:{mark}", topic, kind, resource, at, thin=False, payload=payload)
