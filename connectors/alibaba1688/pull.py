"""Hydrating a push, pulling changed orders and refunds, and the messages that were missed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import msgspec

from chalicelib.contract import Api, Event, EventKind, FeedRecord, Page
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.loose import Id, Odd, ident, number, text, told
from chalicelib.toolkit.windows import Listing, walk_listings
from connectors.alibaba1688 import status
from connectors.alibaba1688.api import call, call_open
from connectors.alibaba1688.mapping import order_id_of
from connectors.alibaba1688.payloads import BaseInfo, Head, MessageHead, MessagePage, RefundHead, RefundPage
from connectors.alibaba1688.push import topic_of
from connectors.alibaba1688.values import KEY, READ, digits, is_buyer, moment, stamp

SIZE, DEPTH = 20, 5_000  # orders a page [doc]; the depth is ours
WINDOW = 30 * 86_400  # ours: the pages name none
FIELDS = "GuaranteesTerms,NativeLogistics,RateDetail,OrderInvoice"
MOST_REFUNDS = 10  # pages of refunds of one order (ours)
MESSAGES, MOST_BATCHES = 200, 100  # missed messages a page [doc]; batches of one poll (ours)


class _Thin(msgspec.Struct, gc=False):
    """What push.py puts into a thin event."""

    type: str
    orderId: Id = None
    view: str | None = None


def hydrate(event: Event, api: Api) -> Event:
    """The event with the order, and its refunds where there are any. Of the push only type, view and id are used."""
    if event.kind not in ("order", "refund"):
        raise Skippable("topic-ignored", f"{event.topic} is not handled", connector=KEY, delivery_id=event.delivery_id)
    thin = READ.decode(_Thin, event.payload, event.delivery_id)
    order_id = digits(thin.orderId)
    if order_id is None:
        raise READ.malformed("a push that names no order", "$.orderId", event.delivery_id)
    view = thin.view or ("buyer" if is_buyer(api.account) else "seller")
    name = "alibaba.trade.get.buyerView" if view == "buyer" else _seller(api, "alibaba.trade.get.sellerView", "getOrder")
    answer = call(api, name, [("webSite", "1688"), ("orderId", order_id), ("includeFields", FIELDS)])
    if not told(answer.result):
        raise READ.malformed("an answer without a result", "$.result", event.delivery_id)
    base = READ.decode(Head, bytes(answer.result), event.delivery_id, "$.result").baseInfo
    if base is None or (order_id_of(base) != order_id and ident(base.id) != order_id):
        raise READ.malformed("an answer about another order", "$.result.baseInfo.idOfStr", event.delivery_id)
    document: dict[str, object] = {"order": answer.result, "view": view}
    if topic_of(event.topic) == status.PART_SENT:
        document["partSent"] = True
    if event.kind == "refund" or _refunding(base):
        document["refunds"] = _refunds_of(order_id_of(base) or order_id, view, api)
    return replace(event, thin=False, payload=msgspec.json.encode(document))


def _seller(api: Api, plain: str, encrypted: str) -> str:
    """The call of the seller's view; shops with encrypted orders have calls of their own (option `encrypted`)."""
    if api.account.options.get("encrypted") == "true":
        return f"alibaba.trade.ec.{encrypted}.sellerView"
    return plain


def _refunding(base: BaseInfo) -> bool:
    return any([text(base.refundStatus), text(base.refundStatusForAs), base.refundPayment not in (None, 0, "0")])


def _refund_call(view: str) -> str:
    return f"alibaba.trade.refund.{'buyer.' if view == 'buyer' else ''}queryOrderRefundList"


def _refunds_of(order_id: str, view: str, api: Api) -> list[msgspec.Raw]:
    found: list[msgspec.Raw] = []
    for page in range(MOST_REFUNDS):
        rows, total = _refund_page(api, view, [("orderId", order_id)], page)
        found += rows
        if len(found) >= total:
            return found
        if not rows:
            break
    raise Permanent("pull-truncated", "not all refunds of an order are listed", connector=KEY)


def _refund_page(api: Api, view: str, params: Sequence[tuple[str, str]], page: int) -> tuple[list[msgspec.Raw], int]:
    """A page of refunds; the platform counts these from 0."""
    where = [("currentPageNum", str(page)), ("pageSize", str(SIZE)), ("dipsuteType", "0")]
    answer = call(api, _refund_call(view), [*params, *where])
    if not told(answer.result):
        raise READ.malformed("an answer without a result", "$.result", None)
    found = READ.decode(RefundPage, bytes(answer.result), None, "$.result")
    return found.opOrderRefundModels or [], _total(found.totalCount, "$.result.totalCount")


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of orders, then of refunds, that changed in the window."""
    listings = (
        Listing("orders", partial(_orders, api), SIZE, DEPTH, WINDOW),
        Listing("refunds", partial(_refunds, api), SIZE, DEPTH, WINDOW),
    )
    first, last = int(since.timestamp()), int(until.timestamp()) + 1
    for events, following in walk_listings(listings, first, max(first, last), cursor, connector=KEY):
        yield Page(tuple(events), following)


def _window(start: int, end: int) -> list[tuple[str, str]]:
    return [("modifyStartTime", _stamp(start)), ("modifyEndTime", _stamp(end))]


def _orders(api: Api, start: int, end: int, page: int) -> tuple[list[Event], int]:
    """A page of orders; the platform counts these from 1."""
    buyer = is_buyer(api.account)
    name = "alibaba.trade.getBuyerOrderList" if buyer else _seller(api, "alibaba.trade.getSellerOrderList", "getOrderList")
    more = [("page", str(page + 1)), ("pageSize", str(SIZE)), ("needBuyerAddressAndPhone", "true")]
    answer = call(api, name, [*_window(start, end), *more])
    rows = READ.decode(list[msgspec.Raw], bytes(answer.result), None, "$.result") if told(answer.result) else []
    view = "buyer" if buyer else "seller"
    return [_order_event(raw, name, view, index) for index, raw in enumerate(rows)], _total(answer.totalRecord, "$.totalRecord")


def _order_event(raw: msgspec.Raw, name: str, view: str, index: int) -> Event:
    path = f"$.result[{index}]"
    base = READ.decode(Head, bytes(raw), None, path).baseInfo
    order_id = order_id_of(base)
    if base is None or order_id is None:
        raise READ.malformed("an order without an id", path, None)
    return pulled(name, "order", order_id, _moment(base.modifyTime, path), msgspec.json.encode({"order": raw, "view": view}))


def _refunds(api: Api, start: int, end: int, page: int) -> tuple[list[Event], int]:
    view = "buyer" if is_buyer(api.account) else "seller"
    rows, total = _refund_page(api, view, _window(start, end), page)
    return [_refund_event(raw, view, index) for index, raw in enumerate(rows)], total


def _refund_event(raw: msgspec.Raw, view: str, index: int) -> Event:
    path = f"$.result.opOrderRefundModels[{index}]"
    row = READ.decode(RefundHead, bytes(raw), None, path)
    refund_id = ident(row.refundId)
    if refund_id is None:
        raise READ.malformed("a refund without an id", path, None)
    at, payload = _moment(row.gmtModified, path), msgspec.json.encode({"refunds": [raw]})
    return pulled(_refund_call(view), "refund", refund_id, at, payload)


def missed(api: Api) -> Iterator[tuple[FeedRecord, ...]]:
    """Batches of messages that could not be pushed. What is confirmed leaves the list, so that the first page is asked again."""
    member = api.account.options.get("member_id")
    seen: set[str] = set()
    page = 1
    for _ in range(MOST_BATCHES):
        params = [("page", str(page)), ("pageSize", str(MESSAGES)), *([("userInfo", member)] if member else [])]
        answer = call_open(api, "push.query.messageList", params)
        if not told(answer.pushMessagePage):
            raise READ.malformed("an answer without a page", "$.pushMessagePage", None)
        rows = READ.decode(MessagePage, bytes(answer.pushMessagePage), None, "$.pushMessagePage").datas or []
        if not rows:
            return  # however few a page holds, only an empty one is the last
        batch = [record for index, raw in enumerate(rows) if (record := _record(raw, index)).receipt not in seen]
        if batch:
            seen.update([record.receipt for record in batch])
            yield tuple(batch)
        else:
            page += 1  # a page that nobody confirmed
    raise Permanent("pull-truncated", f"there is more after {MOST_BATCHES} batches of messages", connector=KEY)


def _record(raw: msgspec.Raw, index: int) -> FeedRecord:
    path = f"$.pushMessagePage.datas[{index}]"
    receipt = digits(READ.decode(MessageHead, bytes(raw), None, path).msgId)  # the rest is read by whom it is for
    if receipt is None:
        raise READ.malformed("a message without an id", f"{path}.msgId", None)
    return FeedRecord(receipt, bytes(raw).decode())


def confirm(records: Sequence[FeedRecord], api: Api) -> None:
    """Take messages that are durable here off the list."""
    if records:
        listed = f"[{','.join([record.receipt for record in records])}]"
        call_open(api, "push.message.confirm", [("msgIdList", listed)])


def pulled(topic: str, kind: EventKind, resource: str, at: datetime | None, payload: bytes) -> Event:
    """An event of a pull; told apart by its content, so that an unchanged one is the same delivery."""
    mark = hashlib.sha256(payload).hexdigest()[:32]
    return Event(f"pull:{resource}:{mark}", topic, kind, resource, at, thin=False, payload=payload)


def _moment(value: str | None, path: str) -> datetime | None:
    try:
        return moment(value, "modified")
    except Odd as odd:
        raise READ.of(odd, path, None) from None


def _total(value: Id, path: str) -> int:
    try:
        total = number(value, "total")
    except Odd as odd:
        raise READ.malformed(odd.detail, path, None) from None
    if total is None or total < 0:
        raise READ.malformed("expected a total", path, None)
    return total


def _stamp(seconds: int) -> str:
    return stamp(datetime.fromtimestamp(seconds, UTC))
