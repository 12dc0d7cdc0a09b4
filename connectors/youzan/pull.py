"""Hydrating a push, and pulling Youzan: changed orders, then changed refunds, and evaluations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec

from chalicelib.contract import Api, Event, EventKind, Page
from chalicelib.domain.order import STATUS_RANK
from chalicelib.errors import Retriable, Skippable
from chalicelib.toolkit.beijing import moment, wall
from chalicelib.toolkit.loose import Id, Odd, ident, number
from chalicelib.toolkit.windows import Listing, walk_listings
from connectors.youzan import status
from connectors.youzan.api import call
from connectors.youzan.payloads import (
    Evaluation,
    EvaluationPage,
    Notice,
    OrderInfo,
    RefundPage,
    RefundRow,
    TradePage,
    TradeRow,
)
from connectors.youzan.values import KEY, READ, part

ORDERS, TRADE = ("youzan.trades.sold.get", "4.0.4"), ("youzan.trade.get", "4.0.2")
REFUNDS, REFUND = ("youzan.trade.refund.search", "3.0.1"), ("youzan.trade.refund.get", "3.0.1")
EVALUATIONS = ("youzan.item.evaluation.query", "1.0.0")
SIZE, DEPTH = 100, 10_000  # [doc]
REFUND_SIZE, REFUND_DEPTH = 50, 3_000  # [doc]
WINDOW = 89 * 86_400  # a query spans three months at most [doc]
LAG = timedelta(seconds=30)  # what changed later may be missing yet [doc]
CATCH_UP = timedelta(minutes=5)  # how long a read that lags behind a push is tried again (ours)
MOST_REFUNDS = 50  # of one order that are asked for one by one (ours)


def hydrate(event: Event, api: Api) -> Event:
    """The event with the order, and the refunds that it names, as the API tells them. Of the push only ids are used."""
    notice = READ.decode(Notice, event.payload, event.delivery_id)
    tid = ident(notice.tid)
    if event.kind not in ("order", "refund"):
        raise Skippable("topic-ignored", f"{event.topic} is not handled", connector=KEY, delivery_id=event.delivery_id)
    if tid is None:
        raise READ.malformed("a push that names no order", "$.tid", event.delivery_id)
    data = call(api, *TRADE, {"tid": tid})
    row = READ.decode(TradeRow, data, event.delivery_id, "$.data")
    head = row.full_order_info.order_info if row.full_order_info else None
    if head is None or ident(head.tid) != tid:
        raise READ.malformed("an answer about another order", "$.data.full_order_info.order_info.tid", event.delivery_id)
    _require_caught_up(event, head, api.now())
    try:
        rows = part(row.refund_order, "refund_order") or []
    except Odd as odd:
        raise READ.of(odd, "$.data", event.delivery_id) from None
    wanted = dict.fromkeys([found for each in rows[:MOST_REFUNDS] if (found := ident(each.refund_id))])
    if event.kind == "refund" and (named := ident(notice.refund_id)):
        wanted[named] = None
    document = {"trade": msgspec.Raw(data), "refunds": [_refund(refund_id, tid, event, api) for refund_id in wanted]}
    return replace(event, thin=False, payload=msgspec.json.encode(document))


def _require_caught_up(event: Event, head: OrderInfo, now: datetime) -> None:
    """The API lags behind the pushes by up to half a minute: a read that is less far than the push says comes too early."""
    reached, state = status.REACHED.get(event.topic), status.ORDER_STATUS.get(head.status or "")
    if reached is None or state is None or event.occurred_at is None or now - event.occurred_at > CATCH_UP:
        return
    if STATUS_RANK[state] < STATUS_RANK[reached]:
        raise Retriable("platform-behind", "the order is read as it was before the push", after=30, connector=KEY)


def _refund(refund_id: str, tid: str, event: Event, api: Api) -> msgspec.Raw:
    data = call(api, *REFUND, {"refund_id": refund_id})
    row = READ.decode(RefundRow, data, event.delivery_id, "$.data")
    if ident(row.refund_id) != refund_id or ident(row.tid) != tid:
        raise READ.malformed("an answer about another refund", "$.data.refund_id", event.delivery_id)
    return msgspec.Raw(data)


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of changed orders, then of changed refunds, up to half a minute ago."""
    last = min(until, api.now() - LAG)
    listings = (
        Listing("orders", partial(_orders, api), SIZE, DEPTH, WINDOW),
        Listing("refunds", partial(_refunds, api), REFUND_SIZE, REFUND_DEPTH, WINDOW),
    )
    first = int(min(since, last).timestamp())
    for events, following in walk_listings(listings, first, max(int(last.timestamp()) + 1, first), cursor, connector=KEY):
        yield Page(tuple(events), following)


def _orders(api: Api, start: int, end: int, page: int) -> tuple[list[Event], int]:
    params = {"start_update": _wall(start), "end_update": _wall(end), "page_no": page + 1, "page_size": SIZE}
    found = READ.decode(TradePage, call(api, *ORDERS, params), None, "$.data")
    return [_order_event(raw, index) for index, raw in enumerate(found.full_order_info_list or ())], _total(
        found.total_results, "$.data.total_results"
    )


def _order_event(raw: msgspec.Raw, index: int) -> Event:
    path = f"$.data.full_order_info_list[{index}]"
    row = READ.decode(TradeRow, bytes(raw), None, path)
    head = row.full_order_info.order_info if row.full_order_info else None
    tid = ident(head.tid) if head else None
    if head is None or tid is None:
        raise READ.malformed("an order without an id", path, None)
    return pulled(ORDERS[0], "order", tid, _moment(head.update_time, path), bytes(raw))


def _refunds(api: Api, start: int, end: int, page: int) -> tuple[list[Event], int]:
    params = {"update_time_start": start, "update_time_end": end, "page_no": page + 1, "page_size": REFUND_SIZE}
    found = READ.decode(RefundPage, call(api, *REFUNDS, params), None, "$.data")
    return [_refund_event(raw, index) for index, raw in enumerate(found.refunds or ())], _total(found.total, "$.data.total")


def _refund_event(raw: msgspec.Raw, index: int) -> Event:
    path = f"$.data.refunds[{index}]"
    row = READ.decode(RefundRow, bytes(raw), None, path)
    refund_id = ident(row.refund_id)
    if refund_id is None:
        raise READ.malformed("a refund without an id", path, None)
    payload = msgspec.json.encode({"refunds": [raw]})
    return pulled(REFUNDS[0], "refund", refund_id, _moment(row.modified, path), payload)


def reviews(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of evaluations written in the window. Default ones, which the platform writes itself, are not told."""
    listing = Listing("evaluations", partial(_evaluations, api), REFUND_SIZE, REFUND_DEPTH, WINDOW)
    first, last = int(since.timestamp()), int(until.timestamp()) + 1
    for events, following in walk_listings((listing,), first, max(last, first), cursor, connector=KEY):
        yield Page(tuple(events), following)


def _evaluations(api: Api, start: int, end: int, page: int) -> tuple[list[Event], int]:
    params = {"start_created": _wall(start), "end_created": _wall(end), "page_no": page + 1, "page_size": REFUND_SIZE}
    found = READ.decode(EvaluationPage, call(api, *EVALUATIONS, params), None, "$.data")
    totals = (found.total_count, found.totalCount, found.total)
    total = next((each for each in totals if each is not None), None)
    return [_evaluation(raw, index) for index, raw in enumerate(found.items)], _total(total, "$.data.total_count")


def _evaluation(raw: msgspec.Raw, index: int) -> Event:
    path = f"$.data.items[{index}]"
    row = READ.decode(Evaluation, bytes(raw), None, path)
    resource = review_id(row)
    if resource is None:
        raise READ.malformed("an evaluation without an id", path, None)
    at = _moment(row.update_time or row.created_time, path)
    return pulled(EVALUATIONS[0], "review", resource, at, msgspec.json.encode({"items": [raw]}))


def review_id(row: Evaluation) -> str | None:
    """What an evaluation is known by."""
    return ident(row.evaluation_id) or ident(row.id) or ident(row.alias)


def pulled(topic: str, kind: EventKind, resource: str, at: datetime | None, payload: bytes) -> Event:
    """An event of a pull; told apart by its content, so that an unchanged one is the same delivery."""
    mark = hashlib.sha256(payload).hexdigest()[:32]
    return Event(f"pull:{resource}:{mark}", topic, kind, resource, at, thin=False, payload=payload)


def _moment(value: str | None, path: str) -> datetime | None:
    try:
        return moment(value, "update_time")
    except Odd as odd:
        raise READ.of(odd, path, None) from None


def _total(value: Id, path: str) -> int:
    try:
        total = number(value, "total")
    except Odd as odd:
        raise READ.malformed(odd.detail, path, None) from None
    if total is None or total < 0:
        raise READ.malformed("expected a total", path, None)
    return total


def _wall(seconds: int) -> str:
    return wall(datetime.fromtimestamp(seconds, UTC))
