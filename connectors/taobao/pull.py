"""Pulling: trades that changed, which the normalise step reads in full, then refunds that changed; ratings on their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.contract import Api, Event, EventKind, Page
from chalicelib.errors import Permanent
from chalicelib.toolkit.beijing import moment, wall
from chalicelib.toolkit.loose import Odd, ident, number, text
from chalicelib.toolkit.signing import fingerprint
from chalicelib.toolkit.windows import Listing, walk_listings
from connectors.taobao import status
from connectors.taobao.api import Params, answer
from connectors.taobao.hydrate import RATE_FIELDS, REFUND_FIELDS
from connectors.taobao.payloads import Answer, RawList, Row
from connectors.taobao.values import KEY, READ, digits

WINDOW = 30 * 60  # seconds, as the platform advises; it allows a day [docs]
SIZE, DEPTH = 50, 5_000  # rows a page [docs: 40 to 50 advised]; how deep pages go is not told
BACK = timedelta(days=90)  # what the platform keeps in these lists [docs]
RATE_WINDOW = 7 * 86_400
RATE_SIZE, RATE_DEPTH = 150, 1_500  # [docs taobao.traderates.get]
RATE_BACK = timedelta(days=179)  # [docs: 180 days]; a day is kept for the time the pull takes

Fetch = Callable[[int, int, int], tuple[list[Event], int]]


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of trades, then of refunds. Permanent on a window that begins before what the platform keeps."""
    if cursor is None and since < api.now() - BACK:  # one that is resumed was within it when it began
        raise Permanent("pull-too-old", f"the platform lists the last {BACK.days} days only", connector=KEY)
    listings = [
        Listing("trades", _trades(api), SIZE, DEPTH, WINDOW),
        Listing("refunds", _refunds(api), SIZE, DEPTH, WINDOW),
    ]
    first, last = int(since.timestamp()), int(until.timestamp()) + 1
    for events, following in walk_listings(listings, first, last, cursor, connector=KEY):
        yield Page(tuple(events), following)


def review_pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of ratings made in the window. Tmall has no list of ratings: there they come by messages alone.

    What is older than the platform keeps is left out by the window's end, not by the clock: a cursor has to fit when it resumes.
    """
    if api.account.options.get("tmall") == "true":
        return
    last = int(until.timestamp()) + 1
    first = min(max(int(since.timestamp()), int((until - RATE_BACK).timestamp())), last - 1)
    listings = [Listing("rates", _rates(api), RATE_SIZE, RATE_DEPTH, RATE_WINDOW)]
    for events, following in walk_listings(listings, first, last, cursor, connector=KEY):
        yield Page(tuple(events), following)


def _trades(api: Api) -> Fetch:
    types = api.account.options.get("trade_types", status.TRADE_TYPES)
    fixed = [("fields", "tid,tid_str,status,modified"), ("type", types)]
    method = "taobao.trades.sold.increment.get"

    def fetch(start: int, end: int, page: int) -> tuple[list[Event], int]:
        told = answer(api, method, [*fixed, *_window("modified", start, end), *_page(page, SIZE)])
        rows = _rows(told.trades, "trade")
        return [_thin(method, raw, f"$.trades[{index}]") for index, raw in enumerate(rows)], _total(told)

    return fetch


def _refunds(api: Api) -> Fetch:
    method = "taobao.refunds.receive.get"

    def fetch(start: int, end: int, page: int) -> tuple[list[Event], int]:
        told = answer(api, method, [("fields", REFUND_FIELDS), *_window("modified", start, end), *_page(page, SIZE)])
        rows = _rows(told.refunds, "refund")
        return [_fat(method, "refund", raw, f"$.refunds[{index}]") for index, raw in enumerate(rows)], _total(told)

    return fetch


def _rates(api: Api) -> Fetch:
    fixed = [("fields", RATE_FIELDS), ("rate_type", "get"), ("role", "buyer")]
    method = "taobao.traderates.get"

    def fetch(start: int, end: int, page: int) -> tuple[list[Event], int]:
        told = answer(api, method, [*fixed, *_window("date", start, end), *_page(page, RATE_SIZE)])
        rows = _rows(told.trade_rates, "trade_rate")
        return [_fat(method, "review", raw, f"$.trade_rates[{index}]") for index, raw in enumerate(rows)], _total(told)

    return fetch


def _window(name: str, start: int, end: int) -> Params:
    first, last = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
    return [(f"start_{name}", wall(first)), (f"end_{name}", wall(last))]


def _page(page: int, size: int) -> Params:
    """With use_has_next the platform tells no total, and without a total there is no last page to begin with."""
    return [("page_no", str(page + 1)), ("page_size", str(size)), ("use_has_next", "false")]


def _rows(told: RawList | list[msgspec.Raw] | None, name: str) -> Sequence[msgspec.Raw]:
    return (getattr(told, name) if isinstance(told, RawList) else told) or ()


def _total(told: Answer) -> int:
    try:
        total = number(told.total_results, "total_results")
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
    if total is None or total < 0:
        raise READ.malformed("expected a total", "$.total_results", None)
    return total


def _thin(topic: str, raw: msgspec.Raw, path: str) -> Event:
    row = READ.decode(Row, bytes(raw), None, path)
    tid = digits(text(row.tid_str) or row.tid)
    if tid is None:
        raise READ.malformed("a trade without an id", f"{path}.tid", None)
    return Event(_mark(tid, raw), topic, "order", tid, _at(row.modified, path), thin=True, payload=bytes(raw))


def _fat(topic: str, kind: EventKind, raw: msgspec.Raw, path: str) -> Event:
    row = READ.decode(Row, bytes(raw), None, path)
    resource = ident(row.refund_id if kind == "refund" else row.oid)
    if resource is None:
        raise READ.malformed("a row without an id", path, None)
    payload = msgspec.json.encode({"refunds" if kind == "refund" else "trade_rates": [raw]})
    return Event(_mark(resource, raw), topic, kind, resource, _at(row.modified or row.created, path), thin=False, payload=payload)


def _mark(resource: str, raw: msgspec.Raw) -> str:
    """A row is told apart by its content, so that an unchanged one is the same delivery."""
    return f"pull:{resource}:{fingerprint(bytes(raw))}"


def _at(value: str | None, path: str) -> datetime | None:
    try:
        return moment(value, "modified")
    except Odd as odd:
        raise READ.of(odd, path, None) from None
