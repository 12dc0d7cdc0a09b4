"""Reading Pinduoduo: what a message is about, orders that changed, refunds that changed state by state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from chalicelib.contract import Api, Event, Page
from chalicelib.errors import ConfigError, Permanent, Skippable
from chalicelib.toolkit.loose import Id, Odd, ident, number
from chalicelib.toolkit.signing import fingerprint
from chalicelib.toolkit.windows import Listing, walk_listings
from connectors.pinduoduo import status
from connectors.pinduoduo.api import Params, call
from connectors.pinduoduo.payloads import Listed, Row
from connectors.pinduoduo.socket import order_of
from connectors.pinduoduo.values import KEY, READ, order_sn, when

WINDOW = 30 * 60  # seconds, the longest there may be [docs]
LAG = timedelta(minutes=3)  # how far behind the platform's clock a window has to end [docs]
BACK = timedelta(days=90)  # what the platform keeps in these lists [docs]
SIZE, DEPTH = 100, 10_000  # rows a page [docs]; how deep pages go is not told
ORDERS, REFUNDS = "pdd.order.number.list.increment.get", "pdd.refund.list.increment.get"
ORDER, REFUND = "pdd.order.information.get", "pdd.refund.information.get"
ALL = "5"  # order_status, refund_status [docs]
Fetch = Callable[[int, int, int], tuple[list[Event], int]]


def hydrate(event: Event, api: Api) -> Event:
    """The event with the order, and with the refund where the event is about one. Of the message only ids are used."""
    if event.kind not in ("order", "refund"):
        raise Skippable("topic-ignored", "nothing is read for this type", connector=KEY, delivery_id=event.delivery_id)
    sn = order_sn(event.resource_id) if event.kind == "order" else order_of(event)
    if sn is None:
        raise READ.malformed("a message without its order", "$.message.content.tid", event.delivery_id)
    document = {"order_info": _order(sn, event, api)}
    if event.kind == "refund":
        refund_id = ident(event.resource_id) or ""
        raw = call(api, REFUND, [("order_sn", sn), ("after_sales_id", refund_id)])
        row = READ.decode(Row, raw, event.delivery_id, "$.refund_detail")
        if ident(row.id) != refund_id or order_sn(row.order_sn) != sn:
            raise READ.malformed("an answer about another refund", "$.refund_detail.id", event.delivery_id)
        document["refund_detail"] = msgspec.Raw(raw)
    return replace(event, thin=False, payload=msgspec.json.encode(document))


def _order(sn: str, event: Event, api: Api) -> msgspec.Raw:
    parts = READ.decode(dict[str, msgspec.Raw], call(api, ORDER, [("order_sn", sn)]), event.delivery_id)
    raw = parts.get("order_info")
    if raw is None or order_sn(READ.decode(Row, bytes(raw), event.delivery_id, "$.order_info").order_sn) != sn:
        raise READ.malformed("an answer about another order", "$.order_info.order_sn", event.delivery_id)
    return raw


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of orders, then of refunds, one state after the other. The last minutes are left to the next pull, which overlaps."""
    if cursor is None and since < api.now() - BACK:  # one that is resumed was within it when it began
        raise Permanent("pull-too-old", f"the platform lists the last {BACK.days} days only", connector=KEY)
    first, last = int(since.timestamp()), int(min(until, api.now() - LAG).timestamp())
    if last <= first:
        return
    listings = [Listing("orders", _orders(api), SIZE, DEPTH, WINDOW)]
    listings += [Listing(f"refunds{state}", _refunds(api, state), SIZE, DEPTH, WINDOW) for state in _states(api)]
    for events, following in walk_listings(listings, first, last, cursor, connector=KEY):
        yield Page(tuple(events), following)


def _states(api: Api) -> list[str]:
    told = api.account.options.get("after_sales_states", status.PULLED_STATES)
    states = [state.strip() for state in told.split(",")]
    if not all(state.isascii() and state.isdigit() for state in states):
        raise ConfigError("option-malformed", "the option after_sales_states is a list of numbers", connector=KEY)
    return states


def _orders(api: Api) -> Fetch:
    fixed = [("order_status", ALL), ("refund_status", ALL), ("is_lucky_flag", "0")]

    def fetch(start: int, end: int, page: int) -> tuple[list[Event], int]:
        found = _listed(api, ORDERS, [*fixed, *_paged(start, end, page)])
        return [_named(raw, f"$.order_sn_list[{index}]") for index, raw in enumerate(found.order_sn_list or ())], _total(found)

    return fetch


def _refunds(api: Api, state: str) -> Fetch:
    fixed = [("after_sales_status", state), ("after_sales_type", "1")]

    def fetch(start: int, end: int, page: int) -> tuple[list[Event], int]:
        found = _listed(api, REFUNDS, [*fixed, *_paged(start, end, page)])
        return [_told(raw, f"$.refund_list[{index}]") for index, raw in enumerate(found.refund_list or ())], _total(found)

    return fetch


def _paged(start: int, end: int, page: int) -> Params:
    """With use_has_next the platform tells no total, and without a total there is no last page to begin with."""
    window = [("start_updated_at", str(start)), ("end_updated_at", str(end))]
    return [*window, ("page", str(page + 1)), ("page_size", str(SIZE)), ("use_has_next", "false")]


def _listed(api: Api, method: str, params: Params) -> Listed:
    return READ.decode(Listed, call(api, method, params), None)


def _total(found: Listed) -> int:
    try:
        total = number(found.total_count, "total_count")
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
    if total is None or total < 0:
        raise READ.malformed("expected a total", "$.total_count", None)
    return total


def _named(raw: msgspec.Raw, path: str) -> Event:
    """A changed order, which is then read in full: rows are numbers alone, or orders without what buyers are told by."""
    row = READ.decode(Row, b'{"order_sn":' + bytes(raw) + b"}" if bytes(raw)[:1] == b'"' else bytes(raw), None, path)
    sn = order_sn(row.order_sn)
    if sn is None:
        raise READ.malformed("an order without a number", f"{path}.order_sn", None)
    return Event(_mark(sn, raw), ORDERS, "order", sn, _at(row.updated_at, path), thin=True, payload=bytes(raw))


def _told(raw: msgspec.Raw, path: str) -> Event:
    row = READ.decode(Row, bytes(raw), None, path)
    refund_id = ident(row.id)
    if refund_id is None:
        raise READ.malformed("a refund without an id", f"{path}.id", None)
    payload = msgspec.json.encode({"refund_list": [raw]})
    return Event(_mark(refund_id, raw), REFUNDS, "refund", refund_id, _at(row.updated_time, path), thin=False, payload=payload)


def _mark(resource: str, raw: msgspec.Raw) -> str:
    """A row is told apart by its content, so that an unchanged one is the same delivery."""
    return f"pull:{resource}:{fingerprint(bytes(raw))}"


def _at(value: Id, path: str) -> datetime | None:
    try:
        return when(value, "updated_at")
    except Odd as odd:
        raise READ.of(odd, path, None) from None
