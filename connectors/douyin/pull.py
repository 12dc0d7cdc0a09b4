"""Pulling Douyin: changed orders of a window, then its changed after-sales."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.contract import Api, Event, EventKind, Page
from chalicelib.errors import Permanent
from chalicelib.toolkit.windows import walk_back
from connectors.douyin.api import call, seconds_of
from connectors.douyin.payloads import AftersalePage, OrderPage, Row
from connectors.douyin.values import KEY, decode, ident, malformed, moment, whole

SIZE = 100  # rows a page, the most that both calls take [sdk]
DEPTH = 50_000  # page * size [memory]


@dataclass(frozen=True, slots=True)
class Listing:
    """One of the two calls that list what changed."""

    name: str
    method: str
    kind: EventKind
    key: str
    parameters: Callable[[int, int], Mapping[str, Any]]
    rows: Callable[[bytes], tuple[Sequence[msgspec.Raw], Any]]


def _orders(data: bytes) -> tuple[Sequence[msgspec.Raw], Any]:
    page = decode(OrderPage, data, None, "$.data")
    return page.shop_order_list or (), page.total


def _aftersales(data: bytes) -> tuple[Sequence[msgspec.Raw], Any]:
    page = decode(AftersalePage, data, None, "$.data")
    return page.items or (), page.total


LISTINGS = (
    Listing(
        "orders",
        "order.searchList",
        "order",
        "shop_order_list",
        lambda start, end: {
            "update_time_start": start,
            "update_time_end": end,
            "order_by": "update_time",
            "order_asc": True,
        },
        _orders,
    ),
    Listing(
        "aftersales",
        "afterSale.List",
        "refund",
        "items",
        lambda start, end: {"update_start_time": start, "update_end_time": end, "order_by": ["update_time asc"]},
        _aftersales,
    ),
)


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of both listings, orders first. The cursor names the listing and the place in it."""
    name, _, inner = (cursor or f"{LISTINGS[0].name}:").partition(":")
    names = [listing.name for listing in LISTINGS]
    if name not in names:
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    for index in range(names.index(name), len(LISTINGS)):
        listing = LISTINGS[index]
        last = index == len(LISTINGS) - 1
        walk = walk_back(
            lambda start, end, page, listing=listing: _page(api, listing, start, end, page),  # type: ignore[misc]
            seconds_of(since),
            seconds_of(until) + 1,
            inner or None,
            size=SIZE,
            depth=DEPTH,
            connector=KEY,
        )
        for events, following in walk:
            after = None if last else f"{LISTINGS[index + 1].name}:"
            yield Page(tuple(events), f"{listing.name}:{following}" if following else after)
        inner = ""


def _page(api: Api, listing: Listing, start: int, end: int, page: int) -> tuple[list[Event], int]:
    data = call(api, listing.method, {**listing.parameters(start, end), "page": page, "size": SIZE})
    rows, told = listing.rows(bytes(data))
    total = whole(told, "$.data.total", None)
    if total is None or total < 0:
        raise malformed("expected a total", "$.data.total", None)
    return [_event(api, listing, row, index) for index, row in enumerate(rows)], total


def _event(api: Api, listing: Listing, raw: msgspec.Raw, index: int) -> Event:
    path = f"$.data.{listing.key}[{index}]"
    row = decode(Row, bytes(raw), None, path)
    own_shop(api.account.options.get("shop_id"), ident(row.shop_id), path)
    info = row.aftersale_info
    resource = ident(row.order_id) if info is None else ident(info.aftersale_id)
    told = row.update_time if info is None else info.update_time
    payload = {"shop_order_detail": raw} if listing.kind == "order" else {"items": [raw]}
    mark = hashlib.sha256(bytes(raw)).hexdigest()[:32]
    return Event(
        delivery_id=f"pull:{resource}:{mark}",
        topic=listing.method,
        kind=listing.kind,
        resource_id=resource,
        occurred_at=moment(told, f"{path}.update_time", None),
        thin=False,
        payload=msgspec.json.encode(payload),
    )


def own_shop(expected: str | None, shop_id: str | None, path: str) -> None:
    """Refuse a resource of another shop: Permanent("shop-mismatch"). Where either is not told there is nothing to compare."""
    if expected and shop_id and shop_id != expected:
        raise Permanent("shop-mismatch", "the resource belongs to another shop", connector=KEY, path=f"{path}.shop_id")
