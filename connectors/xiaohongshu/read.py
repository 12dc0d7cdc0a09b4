"""Reading an order whole: itself, and all of its after-sales in detail, since only the detail tells what was paid back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from chalicelib.contract import Api, Event
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.loose import Odd, ident, number
from connectors.xiaohongshu.api import call
from connectors.xiaohongshu.payloads import Listed, Row
from connectors.xiaohongshu.push import THIN, cut
from connectors.xiaohongshu.values import KEY, READ, name_of

DETAIL, AFTERSALES, AFTERSALE = "order.getOrderDetail", "afterSale.listAfterSaleInfos", "afterSale.getAfterSaleInfo"
A_PAGE = 100  # [code]
NO_AFTERSALES = 1  # orderAfterSalesStatus


def hydrate(event: Event, api: Api) -> Event:
    """The event with what the API tells. Of the push only ids are used."""
    if event.kind not in THIN:
        raise Skippable("topic-ignored", f"{event.topic} is not handled", connector=KEY, delivery_id=event.delivery_id)
    notice = cut(event.payload, event.delivery_id)[0].notice
    order_id, returns_id = name_of(notice.order_id) or name_of(notice.package_id), name_of(notice.returns_id)
    document: dict[str, object] = {}
    if order_id is None and returns_id is not None:
        order_id = _order_of(_aftersale(returns_id, api))
    if order_id is None:
        raise READ.malformed("a push that names no order", "$.data.orderId", event.delivery_id)
    raw = call(api, DETAIL, {"orderId": order_id})
    row = READ.decode(Row, bytes(raw), event.delivery_id, "$.data")
    if ident(row.order_id) != order_id:
        raise READ.malformed("an answer about another order", "$.data.orderId", event.delivery_id)
    document["order"] = raw
    if event.kind == "refund" or _had_aftersales(row):
        wanted = [*([returns_id] if returns_id else []), *_listed(order_id, api)]
        document["aftersales"] = _all(dict.fromkeys(wanted), order_id, api)
    return replace(event, thin=False, payload=msgspec.json.encode(document))


def _had_aftersales(row: Row) -> bool:
    try:
        code = number(row.order_after_sales_status, "orderAfterSalesStatus")
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None
    return code not in (None, 0, NO_AFTERSALES)


def _listed(order_id: str, api: Api) -> list[str]:
    """Ids of all after-sales of an order; more than a page holds is an error."""
    data = call(api, AFTERSALES, {"orderId": order_id, "pageNo": 1, "pageSize": A_PAGE})
    found = READ.decode(Listed, bytes(data), None, "$.data")
    rows = found.after_sale_basic_infos or []
    try:
        total = number(found.total_count, "totalCount")
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None
    if len(rows) >= A_PAGE if total is None else total > len(rows):
        raise Permanent("pull-truncated", "an order with more after-sales than a page holds", connector=KEY, path="$.data")
    return [_name(row, index) for index, row in enumerate(rows)]


def _name(row: Row, index: int) -> str:
    found = name_of(row.returns_id)
    if found is None:
        raise READ.malformed("an after-sale without an id", f"$.data.afterSaleBasicInfos[{index}].returnsId", None)
    return found


def _all(wanted: Iterable[str], order_id: str, api: Api) -> list[msgspec.Raw]:
    found = [_aftersale(each, api) for each in wanted]
    for raw in found:
        if _order_of(raw) != order_id:
            raise READ.malformed("an after-sale of another order", "$.data.afterSaleInfo.orderId", None)
    return found


def _aftersale(returns_id: str, api: Api) -> msgspec.Raw:
    data = call(api, AFTERSALE, {"returnsId": returns_id, "needNegotiateRecord": False})
    info = READ.decode(Row, bytes(data), None, "$.data").after_sale_info
    if ident(READ.decode(Row, bytes(info), None, "$.data.afterSaleInfo").returns_id) != returns_id:
        raise READ.malformed("an answer about another after-sale", "$.data.afterSaleInfo.returnsId", None)
    return info


def _order_of(raw: msgspec.Raw) -> str | None:
    return name_of(READ.decode(Row, bytes(raw), None, "$.data.afterSaleInfo").order_id)
