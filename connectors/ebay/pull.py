"""Pulling eBay: orders that changed in a window, then returns that began lately.

The list has no documented order and pages by number, so that a window is read last page first (toolkit.windows). What the list
does not hold (parcels, wishes to cancel) is read one by one: those orders come thin.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.contract import Api, Event, Page
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.windows import walk_back
from connectors.ebay import payloads as shapes
from connectors.ebay.api import FULFILMENT, POST_ORDER, get
from connectors.ebay.hydrate import BREAKDOWN, ORDER_PATH, PULLED_RETURN, RETURN_PATH
from connectors.ebay.values import KEY, READ, ident

SIZE = 200  # orders a page, the most there may be [spec]
DEPTH = 10_000  # offset [memory]
RETURN_SIZE = 200  # [memory]
# A return can be searched by when it began only, and lives for weeks.
RETURN_LIFE = timedelta(days=45)


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of both searches; the cursor names the search and where in it."""
    name, _, inner = (cursor or "orders:").partition(":")
    if name not in ("orders", "returns"):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    if name == "orders":
        first, last = int(since.timestamp()), -(-int(until.timestamp() * 1000) // 1000)
        walk = walk_back(_Orders(api).page, first, last, inner or None, size=SIZE, depth=DEPTH, connector=KEY)
        for events, following in walk:
            yield Page(tuple(events), f"orders:{following}" if following else "returns:")
        inner = ""
    begun = int((since - RETURN_LIFE).timestamp()), -(-int(until.timestamp() * 1000) // 1000)
    for events, following in walk_back(_Returns(api).page, *begun, inner or None, size=RETURN_SIZE, depth=DEPTH, connector=KEY):
        yield Page(tuple(events), f"returns:{following}" if following else None)


class _Orders:
    """Orders by when they last changed."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def page(self, start: int, end: int, page: int) -> tuple[list[Event], int]:
        """The orders of a page of the seconds `start..end`, and how many there are in all."""
        query = (
            ("filter", f"lastmodifieddate:[{stamp(start)}..{stamp(end)}]"),
            ("limit", str(SIZE)),
            ("offset", str(page * SIZE)),
            BREAKDOWN,
        )
        found = READ.decode(shapes.Page, get(self._api, ORDER_PATH, query, rate=FULFILMENT), None)
        rows = found.orders or []
        if found.total is None or found.total < 0:
            raise READ.malformed("expected a total", "$.total", None)
        return [self._event(bytes(raw), index) for index, raw in enumerate(rows)], found.total

    def _event(self, raw: bytes, index: int) -> Event:
        path = f"$.orders[{index}]"
        body = READ.decode(shapes.OrderShape, raw, None, path)
        order_id = ident(body.order_id)
        if order_id is None:
            raise READ.malformed("an order without an id", f"{path}.orderId", None)
        return Event(
            delivery_id=f"pull:{order_id}:{hashlib.sha256(raw).hexdigest()[:32]}",
            topic="pull:order",
            kind="order",
            resource_id=order_id,
            occurred_at=utc(body.last_modified_date),
            thin=_wants_more(body),
            payload=raw,
        )


def _wants_more(body: shapes.OrderShape) -> bool:
    cancel = body.cancel_status.cancel_state if body.cancel_status else None
    return bool(body.fulfillment_hrefs) or body.order_fulfillment_status != "NOT_STARTED" or cancel not in (None, "NONE_REQUESTED")


class _Returns:
    """Returns by when they began; each brings its order."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def page(self, start: int, end: int, page: int) -> tuple[list[Event], int]:
        """The returns of a page of the seconds `start..end`, and how many there are in all."""
        query = (
            ("creation_date_range_from", stamp(start)),
            ("creation_date_range_to", stamp(end)),
            ("limit", str(RETURN_SIZE)),
            ("offset", str(page * RETURN_SIZE)),
        )
        found = READ.decode(shapes.Returns, get(self._api, RETURN_PATH, query, rate=POST_ORDER, scheme="IAF"), None)
        rows = found.members or []
        # A full first page that tells no total may not be the last.
        total = len(rows) if found.total is None and not page and len(rows) < RETURN_SIZE else found.total
        if total is None or total < 0:
            raise READ.malformed("expected a total", "$.total", None)
        return [self._event(bytes(raw), index) for index, raw in enumerate(rows)], total

    def _event(self, raw: bytes, index: int) -> Event:
        """The return itself, as a refund of the order it names."""
        path = f"$.members[{index}]"
        body = READ.decode(shapes.ReturnShape, raw, None, path)
        return Event(
            delivery_id=f"pull:return:{body.return_id}:{hashlib.sha256(raw).hexdigest()[:32]}",
            topic=PULLED_RETURN,
            kind="refund",
            resource_id=str(body.return_id),
            occurred_at=None,
            thin=False,
            payload=msgspec.json.encode({"members": [msgspec.Raw(raw)]}),
        )


def stamp(seconds: int) -> str:
    """Unix seconds as eBay's filters want them."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
