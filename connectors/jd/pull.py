"""Pulling JD: orders that changed, refund applications, after-sales. There is no other way in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.contract import Api, Event, EventKind, Page
from chalicelib.errors import Permanent
from chalicelib.toolkit.beijing import wall
from chalicelib.toolkit.loose import Id, Odd, number
from chalicelib.toolkit.signing import fingerprint
from chalicelib.toolkit.windows import Listing, walk_listings
from connectors.jd import status
from connectors.jd.api import call, require_success
from connectors.jd.payloads import Apply, Listed, Order, Outcome, Service
from connectors.jd.refunds import has_money
from connectors.jd.values import KEY, READ, digits, when

DAY, HOUR = 86_400, 3_600  # seconds
SIZE, REFUND_SIZE, DEPTH = 100, 50, 5_000  # rows a page [docs]; how deep pages go is not told
LOOK_BACK = 10 * DAY  # the longest window by time of approval [docs]
LONG_BACK = 45 * DAY  # what a parcel on its way back and its refund may take
SERVICE_WINDOW = 7 * DAY  # the longest by time of application [docs]

# Only what is named here is answered. Kept as one list, in the order of the shapes.
OPTIONAL_FIELDS = ",".join(
    [
        "orderId,venderId,parentOrderId,directParentOrderId,orderType,orderState,orderStateRemark,payType,orderTotalPrice",
        "sellerDiscount,orderSellerPrice,freightPrice,taxFee,balanceUsed,orderPayment,couponDetailList,orderStartTime",
        "paymentConfirmTime,outBoundDate,orderEndTime,modified,itemInfoList,open_id_buyer,pin,consigneeInfo,waybill,logisticsId",
        "partialLogisticsInfoModel,orderSource,oaid",
    ]
)
ORDERS = "jingdong.pop.order.enSearch"
APPLIES = "jingdong.pop.afs.soa.refundapply.queryPageList"
SERVICES = "jingdong.asc.serviceAndRefund.view"
DETAIL = "jingdong.b2c.shop.aftersales.refund.get"
TOPICS = {"orderInfo": ORDERS, "apply": APPLIES, "service": SERVICES}
Fetch = Callable[[int, int, int], tuple[list[Event | None], int]]


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of orders by time of change, then of refunds.

    Refunds are listed by application and by check, and no list is by the time the money went back: each hour those checked
    in the last ten days are read again, each day those of the last 45. An unchanged one is the same delivery and has no effect.
    """
    first, last = int(since.timestamp()), int(until.timestamp()) + 1
    back = first
    for unit, far in ((HOUR, LOOK_BACK), (DAY, LONG_BACK)):
        if first // unit != (last - 1) // unit:
            back = min(first, last - far)
    stages = [
        (Listing("orders", _orders(api), SIZE, DEPTH, DAY), first),
        (Listing("applied", _applies(api, "applyTime"), REFUND_SIZE, DEPTH, DAY), first),
        (Listing("checked", _applies(api, "checkTime"), REFUND_SIZE, DEPTH, DAY), back),
        (Listing("asked", _services(api, "applyTime"), REFUND_SIZE, DEPTH, SERVICE_WINDOW), first),
        (Listing("approved", _services(api, "approveTime"), REFUND_SIZE, DEPTH, LOOK_BACK), back),
    ]
    names = [listing.name for listing, _ in stages]
    name = (cursor or names[0]).partition(":")[0]
    if name not in names:
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    for place in range(names.index(name), len(stages)):
        listing, start = stages[place]
        inner = cursor if cursor is not None and cursor != names[place] and place == names.index(name) else None
        after = names[place + 1] if place + 1 < len(stages) else None
        for events, following in walk_listings([listing], start, last, inner, connector=KEY):
            yield Page(tuple([event for event in events if event is not None]), following or after)


def _orders(api: Api) -> Fetch:
    def fetch(start: int, end: int, page: int) -> tuple[list[Event | None], int]:
        params = {
            "start_date": _wall(start),
            "end_date": _wall(end),
            "order_state": "ALL",
            "optional_fields": OPTIONAL_FIELDS,
            "page": str(page + 1),
            "page_size": str(SIZE),
            "sortType": "0",
            "dateType": "0",
        }
        found = _listed(api, ORDERS, params, "searchorderinfo_result")
        rows = found.orderInfoList or []
        return [_order(raw, f"$.orderInfoList[{index}]") for index, raw in enumerate(rows)], _total(found.orderTotal, ORDERS)

    return fetch


def _applies(api: Api, name: str) -> Fetch:
    def fetch(start: int, end: int, page: int) -> tuple[list[Event | None], int]:
        params = {
            f"{name}Start": _wall(start),
            f"{name}End": _wall(end),
            "pageIndex": page + 1,
            "pageSize": REFUND_SIZE,
            "showSku": True,
        }
        found = _listed(api, APPLIES, params, "queryResult")
        rows = found.result or []
        return [_apply(raw, f"$.result[{index}]") for index, raw in enumerate(rows)], _total(found.totalCount, APPLIES)

    return fetch


def _services(api: Api, name: str) -> Fetch:
    def fetch(start: int, end: int, page: int) -> tuple[list[Event | None], int]:
        params = {f"{name}Begin": _wall(start), f"{name}End": _wall(end), "pageNumber": page + 1, "pageSize": REFUND_SIZE}
        found = _listed(api, SERVICES, params, "pageResult")
        rows = found.data or []
        return [_service(api, raw, f"$.data[{index}]") for index, raw in enumerate(rows)], _total(found.totalCount, SERVICES)

    return fetch


def _listed(api: Api, method: str, params: Mapping[str, Any], name: str) -> Listed:
    """The list in an answer. Permanent when it is missing, or says that it failed."""
    parts = READ.decode(dict[str, msgspec.Raw], call(api, method, params), None)
    raw = parts.get(name)
    if raw is None:
        raise READ.malformed("an answer without its list", f"$.{name}", None)
    found = READ.decode(Listed, bytes(raw), None, f"$.{name}")
    require_success(method, found.apiResult)
    require_success(method, Outcome(success=found.success, code=found.code))
    return found


def _total(value: Id, method: str) -> int:
    try:
        total = number(value, "total")
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
    if total is None or total < 0:
        raise READ.malformed(f"{method} tells no total", "$.total", None)
    return total


def _order(raw: msgspec.Raw, path: str) -> Event:
    row = READ.decode(Order, bytes(raw), None, path)
    return _event("orderInfo", digits(row.orderId), row.modified, raw, path)


def _apply(raw: msgspec.Raw, path: str) -> Event:
    row = READ.decode(Apply, bytes(raw), None, path)
    return _event("apply", digits(row.id), row.checkTime or row.applyTime, raw, path)


def _service(api: Api, raw: msgspec.Raw, path: str) -> Event | None:
    """An after-sale with a refund, None without; with the option `refund_detail` the sum that is stated of one that is done."""
    row = READ.decode(Service, bytes(raw), None, path)
    bill = row.sameOrderServiceBill
    service = digits(bill.serviceId) if bill else None
    if not has_money(row):
        return None
    if service and api.account.options.get("refund_detail") == "true" and _done(row):
        parts = READ.decode(dict[str, msgspec.Raw], bytes(raw), None, path)
        raw = msgspec.Raw(msgspec.json.encode({**parts, "detail": _detail(api, service)}))
    return _event("service", service, row.completeTime or (bill.afsApplyTime if bill else None), raw, path)


def _done(row: Service) -> bool:
    try:
        return number(row.status, "status") == status.SERVICE_DONE
    except Odd as odd:
        raise READ.of(odd, "$.data", None) from None


def _detail(api: Api, service: str) -> msgspec.Raw | None:
    found = _parts(READ.decode(dict[str, msgspec.Raw], call(api, DETAIL, {"afsServiceId": service}), None), "result", DETAIL)
    return found.get("data")


def _parts(parts: Mapping[str, msgspec.Raw], name: str, method: str) -> Mapping[str, msgspec.Raw]:
    raw = parts.get(name)
    if raw is None:
        raise READ.malformed(f"{method} answers nothing", f"$.{name}", None)
    return READ.decode(dict[str, msgspec.Raw], bytes(raw), None, f"$.{name}")


def _event(name: str, resource: str | None, at: Id, raw: msgspec.Raw, path: str) -> Event:
    """`name` is how our document calls the row."""
    if resource is None:
        raise READ.malformed("a row without an id", path, None)
    try:
        occurred_at = when(at, "modified")
    except Odd as odd:
        raise READ.of(odd, path, None) from None
    payload = msgspec.json.encode({name: raw})
    mark = f"pull:{resource}:{fingerprint(payload)}"
    kind: EventKind = "order" if name == "orderInfo" else "refund"
    return Event(mark, TOPICS[name], kind, resource, occurred_at, thin=False, payload=payload)


def _wall(seconds: int) -> str:
    return wall(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
