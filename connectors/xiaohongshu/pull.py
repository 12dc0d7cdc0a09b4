"""Pulling Xiaohongshu: changed orders, then changed after-sales, in windows of half an hour, each from its last page to its first.

Lists tell no amounts: what they name is read one by one, as after a push.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.contract import Api, Event, EventKind, Page
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.loose import Odd, epoch, ident, number
from chalicelib.toolkit.windows import walk_back
from connectors.xiaohongshu.api import call
from connectors.xiaohongshu.payloads import Listed, Row
from connectors.xiaohongshu.read import A_PAGE, AFTERSALES
from connectors.xiaohongshu.values import KEY, READ

ORDERS = "order.getOrderList"
WINDOW = 1800  # seconds [docs]
DEPTH = {"orders": 10_000, "aftersales": 50_000}  # rows: 100 pages of 100 [docs]; pageNo * pageSize [code]
BY_UPDATE = 2  # timeType [docs]
UNITS = {"s": 1, "ms": 1000}
UNIT_OPTION = "order_time_unit"
EMPTY_WINDOWS = 48  # how many windows without a row go by before a page says how far it is


@dataclass(frozen=True, slots=True)
class Listing:
    """One of the two lists. `unit`: its times in a second. `topic`: the tag under which its rows are read again."""

    name: str
    method: str
    kind: EventKind
    topic: str
    after: str | None


LISTINGS = {
    "orders": Listing("orders", ORDERS, "order", "msg_fulfillment_status_change", "aftersales"),
    "aftersales": Listing("aftersales", AFTERSALES, "refund", "msg_after_sale_update", None),
}


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of both lists. The cursor names the list, its window and the place in it."""
    first = int(since.timestamp())
    last = max(int(until.timestamp()) + 1, first + 1)
    name, start, end, inner = _parsed(cursor) if cursor else ("orders", first, min(first + WINDOW, last), None)
    listing: Listing | None = LISTINGS[name]
    while listing is not None:
        yield from _listing(listing, (start, end, last), inner, api, first)
        listing = LISTINGS[listing.after] if listing.after else None
        start, end, inner = first, min(first + WINDOW, last), None


def _listing(listing: Listing, window: tuple[int, int, int], inner: str | None, api: Api, first: int) -> Iterator[Page]:
    """All windows of one list, from `window` (start, end, last) on."""
    start, end, last = window
    empty = 0
    while True:
        onward = _spelled(listing.name, end, min(end + WINDOW, last), None) if end < last else _first_of(listing.after, first, last)
        walk = walk_back(
            lambda low, high, page: _page(listing, low, high, page, api),
            start,
            end,
            inner,
            size=A_PAGE,
            depth=DEPTH[listing.name],
            connector=KEY,
        )
        for events, following in walk:
            empty = 0 if events else empty + 1
            if events or following or onward is None or end >= last or empty >= EMPTY_WINDOWS:
                empty = 0
                yield Page(tuple(events), _spelled(listing.name, start, end, following) if following else onward)
        if end >= last:
            return
        start, end, inner = end, min(end + WINDOW, last), None


def _first_of(name: str | None, first: int, last: int) -> str | None:
    return _spelled(name, first, min(first + WINDOW, last), None) if name else None


def _spelled(name: str, start: int, end: int, inner: str | None) -> str:
    return f"{name}/{start}/{end}/{inner or ''}"


def _parsed(cursor: str) -> tuple[str, int, int, str | None]:
    parts = cursor.split("/")
    if len(parts) != 4 or parts[0] not in LISTINGS or not all(part.isdecimal() and len(part) < 12 for part in parts[1:3]):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    return parts[0], int(parts[1]), int(parts[2]), parts[3] or None


def _page(listing: Listing, start: int, end: int, page: int, api: Api) -> tuple[Sequence[Event], int]:
    unit = _unit(api) if listing.kind == "order" else 1000  # after-sales want milliseconds [code]
    span: dict[str, Any] = {"timeType": BY_UPDATE, "startTime": start * unit, "endTime": end * unit}
    every = {"orderType": 0, "orderStatus": 0} if listing.kind == "order" else {}
    data = call(api, listing.method, {**span, **every, "pageNo": page + 1, "pageSize": A_PAGE})
    found = READ.decode(Listed, bytes(data), None, "$.data")
    rows = (found.order_list if listing.kind == "order" else found.after_sale_basic_infos) or []
    try:
        total = number(found.total if listing.kind == "order" else found.total_count, "total")
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None
    if total is None or total < 0:
        raise READ.malformed("expected a total", "$.data.total", None)
    return [_event(listing, row, index) for index, row in enumerate(rows)], total


def _unit(api: Api) -> int:
    unit = UNITS.get(api.account.options.get(UNIT_OPTION, "s"))
    if unit is None:
        raise ConfigError("option-malformed", f"the option {UNIT_OPTION} is s or ms", connector=KEY)
    return unit


def _event(listing: Listing, row: Row, index: int) -> Event:
    """A thin event, as a push would give it. Two tellings of one change are one: the time of the change is in its id."""
    order_id, returns_id = ident(row.order_id), ident(row.returns_id)
    resource = order_id if listing.kind == "order" else returns_id
    if resource is None:
        raise READ.malformed("a row without an id", f"$.data[{index}]", None)
    told = row.update_time if listing.kind == "order" else row.updated_at
    try:
        at = epoch(told, "updateTime")
    except Odd as odd:
        raise READ.of(odd, f"$.data[{index}]", None) from None
    data = {
        name: value for name, value in (("orderId", order_id), ("returnsId", returns_id), ("updateTime", told)) if value is not None
    }
    payload = msgspec.json.encode({"msgTag": listing.topic, "data": msgspec.json.encode(data).decode()})
    return Event(f"pull:{resource}:{told}", listing.topic, listing.kind, resource, at, thin=True, payload=payload)
