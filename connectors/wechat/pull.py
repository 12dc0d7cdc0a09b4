"""Pulling WeChat Store: ids of changed orders in windows of 7 days, then of after-sales in windows of 24 hours.

The lists hold ids and nothing else, so that their events are thin: each order is read where it is mapped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import msgspec

from chalicelib.contract import Api, Event, EventKind, Page
from chalicelib.errors import Permanent
from chalicelib.toolkit.paging import must_continue, paged
from chalicelib.toolkit.texts import digits
from chalicelib.toolkit.windows import cut
from connectors.wechat.api import call
from connectors.wechat.payloads import Ids
from connectors.wechat.values import KEY, READ, STORE, apps

DAY = 86_400  # seconds
SIZE = 100


@dataclass(frozen=True, slots=True)
class Listing:
    """One of the two lists; `field` is where its ids stand."""

    name: str
    path: str
    field: str
    kind: EventKind
    longest: int

    def body(self, start: int, end: int, key: str | None) -> dict[str, object]:
        """The request for one page. All but the key stays the same from page to page."""
        window: dict[str, object] = {"begin_update_time": start, "end_update_time": end}
        if self.kind == "order":
            window = {"update_time_range": {"start_time": start, "end_time": end}, "page_size": SIZE}
        return window | ({"next_key": key} if key else {})


LISTINGS = (
    Listing("orders", "/channels/ec/order/list/get", "order_id_list", "order", 7 * DAY),  # [docs order/list/get]
    Listing("aftersales", "/channels/ec/aftersale/getaftersalelist", "after_sale_order_id_list", "refund", DAY),  # [docs]
)
NAMES = [listing.name for listing in LISTINGS]


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of both lists. The cursor names the list, the window and the platform's key. An appid without a store has none."""
    if STORE not in apps(api.account):
        yield Page((), None)
        return
    first, last = int(since.timestamp()), int(until.timestamp()) + 1
    name, start, end, key = _spelled(cursor) if cursor else ("orders", None, None, None)
    for listing in LISTINGS[NAMES.index(name) :]:
        windows = cut(first if end is None else end, last, listing.longest) if end is None or end < last else []
        if start is not None and end is not None:
            windows = [(start, end), *windows]
        for place, (opens, closes) in enumerate(windows):
            after = _next(listing, windows[place + 1 :], first, last)
            for events, following in paged(partial(_page, api, listing, opens, closes), key, connector=KEY):
                yield Page(events, f"{listing.name}.{opens}.{closes}.{following}" if following else after)
            key = None
        start = end = None


def _next(listing: Listing, rest: list[tuple[int, int]], first: int, last: int) -> str | None:
    """The cursor behind a window: the next window, else the next list."""
    if rest:
        return f"{listing.name}.{rest[0][0]}.{rest[0][1]}."
    behind = LISTINGS[NAMES.index(listing.name) + 1 :]
    if not behind:
        return None
    opens, closes = cut(first, last, behind[0].longest)[0]
    return f"{behind[0].name}.{opens}.{closes}."


def _spelled(cursor: str) -> tuple[str, int, int, str | None]:
    name, *rest = cursor.split(".", 3)
    if name not in NAMES or len(rest) != 3 or not all(part.isdecimal() and len(part) < 12 for part in rest[:2]):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    return name, int(rest[0]), int(rest[1]), rest[2] or None


def _page(api: Api, listing: Listing, start: int, end: int, key: str | None) -> tuple[tuple[Event, ...], str | None]:
    found = READ.decode(Ids, call(api, listing.path, listing.body(start, end, key)), None)
    ids = found.order_id_list if listing.kind == "order" else found.after_sale_order_id_list
    if found.has_more is None:  # else a window would end where an answer was only cut short
        raise READ.malformed("a page that does not say whether there is more", "$.has_more", None)
    events = [_event(listing, digits(each), index) for index, each in enumerate(ids or ())]
    return tuple(events), must_continue(found.has_more, found.next_key, connector=KEY, path="$.next_key")


def _event(listing: Listing, resource: str | None, index: int) -> Event:
    if resource is None:
        raise READ.malformed("an id that is none", f"$.{listing.field}[{index}]", None)
    payload = msgspec.json.encode({"id": resource})
    mark = hashlib.sha256(payload).hexdigest()[:32]
    return Event(f"pull:{listing.kind}:{mark}", listing.path, listing.kind, resource, None, thin=True, payload=payload)
