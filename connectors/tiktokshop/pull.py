"""Pulling TikTok Shop: changed orders, then returns, then cancellations, each by the platform's own page tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import msgspec

from chalicelib.contract import Api, Event, EventKind, Page
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, epoch, ident, number
from chalicelib.toolkit.paging import paged
from connectors.tiktokshop.api import call
from connectors.tiktokshop.hydrate import CANCELLATIONS, RETURNS, orders_of
from connectors.tiktokshop.payloads import Listed, Row
from connectors.tiktokshop.values import KEY, READ

SEARCH = "/order/202309/orders/search"


@dataclass(frozen=True, slots=True)
class Listing:
    """One of the three searches. `field` is where the rows stand, `name` where a document of ours holds them."""

    name: str
    path: str
    field: str
    kind: EventKind
    id: str
    size: int


LISTINGS = (
    Listing("orders", SEARCH, "orders", "order", "id", 100),  # [docs get-order-list]
    Listing("returns", RETURNS, "return_orders", "refund", "return_id", 50),  # [docs search-returns]
    Listing("cancellations", CANCELLATIONS, "cancellations", "refund", "cancel_id", 50),  # [docs search-cancellations]
)


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of the three searches. The cursor names the search, and holds how many rows it told and the platform's token."""
    name, _, inner = (cursor or "orders:").partition(":")
    names = [listing.name for listing in LISTINGS]
    if name not in names:
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    window = {"update_time_ge": int(since.timestamp()), "update_time_lt": int(until.timestamp()) + 1}
    for index in range(names.index(name), len(LISTINGS)):
        listing = LISTINGS[index]
        after = f"{names[index + 1]}:" if index + 1 < len(LISTINGS) else None
        told, token = _place(inner)
        for (events, count), following in paged(partial(_page, api, listing, window), token, connector=KEY):
            told += len(events)
            if following is None and count is not None and told < count:
                detail = "the platform lists less than it counts and gives no token"
                raise Permanent("pull-truncated", detail, connector=KEY, path="$.data")
            yield Page(tuple(events), f"{listing.name}:{told}.{following}" if following else after)
        inner = ""


def _page(
    api: Api, listing: Listing, window: dict[str, int], token: str | None
) -> tuple[tuple[list[Event], int | None], str | None]:
    """A page's events with the number of all rows, where it is told, and the token of the next."""
    params = [("page_size", str(listing.size)), ("sort_field", "update_time"), ("sort_order", "ASC")]
    params += [("page_token", token)] if token else []
    found = READ.decode(Listed, bytes(call(api, "POST", listing.path, params, window)), None, "$.data")
    raws: Sequence[msgspec.Raw] = getattr(found, listing.field) or []
    following = found.next_page_token if isinstance(found.next_page_token, str) and found.next_page_token else None
    try:
        total = number(found.total_count, "total_count")
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None
    rows = [READ.decode(Row, bytes(raw), None, f"$.data.{listing.field}[{index}]") for index, raw in enumerate(raws)]
    orders = _orders(listing, rows, api)
    events = [_event(listing, raw, row, index, orders) for index, (raw, row) in enumerate(zip(raws, rows, strict=True))]
    return (events, total), following


def _place(inner: str) -> tuple[int, str | None]:
    """How many rows were told before a page, and the page's token."""
    seen, _, token = (inner or "0.").partition(".")
    if not (seen.isascii() and seen.isdigit() and len(seen) < 9) or (inner and not token):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    return int(seen), token or None


def _orders(listing: Listing, rows: Sequence[Row], api: Api) -> dict[str, msgspec.Raw]:
    """The orders of returns, which tell the lines of their units. An old one may be gone."""
    if listing.kind == "order":
        return {}
    wanted = list(dict.fromkeys([found for row in rows if (found := ident(row.order_id))]))
    return orders_of(wanted, api) if wanted else {}


def _event(listing: Listing, raw: msgspec.Raw, row: Row, index: int, orders: dict[str, msgspec.Raw]) -> Event:
    path = f"$.data.{listing.field}[{index}]"
    resource = ident(getattr(row, listing.id))
    if resource is None:
        raise READ.malformed("a row without an id", f"{path}.{listing.id}", None)
    try:
        at = epoch(row.update_time, "update_time")
    except Odd as odd:
        raise READ.of(odd, path, None) from None
    order = orders.get(ident(row.order_id) or "") if listing.kind == "refund" else None
    document: dict[str, object] = {"order": raw} if listing.kind == "order" else {listing.name: [raw]}
    document |= {"order": order} if order is not None else {}
    payload = msgspec.json.encode(document)
    mark = hashlib.sha256(payload).hexdigest()[:32]
    return Event(f"pull:{resource}:{mark}", listing.path, listing.kind, resource, at, thin=False, payload=payload)
