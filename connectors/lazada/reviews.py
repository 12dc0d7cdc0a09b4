"""Pulling Lazada's reviews: it lists them by product only, seven days at a time and 90 days back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from chalicelib.contract import Api, Event, Page
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import to_millis
from chalicelib.toolkit.loose import Odd, epoch, ident, number, told
from chalicelib.toolkit.texts import digits
from chalicelib.toolkit.windows import cut
from connectors.lazada.api import call
from connectors.lazada.hydrate import reviews_of
from connectors.lazada.payloads import ProductsPage, Review, ReviewIds, Wrapped
from connectors.lazada.pull import pulled
from connectors.lazada.values import KEY, READ

WINDOW = 7 * 86_400_000  # milliseconds [docs /review/seller/history/list]
BACK = timedelta(days=89)  # the platform looks 90 days back; a day is kept for the time the pull takes [docs]
LAST_PAGE = 50  # [docs]
PRODUCTS = 50  # products a page [docs /products/get]
MOST_PRODUCTS = 10_000  # offset [docs /products/get]


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """One page for each product and window. The cursor is the product's place in the list and where its window begins."""
    first = max(to_millis(since), to_millis(api.now() - BACK))
    last = max(to_millis(until), first + 1)
    offset, start = _parse(cursor)
    while True:
        products, total = _products(api, offset)
        if total > MOST_PRODUCTS:
            raise Permanent("pull-truncated", f"more than {MOST_PRODUCTS} products", connector=KEY)
        for place, item_id in enumerate(products, start=offset):
            for low, high in cut(max(first, start), last, WINDOW):
                more = f"{place}.{high}" if high < last else f"{place + 1}.0" if place + 1 < total else None
                yield Page(_events(api, item_id, low, high), more)
            start = 0
        offset += len(products)
        if offset >= total:
            return
        if not products:
            raise Permanent("pull-truncated", "the list of products ends early", connector=KEY)


def _parse(cursor: str | None) -> tuple[int, int]:
    if cursor is None:
        return 0, 0
    offset, _, start = cursor.partition(".")
    if not (offset.isdecimal() and start.isdecimal() and len(offset) < 6 and len(start) < 15):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    return int(offset), int(start)


def _products(api: Api, offset: int) -> tuple[list[str], int]:
    params = [("filter", "all"), ("limit", str(PRODUCTS)), ("offset", str(offset))]
    answer = READ.decode(Wrapped, call(api, "/products/get", params), None)
    found = READ.decode(ProductsPage, bytes(answer.data), None, "$.data") if told(answer.data) else ProductsPage()
    items = [digits(product.item_id) for product in found.products or ()]
    try:
        total = number(found.total_products, "total_products")
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None
    if total is None and not items:
        total = 0  # a shop without products
    if None in items or total is None or total < 0:
        raise READ.malformed("expected products and their total", "$.data.products", None)
    return [item for item in items if item], total


def _events(api: Api, item_id: str, start: int, end: int) -> tuple[Event, ...]:
    ids: list[str] = []
    for page in range(1, LAST_PAGE + 1):
        fresh, total = _ids(api, item_id, start, end, page)
        ids += fresh
        if len(ids) >= total:
            break
        if not fresh:
            raise Permanent("pull-truncated", f"page {page} of a product's reviews is short", connector=KEY)
    else:
        raise Permanent("pull-truncated", f"there is more after {LAST_PAGE} pages of reviews", connector=KEY)
    return tuple(_event(raw, index) for index, raw in enumerate(reviews_of(list(dict.fromkeys(ids)), api)))


def _ids(api: Api, item_id: str, start: int, end: int, page: int) -> tuple[list[str], int]:
    params = [("item_id", item_id), ("start_time", str(start)), ("end_time", str(end)), ("current", str(page))]
    answer = READ.decode(Wrapped, call(api, "/review/seller/history/list", params), None)
    if not told(answer.data):
        raise READ.malformed("an answer without data", "$.data", None)
    found = READ.decode(ReviewIds, bytes(answer.data), None, "$.data")
    ids = [digits(each) for each in found.id_list or ()]
    try:
        total = number(found.total, "total")
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None
    if None in ids or total is None or total < 0:
        raise READ.malformed("expected ids and their total", "$.data.id_list", None)
    return [each for each in ids if each], total


def _event(raw: msgspec.Raw, index: int) -> Event:
    path = f"$.data.review_list[{index}]"
    review = READ.decode(Review, bytes(raw), None, path)
    resource = ident(review.id)
    if resource is None:
        raise READ.malformed("a review without an id", f"{path}.id", None)
    try:
        at = epoch(review.create_time, "create_time") or epoch(review.submit_time, "submit_time")
    except Odd as odd:
        raise READ.of(odd, path, None) from None
    return pulled("/review/seller/list/v2", "review", resource, at, msgspec.json.encode({"review_list": [raw]}))
