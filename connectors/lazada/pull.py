"""Pulling Lazada: changed orders with their units, then changed reverse orders, in windows of 15 days; reviews by product."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec

from chalicelib.contract import Api, Event, EventKind, Page
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, epoch, ident, number, told
from chalicelib.toolkit.texts import digits
from chalicelib.toolkit.windows import cut, walk_back
from connectors.lazada.api import call
from connectors.lazada.hydrate import items_of, reverse_page
from connectors.lazada.payloads import OrderRow, OrdersPage, ReverseLine, ReverseRow, Wrapped
from connectors.lazada.values import KEY, READ, moment

WINDOW = 15 * 86_400  # seconds
SIZE, DEPTH = 100, 5_000  # orders a page; offset [docs /orders/get: limit 100; the depth is not confirmed]
REVERSE_SIZE, REVERSE_DEPTH = 50, 5_000  # not confirmed

Fetch = Callable[[Api, int, int, int], tuple[list[Event], int]]


@dataclass(frozen=True, slots=True)
class Listing:
    """One of the two calls that list what changed."""

    name: str
    fetch: Fetch
    size: int
    depth: int


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of both listings, orders first. The cursor is the listing, the start of its window, and the place in that."""
    first, last = int(since.timestamp()), int(until.timestamp()) + 1
    windows = [(name, start, end) for name in LISTINGS for start, end in cut(first, last, WINDOW)]
    at, inner = _place(windows, cursor)
    for index in range(at, len(windows)):
        name, start, end = windows[index]
        listing = LISTINGS[name]
        after = f"{windows[index + 1][0]}:{windows[index + 1][1]}:" if index + 1 < len(windows) else None
        walk = walk_back(
            partial(listing.fetch, api),
            start,
            end,
            inner or None,
            size=listing.size,
            depth=listing.depth,
            connector=KEY,
        )
        for events, following in walk:
            yield Page(tuple(events), f"{name}:{start}:{following}" if following else after)
        inner = ""


def _place(windows: Sequence[tuple[str, int, int]], cursor: str | None) -> tuple[int, str]:
    if cursor is None:
        return 0, ""
    name, _, rest = cursor.partition(":")
    start, _, inner = rest.partition(":")
    for index, window in enumerate(windows):
        if (window[0], str(window[1])) == (name, start):
            return index, inner
    raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)


def _orders(api: Api, start: int, end: int, page: int) -> tuple[list[Event], int]:
    params = [
        ("update_after", _iso(start)),
        ("update_before", _iso(end)),
        ("sort_by", "updated_at"),
        ("sort_direction", "ASC"),
        ("limit", str(SIZE)),
        ("offset", str(page * SIZE)),
    ]
    answer = READ.decode(Wrapped, call(api, "/orders/get", params), None)
    if not told(answer.data):
        raise READ.malformed("an answer without data", "$.data", None)
    found = READ.decode(OrdersPage, bytes(answer.data), None, "$.data")
    total = _total(found.countTotal if found.countTotal is not None else found.count, "$.data", "countTotal")
    heads = found.orders or []
    rows = [READ.decode(OrderRow, bytes(raw), None, f"$.data.orders[{index}]") for index, raw in enumerate(heads)]
    ids = [_id(row.order_id, f"$.data.orders[{index}].order_id") for index, row in enumerate(rows)]
    items = items_of(ids, api) if ids else {}
    return [_order_event(raw, row, ids[index], items) for index, (raw, row) in enumerate(zip(heads, rows, strict=True))], total


def _order_event(raw: msgspec.Raw, row: OrderRow, order_id: str, items: dict[str, msgspec.Raw]) -> Event:
    if order_id not in items:
        raise Permanent("pull-truncated", "an order whose units were not answered", connector=KEY, path="$.data")
    payload = msgspec.json.encode({"order": raw, "items": items[order_id]})
    try:
        updated_at = moment(row.updated_at, "updated_at")
    except Odd as odd:
        raise READ.of(odd, "$.data.orders", None) from None
    return pulled("/orders/get", "order", order_id, updated_at, payload)


def _reverses(api: Api, start: int, end: int, page: int) -> tuple[list[Event], int]:
    params = [
        ("ReverseOrderLineModifiedTimeRangeStart", str(start * 1000)),
        ("ReverseOrderLineModifiedTimeRangeEnd", str(end * 1000)),
    ]
    raws, total = reverse_page(api, params, page + 1, REVERSE_SIZE)
    rows = [READ.decode(ReverseRow, bytes(raw), None, f"$.result.items[{index}]") for index, raw in enumerate(raws)]
    orders = [_id(row.trade_order_id, f"$.result.items[{index}].trade_order_id") for index, row in enumerate(rows)]
    items = items_of(list(dict.fromkeys(orders)), api) if orders else {}
    return [_reverse_event(raw, row, order, items) for raw, row, order in zip(raws, rows, orders, strict=True)], total


def _reverse_event(raw: msgspec.Raw, row: ReverseRow, order_id: str, items: dict[str, msgspec.Raw]) -> Event:
    """The reverse order with the units of its order, which tell the currency and the lines. An old order may be gone."""
    document: dict[str, object] = {"reverses": [raw]}
    if order_id in items:
        document["items"] = items[order_id]
    lines = READ.decode(_Lines, bytes(raw), None, "$.result.items").reverse_order_lines or []
    try:
        times = [at for line in lines if (at := epoch(line.return_order_line_gmt_modified, "return_order_line_gmt_modified"))]
    except Odd as odd:
        raise READ.of(odd, "$.result.items", None) from None
    resource = ident(row.reverse_order_id) or order_id
    return pulled("/reverse/getreverseordersforseller", "refund", resource, max(times, default=None), msgspec.json.encode(document))


class _Lines(msgspec.Struct, gc=False):
    reverse_order_lines: list[ReverseLine] | None = None


def pulled(topic: str, kind: EventKind, resource: str, at: datetime | None, payload: bytes) -> Event:
    """An event of a pull; told apart by its content, so that an unchanged one is the same delivery."""
    mark = hashlib.sha256(payload).hexdigest()[:32]
    return Event(f"pull:{resource}:{mark}", topic, kind, resource, at, thin=False, payload=payload)


def _total(value: int | str | None, path: str, name: str) -> int:
    try:
        total = number(value, name)
    except Odd as odd:
        raise READ.of(odd, path, None) from None
    if total is None or total < 0:
        raise READ.malformed("expected a total", f"{path}.{name}", None)
    return total


def _id(value: int | str | None, path: str) -> str:
    found = digits(value)
    if found is None:
        raise READ.malformed("expected an id", path, None)
    return found


def _iso(seconds: int) -> str:
    """As the search wants it: an offset, never Z."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat(timespec="seconds")


LISTINGS: dict[str, Listing] = {
    "orders": Listing("orders", _orders, SIZE, DEPTH),
    "reverses": Listing("reverses", _reverses, REVERSE_SIZE, REVERSE_DEPTH),
}
