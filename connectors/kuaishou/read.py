"""Reading an order whole: itself, its fees, and all of its refunds, since the order names only the newest."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from chalicelib.contract import Api, Event
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.loose import Id, ident
from chalicelib.toolkit.texts import digits
from connectors.kuaishou.api import call
from connectors.kuaishou.payloads import Fees, Listed, Push, Row
from connectors.kuaishou.push import THIN, info_of
from connectors.kuaishou.values import KEY, READ

DETAIL, FEES, REFUNDS = "open.order.detail", "open.seller.order.fee.detail", "open.seller.order.refund.pcursor.list"
NO_MORE = "nomore"
ALL_REFUNDS = 9  # 8 would be those that wait [code]
REFUNDS_A_PAGE = 100  # [code]
MAX_REFUND_PAGES = 20


def onward(cursor: Id, rows: bool, path: str) -> str | None:
    """The next cursor; None once the platform says that it has no more, or has nothing at all.

    Permanent("pull-truncated") on rows without either: what lies behind them would be lost without a word.
    """
    following = ident(cursor)
    if following is None and rows:
        raise Permanent("pull-truncated", "a list that says neither how it goes on nor that it ends", connector=KEY, path=path)
    return None if following == NO_MORE else following


def hydrate(event: Event, api: Api) -> Event:
    """The event with what the API tells. Of the push only the order's id is used."""
    if event.kind not in THIN:
        raise Skippable("topic-ignored", f"{event.topic} is not handled", connector=KEY, delivery_id=event.delivery_id)
    info = info_of(READ.decode(Push, event.payload, event.delivery_id), event.delivery_id)
    order_id = digits(info.oid) or digits(info.order_id)
    if order_id is None:
        raise READ.malformed("a push that names no order", "$.info.oid", event.delivery_id)
    raw = call(api, DETAIL, {"oid": int(order_id)})
    return replace(event, thin=False, payload=whole(raw, order_id, api, "$.data", refunds=event.kind == "refund"))


def whole(raw: msgspec.Raw, order_id: str | None, api: Api, path: str, *, refunds: bool = False) -> bytes:
    """The document of an order, with its fees, and with its refunds where it names one. `order_id`: what was asked for.

    `refunds`: they are read even where the order names none (yet).
    """
    row = READ.decode(Row, bytes(raw), None, path)
    named = digits(row.order_base_info.oid) if row.order_base_info else None
    if named is None or (order_id is not None and named != order_id):
        raise READ.malformed("an answer about another order", f"{path}.orderBaseInfo.oid", None)
    document: dict[str, object] = {"order": raw, "fees": _fees(named, api)}
    if refunds or row.order_refund_list or row.order_detail_refund_list:
        document["refunds"] = _refunds(named, api)
    return msgspec.json.encode(document)


def _fees(order_id: str, api: Api) -> msgspec.Raw:
    raw = call(api, FEES, {"oid": int(order_id)})
    named = ident(READ.decode(Fees, bytes(raw), None, "$.data").oid)
    if named is not None and named != order_id:
        raise READ.malformed("an answer about another order", "$.data.oid", None)
    return raw


def _refunds(order_id: str, api: Api) -> list[msgspec.Raw]:
    """All refunds of one order, page by page."""
    found: list[msgspec.Raw] = []
    cursor = ""
    for page in range(1, MAX_REFUND_PAGES + 1):
        param = {"orderId": int(order_id), "type": ALL_REFUNDS, "pageSize": REFUNDS_A_PAGE, "currentPage": page, "pcursor": cursor}
        listed = READ.decode(Listed, bytes(call(api, REFUNDS, param)), None, "$.data")
        rows = listed.refund_order_info_list or []
        found += rows
        following = onward(listed.pcursor, bool(rows), "$.data.pcursor")
        if following is None:
            return found
        if following == cursor:
            raise Permanent("cursor-repeated", "the platform gave the same page cursor twice", connector=KEY, path="$.data.pcursor")
        cursor = following
    raise Permanent("pull-truncated", "an order with more refunds than are read", connector=KEY, path="$.data.pcursor")
