"""Pulling Kuaishou: changed orders in windows of seven days, then changed refunds in windows of one, by its own cursors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.contract import Api, Event, EventKind, Page
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.clocks import to_millis
from chalicelib.toolkit.loose import Id, Odd, epoch, ident
from chalicelib.toolkit.paging import paged
from chalicelib.toolkit.texts import digits
from connectors.kuaishou.api import call
from connectors.kuaishou.payloads import Listed, Refund, Row
from connectors.kuaishou.read import ALL_REFUNDS, REFUNDS, REFUNDS_A_PAGE, onward, whole
from connectors.kuaishou.values import KEY, READ

ORDERS = "open.order.cursor.list"
AGAIN = "kwaishop_order_addOrder"  # whatever of an order is pushed, all of it is read
ORDERS_A_PAGE = 50  # [docs]; an SDK's comment says 100
DAY = 86_400_000
BACK = timedelta(days=89)  # the platform looks 90 days back; a day is kept for the time the pull takes [docs, 300005]


@dataclass(frozen=True, slots=True)
class Listing:
    """One of the two lists. `longest`: milliseconds that a window may span. `after`: the list that is read next."""

    name: str
    method: str
    kind: EventKind
    longest: int
    after: str | None


LISTINGS = {
    "orders": Listing("orders", ORDERS, "order", 7 * DAY - 1, "refunds"),  # [docs, 300004]
    "refunds": Listing("refunds", REFUNDS, "refund", DAY - 1, None),  # [docs, 300019]
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pull stands: the list, the window (milliseconds, both ends included), the platform's cursor in it."""

    listing: Listing
    start: int
    end: int
    token: str

    def spelled(self) -> str:
        """As it travels."""
        return f"{self.listing.name}.{self.start}.{self.end}.{self.token}"


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of both lists. A cursor holds the window that the platform's own cursor was made for."""
    first = to_millis(max(since, api.now() - BACK))
    last = max(to_millis(until), first)
    place: Place | None = _parsed(cursor) if cursor else _window(LISTINGS["orders"], first, last)
    while place is not None:
        following = _next(place, first, last)
        for events, token in paged(lambda token, at=place: _page(at, token, api), place.token or None, connector=KEY):  # type: ignore[misc]
            onward = Place(place.listing, place.start, place.end, token) if token else following
            yield Page(events, onward.spelled() if onward else None)
        place = following


def _window(listing: Listing, start: int, last: int) -> Place:
    return Place(listing, start, min(start + listing.longest, last), "")


def _next(place: Place, first: int, last: int) -> Place | None:
    """The window behind this one, else the next list from the start. Windows share no millisecond and leave out none."""
    if place.end < last:
        return _window(place.listing, place.end + 1, last)
    after = place.listing.after
    return _window(LISTINGS[after], first, last) if after else None


def _parsed(cursor: str) -> Place:
    parts = cursor.split(".", 3)
    if len(parts) == 4 and parts[0] in LISTINGS and all(part.isdecimal() and len(part) < 16 for part in parts[1:3]):
        return Place(LISTINGS[parts[0]], int(parts[1]), int(parts[2]), parts[3])
    raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)


def _page(place: Place, token: str | None, api: Api) -> tuple[tuple[Event, ...], str | None]:
    span: dict[str, Any] = {"beginTime": place.start, "endTime": place.end, "queryType": 2}  # 2: by update time [code]
    if place.listing.kind == "order":
        param = {**span, "pageSize": ORDERS_A_PAGE, "cursor": token or "", "sort": 1}  # 1: the oldest first [code]
    else:
        param = {**span, "pageSize": REFUNDS_A_PAGE, "pcursor": token or "", "type": ALL_REFUNDS, "sort": 2}  # 2: the oldest first
    listed = READ.decode(Listed, bytes(call(api, place.listing.method, param)), None, "$.data")
    if place.listing.kind == "order":
        rows = listed.order_list or []
        following = onward(listed.cursor, bool(rows), "$.data.cursor")
        events = [_order(raw, f"$.data.orderList[{index}]", api) for index, raw in enumerate(rows)]
    else:
        rows = listed.refund_order_info_list or []
        following = onward(listed.pcursor, bool(rows), "$.data.pcursor")
        events = [_refund(raw, f"$.data.refundOrderInfoList[{index}]") for index, raw in enumerate(rows)]
    return tuple(events), following


def _order(raw: msgspec.Raw, path: str, api: Api) -> Event:
    base = READ.decode(Row, bytes(raw), None, path).order_base_info
    if base is None:
        raise READ.malformed("an order without its head", f"{path}.orderBaseInfo", None)
    head = (base.oid, base.update_time)
    try:
        return _event(ORDERS, "order", head, whole(raw, None, api, path), path)
    except (Permanent, Skippable) as error:
        if error.reason == "token-revoked" or digits(base.oid) is None:
            raise
        # The order alone is refused: it is read again, and fails, by itself, and those beside it go on.
        push = {"event": AGAIN, "info": msgspec.json.encode({"oid": ident(base.oid)}).decode()}
        return replace(_event(ORDERS, "order", head, msgspec.json.encode(push), path), thin=True)


def _refund(raw: msgspec.Raw, path: str) -> Event:
    told = READ.decode(Refund, bytes(raw), None, path)
    return _event(REFUNDS, "refund", (told.refund_id, told.update_time), msgspec.json.encode({"refunds": [raw]}), path)


def _event(topic: str, kind: EventKind, head: tuple[Id, Id], payload: bytes, path: str) -> Event:
    """`head`: the id of the row, and when it changed."""
    try:
        occurred_at = epoch(head[1], "updateTime")
    except Odd as odd:
        raise READ.of(odd, path, None) from None
    resource = ident(head[0])
    if resource is None:
        raise READ.malformed("a row without an id", path, None)
    mark = hashlib.sha256(payload).hexdigest()[:32]
    return Event(f"pull:{resource}:{mark}", topic, kind, resource, occurred_at, thin=False, payload=payload)
