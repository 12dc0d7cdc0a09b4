"""Pulling Mercado Libre: orders that changed in a window, and the cancelled ones that the search hides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from chalicelib.contract import Api, Event, Page
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.windows import walk_back
from connectors.mercadolibre.api import get
from connectors.mercadolibre.payloads import OrderShape, SearchPage
from connectors.mercadolibre.values import KEY, decode, malformed, moment, number_id

SIZE = 50  # results a page [doc: at most 51]
DEPTH = 10_000  # offset [memory]
OVERLAP = 2  # hours, since filter dates are cut to the hour [doc]
_HOUR = 3_600
# A seller's search leaves cancelled orders out unless they are asked for [doc].
SEARCHES: dict[str, tuple[tuple[str, str], ...]] = {"orders": (), "cancelled": (("order.status", "cancelled"),)}


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of both searches. The orders come thin: the list does not tell how far a shipment got."""
    seller = api.account.options.get("user_id")
    if not seller:
        raise ConfigError("option-missing", "the option user_id (the seller's id) is not configured", connector=KEY)
    names = list(SEARCHES)
    name, _, inner = (cursor or f"{names[0]}:").partition(":")
    if name not in names:
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    first = int(since.timestamp()) // _HOUR - OVERLAP
    last = -(-int(until.timestamp()) // _HOUR)
    for index in range(names.index(name), len(names)):
        search = _Search(api, seller, SEARCHES[names[index]])
        after = f"{names[index + 1]}:" if index + 1 < len(names) else None
        for events, following in walk_back(search.page, first, last, inner or None, size=SIZE, depth=DEPTH, connector=KEY):
            yield Page(tuple(events), f"{names[index]}:{following}" if following else after)
        inner = ""


class _Search:
    """One of the searches of one seller."""

    def __init__(self, api: Api, seller: str, extra: tuple[tuple[str, str], ...]) -> None:
        self._api, self._seller, self._extra = api, seller, extra

    def page(self, start: int, end: int, page: int) -> tuple[list[Event], int]:
        """The results of a page of the hours `start..end`, and how many there are in all."""
        query = (
            ("seller", self._seller),
            ("order.date_last_updated.from", _stamp(start)),
            ("order.date_last_updated.to", _stamp(end)),
            *self._extra,
            ("sort", "date_asc"),
            ("offset", str(page * SIZE)),
            ("limit", str(SIZE)),
        )
        found = decode(SearchPage, get(self._api, "/orders/search", query), None)
        if found.paging.total < 0:
            raise malformed("expected a total", "$.paging.total", None)
        return [self._event(raw, index) for index, raw in enumerate(found.results)], found.paging.total

    def _event(self, raw: msgspec.Raw, index: int) -> Event:
        path = f"$.results[{index}]"
        order = decode(OrderShape, bytes(raw), None, path)
        order_id = number_id(order.id)
        if order_id is None:
            raise malformed("an order without an id", f"{path}.id", None)
        notice = {"resource": f"/orders/{order_id}", "topic": "orders_v2", "user_id": self._seller}
        return Event(
            delivery_id=f"pull:{order_id}:{hashlib.sha256(bytes(raw)).hexdigest()[:32]}",
            topic="orders_v2",
            kind="order",
            resource_id=order_id,
            occurred_at=moment(order.last_updated or order.date_last_updated, f"{path}.last_updated", None),
            thin=True,
            payload=msgspec.json.encode(notice),
        )


def _stamp(hours: int) -> str:
    """Whole hours since 1970 as the search wants them: a numeric offset, never Z."""
    return datetime.fromtimestamp(hours * _HOUR, UTC).strftime("%Y-%m-%dT%H:00:00.000-00:00")
