"""From a push to what it is about: the order with its units and reverse orders, or the review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from chalicelib.contract import Api, Event
from chalicelib.domain.order import Status
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.loose import Odd, ident, number, told, yes
from chalicelib.toolkit.texts import digits
from connectors.lazada import status
from connectors.lazada.api import call
from connectors.lazada.payloads import ItemRow, OrderItems, OrderRow, ReversePage, ReviewRows, Wrapped
from connectors.lazada.push import parse
from connectors.lazada.values import KEY, READ

REVERSES = "/reverse/getreverseordersforseller"
MOST_REVERSES = 100  # of one order, asked for at once
BATCH = 50  # orders whose items are asked for at once
REVIEWS = 10  # reviews asked for at once [docs /review/seller/list/v2]


def hydrate(event: Event, api: Api) -> Event:
    """The event with what the API tells. Of the push only type and ids are used."""
    push, notice = parse(event.payload, event.delivery_id)
    if event.kind == "review":
        return replace(event, thin=False, payload=_review(event, api))
    if event.kind not in ("order", "refund"):
        raise Skippable("topic-ignored", f"message type {push.message_type} is not handled", connector=KEY)
    order_id = digits(notice.trade_order_id)
    if order_id is None:
        raise READ.malformed("a push without trade_order_id", "$.data.trade_order_id", event.delivery_id)
    head = _data(call(api, "/order/get", [("order_id", order_id)]), event.delivery_id)
    if ident(READ.decode(OrderRow, bytes(head), event.delivery_id, "$.data").order_id) != order_id:
        raise READ.malformed("an answer about another order", "$.data.order_id", event.delivery_id)
    items = _data(call(api, "/order/items/get", [("order_id", order_id)]), event.delivery_id)
    document: dict[str, msgspec.Raw | Sequence[msgspec.Raw]] = {"order": head, "items": items}
    rows = READ.decode(list[ItemRow], bytes(items), event.delivery_id, "$.data")
    if event.kind == "refund" or ident(notice.reverse_order_id) or any(_reversed(row) for row in rows):
        document["reverses"] = _reverses(order_id, api, event.delivery_id)
    return replace(event, thin=False, payload=msgspec.json.encode(document))


def items_of(order_ids: Sequence[str], api: Api) -> dict[str, msgspec.Raw]:
    """The units of several orders, by order."""
    found: dict[str, msgspec.Raw] = {}
    for start in range(0, len(order_ids), BATCH):
        batch = order_ids[start : start + BATCH]
        answer = _data(call(api, "/orders/items/get", [("order_ids", f"[{','.join(batch)}]")]), None)
        for index, row in enumerate(READ.decode(list[OrderItems], bytes(answer), None, "$.data")):
            order_id = ident(row.order_id)
            if order_id is None or not told(row.order_items):
                raise READ.malformed("units without their order", f"$.data[{index}]", None)
            found[order_id] = row.order_items
    return found


def reviews_of(review_ids: Sequence[str], api: Api) -> list[msgspec.Raw]:
    """Reviews by id. Those that are hidden or gone are missing."""
    rows: list[msgspec.Raw] = []
    for start in range(0, len(review_ids), REVIEWS):
        batch = review_ids[start : start + REVIEWS]
        answer = _data(call(api, "/review/seller/list/v2", [("id_list", f"[{','.join(batch)}]")]), None)
        rows += READ.decode(ReviewRows, bytes(answer), None, "$.data").review_list or []
    return rows


def reverse_page(api: Api, params: Sequence[tuple[str, str]], page: int, size: int) -> tuple[list[msgspec.Raw], int]:
    """A page (from 1) of reverse orders and how many there are."""
    body = call(api, REVERSES, [*params, ("page_no", str(page)), ("page_size", str(size))])
    answer = READ.decode(Wrapped, body, None)
    if not told(answer.result):
        raise READ.malformed("an answer without a result", "$.result", None)
    found = READ.decode(ReversePage, bytes(answer.result), None, "$.result")
    if found.success is not None and not yes(found.success):
        raise Permanent("platform-refused", f"{REVERSES} answers failure", connector=KEY)
    try:
        total = number(found.total, "total")
    except Odd as odd:
        raise READ.of(odd, "$.result", None) from None
    if total is None or total < 0:
        raise READ.malformed("expected a total", "$.result.total", None)
    return found.items or [], total


def _review(event: Event, api: Api) -> bytes:
    review_id = digits(event.resource_id)
    if review_id is None:
        raise READ.malformed("a push without a review's id", "$.data.id", event.delivery_id)
    rows = reviews_of([review_id], api)
    if not rows:
        raise Skippable("review-hidden", "the review is not shown any more", connector=KEY, delivery_id=event.delivery_id)
    return msgspec.json.encode({"review_list": rows})


def _reverses(order_id: str, api: Api, delivery_id: str) -> list[msgspec.Raw]:
    rows, total = reverse_page(api, [("trade_order_id", order_id)], 1, MOST_REVERSES)
    if len(rows) < total:
        raise Permanent(
            "pull-truncated", "an order with more reverse orders than a page holds", connector=KEY, delivery_id=delivery_id
        )
    return rows


def _reversed(row: ItemRow) -> bool:
    """Whether a unit says that there is a reverse order."""
    word = row.status or ""
    gone = word == status.RETURNED or status.ITEM_STATUS.get(word) is Status.CANCELLED
    return gone or ident(row.reverse_order_id) is not None or yes(row.is_cancel_pending) or yes(row.need_cancel_confirm)


def _data(body: bytes, delivery_id: str | None) -> msgspec.Raw:
    data = READ.decode(Wrapped, body, delivery_id).data
    if not told(data):
        raise READ.malformed("an answer without data", "$.data", delivery_id)
    return data
