"""Reading Shopee: all there is of an order, lists of what changed, comments, days of ads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.contract import Api, Event, Page
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.loose import Odd, epoch
from chalicelib.toolkit.paging import must_continue, paged
from chalicelib.toolkit.windows import cut, walk_back
from connectors.shopee import status
from connectors.shopee.api import call
from connectors.shopee.payloads import (
    Comment,
    CommentPage,
    Escrow,
    OrderBody,
    OrderPage,
    ReturnBody,
    ReturnPage,
    SpendBody,
    Tracking,
)
from connectors.shopee.push import notice_of
from connectors.shopee.values import KEY, READ, serial
from connectors.shopee.voice import day_of, stamp_of

LONGEST = 15 * 86_400  # seconds between the ends of a window [docs]
SIZE = 100
MAX_COMMENTS = 500  # the platform tells no more of them, and says that there are [docs]
MAX_PARCELS, MAX_RETURNS = 20, 20
ADS_DAYS = 28  # a month at most [docs]
FIELDS = (
    "buyer_user_id,buyer_username,recipient_address,item_list,pay_time,cancel_by,cancel_reason,"
    "pickup_done_time,package_list,shipping_carrier,payment_method,total_amount"
)
_LISTS = ("orders", "returns")


def hydrated(event: Event, api: Api) -> Event:
    """The order with its escrow, returns and tracking numbers; or the return. Nothing of the push is believed but what it names."""
    code, notice = notice_of(event.payload, event.delivery_id)
    if event.kind == "refund":
        return replace(event, thin=False, payload=msgspec.json.encode({"response": _return(_serial(notice.return_sn, event), api)}))
    if event.kind != "order":
        raise Skippable("topic-ignored", f"code {code} is not read", connector=KEY, delivery_id=event.delivery_id)
    number = _serial(notice.ordersn or notice.order_sn, event)
    document = _document(number, api, event.delivery_id)
    if code == status.PARCEL_MOVED and notice.fulfillment_status:
        document["moved"] = {
            "package_number": str(notice.package_number),
            "fulfillment_status": notice.fulfillment_status,
            "update_time": notice.update_time,
        }
    return replace(event, thin=False, resource_id=number, payload=msgspec.json.encode(document))


def _serial(told: int | str | None, event: Event) -> str:
    found = serial(told)
    if found is None:
        raise READ.malformed("a number that is none", "$.data", event.delivery_id)
    return found


def _document(number: str, api: Api, delivery_id: str) -> dict[str, Any]:
    params = (("order_sn_list", number), ("response_optional_fields", FIELDS), ("request_order_status_pending", "true"))
    answer = call(api, "order/get_order_detail", params)
    rows = READ.decode(_Rows, answer, delivery_id, "$.response").order_list
    if not rows:
        raise Skippable("resource-missing", "the shop has no such order", connector=KEY, delivery_id=delivery_id)
    order = READ.decode(OrderBody, bytes(rows[0]), delivery_id, "$.response.order_list[0]")
    if order.order_sn != number:
        raise READ.malformed("an answer about another order", "$.response.order_list[0].order_sn", delivery_id)
    document: dict[str, Any] = {"order": rows[0], "returns": []}
    if order.order_status != status.UNPAID:
        escrow = _optional(api, "payment/get_escrow_detail", (("order_sn", number),))
        if escrow is not None:
            document["escrow"] = msgspec.Raw(escrow)
            names = READ.decode(Escrow, escrow, delivery_id, "$.escrow").return_order_sn_list or []
            if len(names) > MAX_RETURNS:
                detail = "an order with more returns than are read for one"
                raise Permanent("pull-truncated", detail, connector=KEY, path="$.escrow", delivery_id=delivery_id)
            document["returns"] = [_return(name, api) for each in names if (name := serial(each))]
    document["tracking"] = _tracking(order, number, api)
    return document


class _Rows(msgspec.Struct, gc=False):
    """Orders as they came."""

    order_list: list[msgspec.Raw] = []


def _return(number: str, api: Api) -> msgspec.Raw:
    answer = call(api, "returns/get_return_detail", (("return_sn", number),))
    if READ.decode(ReturnBody, answer, None, "$.response").return_sn != number:
        raise READ.malformed("an answer about another return", "$.response.return_sn", None)
    return msgspec.Raw(answer)


def _tracking(order: OrderBody, number: str, api: Api) -> dict[str, str]:
    """Numbers of the parcels that may have one; a number may come minutes after the parcel."""
    found = {}
    for each in (order.package_list or [])[:MAX_PARCELS]:
        name = serial(each.package_number)
        if name and (each.logistics_status or "").removeprefix(status.PARCEL_PREFIX) in status.TRACKED:
            answer = _optional(api, "logistics/get_tracking_number", (("order_sn", number), ("package_number", name)))
            told = READ.decode(Tracking, answer, None, "$.response").tracking_number if answer else None
            if told:
                found[name] = told
    return found


def _optional(api: Api, name: str, params: tuple[tuple[str, str], ...]) -> bytes | None:
    """A part that may not be there (yet)."""
    try:
        return call(api, name, params)
    except Skippable:
        return None


def orders(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Orders, then returns, that changed in the window, cut into pieces of 15 days. They come thin, and are read one by one."""
    first, last = int(since.timestamp()), int(until.timestamp()) + 1
    name, start, inner = _parse(cursor, first)
    for index in range(_LISTS.index(name), len(_LISTS)):
        pieces = cut(start, last, LONGEST)
        fetch = _orders if _LISTS[index] == "orders" else _returns
        for place, (begin, end) in enumerate(pieces):
            after = (
                f"{_LISTS[index]}.{end}." if place + 1 < len(pieces) else f"{_LISTS[index + 1]}.{first}." if index == 0 else None
            )
            for events, following in fetch(begin, end, inner, api):
                yield Page(tuple(events), f"{_LISTS[index]}.{begin}.{following}" if following else after)
            inner = None
        start = first


def _parse(cursor: str | None, first: int) -> tuple[str, int, str | None]:
    if cursor is None:
        return _LISTS[0], first, None
    name, _, rest = cursor.partition(".")
    start, _, inner = rest.partition(".")
    if name not in _LISTS or not (start.isascii() and start.isdigit() and len(start) < 12):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    return name, int(start), inner or None


def _orders(start: int, end: int, inner: str | None, api: Api) -> Iterator[tuple[list[Event], str | None]]:
    def fetch(cursor: str | None) -> tuple[list[Event], str | None]:
        params = (
            ("time_range_field", "update_time"),
            ("time_from", str(start)),
            ("time_to", str(end)),
            ("page_size", str(SIZE)),
            ("cursor", cursor or ""),
            ("request_order_status_pending", "true"),
        )
        page = READ.decode(OrderPage, call(api, "order/get_order_list", params), None, "$.response")
        events = [_thin(3, "ordersn", row.order_sn, f"$.response.order_list[{index}]") for index, row in enumerate(page.order_list)]
        following = str(page.next_cursor) if page.next_cursor not in (None, "") else None
        more = _more(page.more, events)
        return events, must_continue(more, following, connector=KEY, path="$.response.next_cursor")

    return paged(fetch, inner, connector=KEY)


def _returns(start: int, end: int, inner: str | None, api: Api) -> Iterator[tuple[list[Event], str | None]]:
    """Returns. The list pages by number, which loses rows that move: a window is halved until it fits on one page."""

    def fetch(begin: int, stop: int, _: int) -> tuple[list[Event], int]:
        params = (
            ("page_no", "0"),
            ("page_size", str(SIZE)),
            ("update_time_from", str(begin)),
            ("update_time_to", str(stop)),
        )
        page = READ.decode(ReturnPage, call(api, "returns/get_return_list", params), None, "$.response")
        rows = [_whole(bytes(row), f"$.response.return[{index}]") for index, row in enumerate(page.returns)]
        return rows, SIZE + 1 if _more(page.more, rows) else len(rows)

    found = walk_back(fetch, start, end, inner, size=SIZE, depth=SIZE, connector=KEY)
    return ((list(rows), following) for rows, following in found)


def _more(told: bool | None, rows: Sequence[object]) -> bool:
    """Whether a page says that there are more. Every list of these does [docs]: one with rows that does not is no end."""
    if told is None and rows:
        raise READ.malformed("a page that does not say whether there is more", "$.response.more", None)
    return bool(told)


def _thin(code: int, name: str, told: str | None, path: str) -> Event:
    number = serial(told)
    if number is None:
        raise READ.malformed("a row that names nothing", path, None)
    payload = msgspec.json.encode({"code": code, "data": {name: number}})
    # What changed is told by reading it: two pulls of one order are two tellings.
    return Event(f"pull:{number}", str(code), "order", number, None, thin=True, payload=payload)


def _whole(row: bytes, path: str) -> Event:
    told = READ.decode(ReturnBody, row, None, path)
    try:
        at = epoch(told.update_time, "update_time")
    except Odd as odd:
        raise READ.of(odd, path, None) from None
    mark = hashlib.sha256(row).hexdigest()[:32]
    payload = msgspec.json.encode({"response": {"return": [msgspec.Raw(row)]}})
    return Event(f"pull:{told.return_sn}:{mark}", "29", "refund", told.return_sn, at, thin=False, payload=payload)


def comments(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Comments written in the window. Of more than 500 the platform tells the newest: more than that in one window is an error."""
    seen, capped, reached = 0, False, False

    def fetch(at: str | None) -> tuple[tuple[Event, ...], str | None]:
        nonlocal seen, capped, reached
        params = (("cursor", at or ""), ("page_size", str(SIZE)))
        page = READ.decode(CommentPage, call(api, "product/get_comment", params), None, "$.response")
        events = [_comment(bytes(row), index) for index, row in enumerate(page.item_comment_list)]
        fresh = tuple(each for each in events if each.occurred_at is None or since <= each.occurred_at < until)
        seen += len(events)
        reached = reached or any(each.occurred_at is not None and each.occurred_at < since for each in events)
        more = _more(page.more, events)
        capped = more and seen >= MAX_COMMENTS
        following = str(page.next_cursor) if page.next_cursor not in (None, "") else None
        return fresh, None if capped else must_continue(more, following, connector=KEY, path="$.response.next_cursor")

    for events, following in paged(fetch, cursor, connector=KEY):
        yield Page(events, following)
    if capped and not reached:
        raise Permanent("pull-truncated", "there are more comments in the window than the platform tells", connector=KEY)


def _comment(row: bytes, index: int) -> Event:
    path = f"$.response.item_comment_list[{index}]"
    told = READ.decode(Comment, row, None, path)
    try:
        at = epoch(told.create_time, "create_time")
    except Odd as odd:
        raise READ.of(odd, path, None) from None
    mark = hashlib.sha256(row).hexdigest()[:32]
    return Event(f"pull:{told.comment_id}:{mark}", "comment", "review", str(told.comment_id), at, thin=False, payload=row)


def spend(first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
    """Days of all ads. A report of one day is refused, so that each begins a day early; what was not asked for is left out."""
    try:
        start = date.fromisoformat(cursor) if cursor else first
    except ValueError:
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY) from None
    while start <= last:
        end = min(start + timedelta(days=ADS_DAYS - 2), last)
        params = (("start_date", _day(start - timedelta(days=1))), ("end_date", _day(end)))
        rows = READ.decode(list[msgspec.Raw], call(api, "ads/get_all_cpc_ads_daily_performance", params), None, "$.response")
        events = [_spent(bytes(row), f"$.response[{index}]", start, end, api) for index, row in enumerate(rows)]
        following = end + timedelta(days=1)
        yield Page(tuple(each for each in events if each), following.isoformat() if following <= last else None)
        start = following


def _spent(row: bytes, path: str, start: date, end: date, api: Api) -> Event | None:
    told = READ.decode(SpendBody, row, None, path)
    try:
        day = day_of(told.date)
    except ValueError:
        raise READ.malformed("expected a day", f"{path}.date", None) from None
    if not start <= day <= end:
        return None
    payload = msgspec.json.encode({"reported_at": stamp_of(api.now()), "response": [msgspec.Raw(row)]})
    mark = hashlib.sha256(row).hexdigest()[:32]
    return Event(f"pull:{day.isoformat()}:{mark}", "ads", "spend", day.isoformat(), None, thin=False, payload=payload)


def _day(day: date) -> str:
    return day.strftime("%d-%m-%Y")
