"""Reading the shop: orders that changed, one order with its refunds, reviews."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from chalicelib.contract import Api, Event, EventKind, Page
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.loose import told
from chalicelib.toolkit.paging import paged
from chalicelib.toolkit.windows import walk_back
from connectors.woocommerce.api import get, total_of
from connectors.woocommerce.payloads import Peek
from connectors.woocommerce.push import KEY, READ, is_thin

SIZE = 100  # rows a page, the most there may be [memory]
DEPTH = 50_000  # rows a window, beyond which it is halved: shops page slowly at the far end
MAX_REFUNDS = 100  # pages of refunds of one order
MAX_REVIEWS = 1_000  # pages


def orders(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Orders modified in the window, last page first: one that changes meanwhile leaves the window, and none is skipped."""

    def fetch(start: int, end: int, page: int) -> tuple[list[Event], int]:
        query = (
            ("modified_after", _stamp(start - 1)),  # later than, so a second earlier
            ("modified_before", _stamp(end)),
            ("dates_are_gmt", "true"),  # else the times are read in the shop's zone
            ("status", "any"),
            ("orderby", "id"),
            ("order", "asc"),
            ("per_page", str(SIZE)),
            ("page", str(page + 1)),
        )
        answer = get(api, "orders", query)
        rows = READ.decode(list[msgspec.Raw], answer.body, None)
        return [_event(bytes(row), "order", index) for index, row in enumerate(rows)], total_of(answer)

    first, last = int(since.timestamp()), int(until.timestamp()) + 1
    for events, following in walk_back(fetch, first, last, cursor, size=SIZE, depth=DEPTH, connector=KEY):
        yield Page(tuple(events), following)


def reviews(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Reviews, the newest first, until those from before `since`: the shop cannot be asked by their time in UTC."""

    def fetch(at: str | None) -> tuple[tuple[Event, ...], str | None]:
        page = _number(at)
        query = (("status", "all"), ("orderby", "date_gmt"), ("order", "desc"), ("per_page", str(SIZE)), ("page", str(page)))
        answer = get(api, "products/reviews", query)
        rows = [bytes(row) for row in READ.decode(list[msgspec.Raw], answer.body, None)]
        total = total_of(answer)
        if len(rows) < min(SIZE, total - (page - 1) * SIZE):
            raise Permanent("pull-truncated", f"page {page} of the reviews is short", connector=KEY)
        found = [_event(row, "review", index) for index, row in enumerate(rows)]
        fresh = tuple(each for each in found if each.occurred_at is None or since <= each.occurred_at < until)
        older = any(each.occurred_at is not None and each.occurred_at < since for each in found)
        return fresh, None if older or page * SIZE >= total else str(page + 1)

    for events, following in paged(fetch, cursor, connector=KEY, limit=MAX_REVIEWS):
        yield Page(events, following)


def hydrated(event: Event, api: Api) -> Event:
    """An order with its refunds as read one by one, which is where their days and lines are.

    A shop connected without keys has its webhooks alone: the order then stays as it was told.
    """
    peek = READ.decode(Peek, event.payload, event.delivery_id)
    if peek.id is None or not str(peek.id).isdigit():
        raise READ.malformed("an order without a number", "$.id", event.delivery_id)
    whole = told(peek.line_items)
    if whole and not api.secrets.values.get("consumer_key"):
        return replace(event, thin=False)
    order = event.payload if whole else get(api, f"orders/{peek.id}").body
    if not whole:
        asked, peek = str(peek.id), READ.decode(Peek, order, event.delivery_id)
        if str(peek.id) != asked:
            raise READ.malformed("an answer about another order", "$.id", event.delivery_id)
    document: dict[str, object] = {"order": msgspec.Raw(order)}
    if peek.refunds:
        document["refunds"] = _refunds(str(peek.id), api)
    return replace(event, thin=False, payload=msgspec.json.encode(document))


def _refunds(order_id: str, api: Api) -> list[msgspec.Raw]:
    def fetch(at: str | None) -> tuple[list[msgspec.Raw], str | None]:
        page = _number(at)
        answer = get(api, f"orders/{order_id}/refunds", (("per_page", str(SIZE)), ("page", str(page))))
        rows = READ.decode(list[msgspec.Raw], answer.body, None)
        total = total_of(answer)
        if len(rows) < min(SIZE, total - (page - 1) * SIZE):
            raise Permanent("pull-truncated", f"page {page} of an order's refunds is short", connector=KEY)
        return rows, None if page * SIZE >= total else str(page + 1)

    return [row for rows, _ in paged(fetch, None, connector=KEY, limit=MAX_REFUNDS) for row in rows]


def _event(row: bytes, kind: EventKind, index: int) -> Event:
    peek = READ.decode(Peek, row, None, f"$[{index}]")
    if peek.id is None:
        raise READ.malformed("a row without an id", f"$[{index}].id", None)
    mark = hashlib.sha256(row).hexdigest()[:32]
    at = utc(peek.date_modified_gmt or peek.date_created_gmt)
    thin = kind == "order" and is_thin(peek)
    return Event(f"pull:{peek.id}:{mark}", f"{kind}.pulled", kind, str(peek.id), at, thin=thin, payload=row)


def _number(cursor: str | None) -> int:
    if cursor is None:
        return 1
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 8):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    return int(cursor)


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
