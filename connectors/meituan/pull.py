"""Hydrating a push, and sweeping the orders of each day by their numbers: Meituan has no list of what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from chalicelib.contract import Api, Event, EventKind, Page
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.beijing import ZONE
from chalicelib.toolkit.loose import Odd, epoch, ident, number
from connectors.meituan.api import call, rows_of
from connectors.meituan.payloads import DaySeq, Order
from connectors.meituan.values import KEY, READ, digits, poi_of

DETAIL, REFUND_DETAIL = "order/getOrderDetail", "ecommerce/order/getOrderRefundDetail"
LAST_SEQ, BY_SEQ = "order/getOrderDaySeq", "ecommerce/order/getOrderIdByDaySeq"
STEP = 50  # numbers asked for at once (ours)
MOST = 20_000  # orders of a day (ours)
DAY = timedelta(days=1)


def hydrate(event: Event, api: Api) -> Event:
    """The event with the order, or with the refunds that it is about, as the API tells them."""
    if event.kind not in ("order", "refund"):
        raise Skippable("topic-ignored", f"{event.topic} is not handled", connector=KEY, delivery_id=event.delivery_id)
    told = READ.decode(Order, event.payload, event.delivery_id)
    order_id = digits(told.order_id) or digits(told.wm_order_id_view)
    if order_id is None:
        raise READ.malformed("a push that names no order", "$.order_id", event.delivery_id)
    if event.kind == "refund":  # an order read again might not tell how far it was delivered
        found = _refunds(digits(told.wm_order_id_view) or order_id, api)
        named = ident(told.refund_id)
        if not found or (named and named not in found):
            found[named or ""] = msgspec.Raw(event.payload)  # the API does not know it yet: the push, which is signed, stands
        return replace(event, thin=False, payload=msgspec.json.encode({"order_id": order_id, "refunds": list(found.values())}))
    detail, order = _detail(order_id, api)
    own, theirs = api.account.options.get("app_poi_code"), ident(order.app_poi_code)
    if own and theirs and own != theirs:  # the push did not name its shop: this account's it is not
        raise Skippable("shop-unknown", "an order of another shop", connector=KEY, delivery_id=event.delivery_id)
    document: dict[str, object] = {"order": msgspec.Raw(detail)}
    if told.logistics_status is not None:
        document["logistics"] = {"logistics_status": told.logistics_status, "time": told.time}
    if _cancelled(order):
        document["refunds"] = list(_refunds(digits(order.wm_order_id_view) or order_id, api).values())
    return replace(event, thin=False, payload=msgspec.json.encode(document))


def _detail(order_id: str, api: Api) -> tuple[bytes, Order]:
    detail = call(api, DETAIL, [("order_id", order_id), ("is_mt_logistics", "1")])
    order = READ.decode(Order, detail, None, "$.data")
    if order_id not in (digits(order.order_id), digits(order.wm_order_id_view)):
        raise READ.malformed("an answer about another order", "$.data.order_id", None)
    return detail, order


def _cancelled(order: Order) -> bool:
    try:
        return number(order.status, "status") == 9  # a paid one is refunded
    except Odd:
        return False


def _refunds(view: str, api: Api) -> dict[str, msgspec.Raw]:
    """Whole refunds, then partial ones, each once, by their ids."""
    found: dict[str, msgspec.Raw] = {}
    for kind in ("1", "2"):
        try:
            rows = call(api, REFUND_DETAIL, [("wm_order_id_view", view), ("refund_type", kind)])
        except Permanent as error:
            if error.reason != "order-unknown":
                raise
            continue  # it has none of this kind
        for raw in rows_of(rows):
            row = READ.decode(Order, bytes(raw), None, "$.data")
            found[ident(row.refund_id) or bytes(raw).decode()] = raw
    return found


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of the orders of every day from the day before `since`, by their numbers. The cursor is the day and a number."""
    first, last = (since - DAY).astimezone(ZONE).date(), min(until, api.now()).astimezone(ZONE).date()
    today = api.now().astimezone(ZONE).date()
    at, start = _parse(cursor) if cursor else (f"{first:%Y%m%d}", 1)
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        name = f"{day:%Y%m%d}"
        if name < at:
            continue
        number_from, highest = start if name == at else 1, _highest(api) if day == today else MOST
        more_days = day < last
        while True:
            ids = _ids(api, name, number_from, min(number_from + STEP - 1, highest)) if number_from <= highest else []
            number_from += STEP
            done = number_from > highest or (not ids and day != today)
            if ids and done and day != today:  # told before the cursor moves on to the next day
                raise Permanent("pull-truncated", f"more than {MOST} orders a day", connector=KEY)
            following = f"{day + DAY:%Y%m%d}.1" if done and more_days else None if done else f"{name}.{number_from}"
            yield Page(tuple([_event(order_id, api) for order_id in ids]), following)
            if done:
                break


def _parse(cursor: str) -> tuple[str, int]:
    day, _, start = cursor.partition(".")
    if not (day.isdecimal() and len(day) == 8 and start.isdecimal() and 0 < len(start) < 6):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    return day, int(start)


def _highest(api: Api) -> int:
    """The newest number of today; 0 where there is none yet."""
    data = READ.decode(DaySeq, call(api, LAST_SEQ, [("app_poi_code", poi_of(api.account))]), None, "$.data")
    try:
        found = number(data.day_seq, "day_seq") or 0
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None
    if found > MOST:
        raise Permanent("pull-truncated", f"more than {MOST} orders a day", connector=KEY)
    return max(0, found)


def _ids(api: Api, day: str, start: int, end: int) -> list[str]:
    params = [("app_poi_code", poi_of(api.account)), ("date_time", day), ("day_seq_start", str(start)), ("day_seq_end", str(end))]
    try:
        data = READ.decode(DaySeq, call(api, BY_SEQ, params), None, "$.data")
    except Permanent as error:
        if error.reason == "order-unknown":
            return []
        raise
    found = [digits(each) for each in data.order_ids or ()]
    if None in found:
        raise READ.malformed("expected ids", "$.data.order_ids", None)
    return [each for each in found if each]


def _event(order_id: str, api: Api) -> Event:
    detail, order = _detail(order_id, api)
    # The order does not say that money went back, nor is there a list of refunds: they are asked for, order by order.
    refunds = _refunds(digits(order.wm_order_id_view) or order_id, api)
    document: dict[str, object] = {"order": msgspec.Raw(detail), "refunds": list(refunds.values())}
    try:
        at = epoch(order.utime, "utime")
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None
    return pulled(DETAIL, "order", order_id, at, msgspec.json.encode(document))


def pulled(topic: str, kind: EventKind, resource: str, at: datetime | None, payload: bytes) -> Event:
    """An event of a pull; told apart by its content, so that an unchanged one is the same delivery."""
    mark = hashlib.sha256(payload).hexdigest()[:32]
    return Event(f"pull:{resource}:{mark}", topic, kind, resource, at, thin=False, payload=payload)
