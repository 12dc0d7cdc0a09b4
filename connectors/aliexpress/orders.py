"""Reading AliExpress: one order behind a push or a row of the list, and the list of what changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.contract import Api, Event, Page
from chalicelib.errors import Skippable
from chalicelib.toolkit.loose import Odd, ident, number, told
from chalicelib.toolkit.texts import digits
from chalicelib.toolkit.windows import walk_back
from connectors.aliexpress.api import call, require_success
from connectors.aliexpress.payloads import Listed, Row
from connectors.aliexpress.values import KEY, READ, moment, pacific, rows

DETAIL = "aliexpress.trade.new.redefining.findorderbyid"
LIST = "aliexpress.solution.order.get"
SIZE, DEPTH = 50, 5_000  # rows a page [docs]; how deep pages go is not confirmed
OVERLAP = 3_600  # seconds: Pacific time tells the hour in which summer ends twice
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Found(msgspec.Struct, gc=False):
    target: msgspec.Raw = msgspec.Raw(b"null")
    result: msgspec.Raw = msgspec.Raw(b"null")


class _Id(msgspec.Struct, gc=False):
    id: int | str | None = None


def hydrate(event: Event, api: Api) -> Event:
    """The event with the order that the API tells. Of a push nothing is used but the id."""
    if event.kind != "order":
        raise Skippable("topic-ignored", "only orders are read", connector=KEY, delivery_id=event.delivery_id)
    order_id = digits(event.resource_id)
    if order_id is None:
        raise READ.malformed("a push that names no order", "$.data.orderId", event.delivery_id)
    answer = READ.decode(_Found, bytes(call(api, DETAIL, {"param1": {"order_id": int(order_id), "show_id": 1}})), event.delivery_id)
    if told(answer.result):
        require_success(DETAIL, bytes(answer.result))
    if not told(answer.target):
        raise Skippable("resource-missing", "the platform knows no such order", connector=KEY, delivery_id=event.delivery_id)
    if ident(READ.decode(_Id, bytes(answer.target), event.delivery_id, "$.target").id) != order_id:
        raise READ.malformed("an answer about another order", "$.target.id", event.delivery_id)
    return replace(event, thin=False, payload=msgspec.json.encode({"order": answer.target}))


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of the orders that changed. They come thin: the list tells neither parcels nor refunds."""
    first, last = int(since.timestamp()) - OVERLAP, int(until.timestamp()) + OVERLAP
    walk = walk_back(
        lambda start, end, page: _page(api, start, end, page), first, last, cursor, size=SIZE, depth=DEPTH, connector=KEY
    )
    for events, following in walk:
        yield Page(tuple(events), following)


def _page(api: Api, start: int, end: int, page: int) -> tuple[list[Event], int]:
    window = {"modified_date_start": _stamp(start), "modified_date_end": _stamp(end)}
    answer = READ.decode(_Found, bytes(call(api, LIST, {"param0": {**window, "current_page": page + 1, "page_size": SIZE}})), None)
    if not told(answer.result):
        raise READ.malformed("an answer without a result", "$.result", None)
    found = READ.decode(Listed, bytes(answer.result), None, "$.result")
    require_success(LIST, bytes(answer.result))
    try:
        total = number(found.total_count, "total_count")
        events = [_event(row, index) for index, row in enumerate(rows(found.target_list))]
    except Odd as odd:
        raise READ.of(odd, "$.result", None) from None
    if total is None or total < 0:
        raise READ.malformed("expected a total", "$.result.total_count", None)
    return events, total


def _event(row: Row, index: int) -> Event:
    order_id = digits(row.order_id)
    changed = row.gmt_update or row.gmt_modified
    if order_id is None:
        raise Odd("an order without an id", f"target_list[{index}].order_id")
    return Event(
        delivery_id=f"pull:{order_id}:{changed or ''}",
        topic=LIST,
        kind="order",
        resource_id=order_id,
        occurred_at=moment(changed, f"target_list[{index}].gmt_update"),
        thin=True,
        payload=msgspec.json.encode({"data": {"orderId": order_id}}),
    )


def _stamp(seconds: int) -> str:
    return pacific(_EPOCH + timedelta(seconds=seconds))
