"""Xiaohongshu: an array of messages with `data` as text; orders in fen, after-sales in yuan, all in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump, number
from ops.simulator.model import Claim, Item, SimOrder, State, Step, World, seller_sku

Json = dict[str, Any]
KEY = "xiaohongshu"
SELLER = "5e1d2c3b4a59687766554401"
STATUS = "msg_fulfillment_status_change"
_CLAIM_TAGS = {
    "refund_requested": "msg_after_sale_create",
    "refund_rejected": "msg_after_sale_audit_reject",
    "refunded": "msg_after_sale_refund_finished",
    "exchanged": "msg_after_sale_exchange_ship",
}


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every push for steps with since <= at < until. What is paid for is told twice, as the platform does."""
    for order in world.of(KEY):
        for step in order.happened(since, until):
            if step.kind in _CLAIM_TAGS:
                yield _claim(order, step)
            elif step.kind not in {"delivered", "amended"}:
                yield _status(order, step.at, twice=step.kind == "paid")


def snapshot(world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """A push that makes the receiver read the order as of `now` with all its after-sales."""
    del world
    yield _status(order, order.known_at(now).updated_at, twice=False)


def _status(order: SimOrder, at: datetime, *, twice: bool) -> Delivery:
    code = order_status(order.known_at(at))
    data = {
        "orderId": order.order_id,
        "packageId": order.order_id,
        "orderStatus": code,
        "packageStatus": code,
        "updateTime": millis(at),
    }
    message = {"msgTag": STATUS, "sellerId": SELLER, "data": dump(data).decode()}
    return _delivery(order, at, STATUS, [message, message] if twice else [message])


def _claim(order: SimOrder, step: Step) -> Delivery:
    claim = next(claim for claim in order.known_at(step.at).claims if claim.id == step.ref)
    tag = _CLAIM_TAGS[step.kind]
    data = {
        "returnsId": claim.id,
        "orderId": order.order_id,
        "packageId": order.order_id,
        "returnType": return_type(claim),
        "requestFrom": 1,
        "refundFee": number(claim.amount),
        "updateTime": millis(step.at),
    }
    return _delivery(order, step.at, tag, [{"msgTag": tag, "sellerId": SELLER, "data": dump(data).decode()}])


def _delivery(order: SimOrder, at: datetime, tag: str, found: list[Json]) -> Delivery:
    headers = {"content-type": "application/json"}
    return Delivery(at + LATENCY, KEY, order.shop.account, tag, order.order_id, dump(found), headers, thin=True)


def millis(at: datetime | None) -> int:
    """Milliseconds; 0 for unset."""
    return round(at.timestamp() * 1000) if at else 0


def order_status(state: State) -> int:
    """`orderStatus`. What was paid for and cancelled is closed."""
    if state.cancelled_at:
        return 8 if state.paid_at else 9
    if state.completed_at:
        return 7
    if state.shipped_all:
        return 6
    if state.parcels:
        return 5
    return 4 if state.released else 1


def return_type(claim: Claim) -> int:
    """1 return, 2 exchange, 4 refund of what was sent."""
    if claim.kind == "exchange":
        return 2
    return 1 if int(claim.id[1:]) % 3 == 0 else 4


def claim_status(claim: Claim) -> int:
    """`status` of an after-sale: 1 asked, 4 done, 9 refused."""
    return {"open": 1, "done": 4, "rejected": 9}[claim.state]


def _aftersales_status(state: State) -> int:
    if not state.claims:
        return 1
    newest = max(state.claims, key=lambda claim: (claim.at, claim.id))
    return {"open": 2, "done": 3, "rejected": 4}[newest.state]


def order_head(state: State) -> Json:
    """An element of `orderList`: no lines, no amounts."""
    order = state.order
    return {
        "orderId": order.order_id,
        "orderType": 1,
        "orderStatus": order_status(state),
        "orderAfterSalesStatus": _aftersales_status(state),
        "cancelStatus": 0,
        "createdTime": millis(order.placed_at),
        "paidTime": millis(state.paid_at),
        "updateTime": millis(state.updated_at),
        "deliveryTime": millis(state.parcels[0].shipped_at if state.parcels else None),
        "cancelTime": millis(state.cancelled_at),
        "finishTime": millis(state.completed_at),
        "totalMerchantDiscount": state.off_seller,
        "totalRedDiscount": state.off_platform,
        "userId": order.buyer.id,
    }


def order_detail(state: State) -> Json:
    """`data` of order.getOrderDetail."""
    order = state.order
    province, city, district = order.buyer.city.split("|")
    split = len(state.parcels) > 1 or (bool(state.parcels) and not state.shipped_all)
    first = state.parcels[0] if state.parcels and not split else None
    return {
        **order_head(state),
        "receiverCountryId": "CN",
        "receiverProvinceName": province,
        "receiverCityName": city,
        "receiverDistrictName": district,
        "receiverName": "",
        "receiverPhone": "",
        "receiverAddress": "",
        "openAddressId": f"addr{order.buyer.id[1:]}",
        "skuList": [_sku(item) for item in state.items],
        "originalOrderId": "",
        "totalPayAmount": state.total,
        "totalShippingFree": state.shipping,
        "totalDepositAmountTotal": 0,
        "merchantActualReceiveAmount": state.total + state.off_platform,
        "unpack": split,
        "expressTrackingNo": first.number if first else "",
        "expressCompanyCode": first.carrier if first else "",
        "simpleDeliveryOrderList": [
            {"deliveryOrderIndex": index + 1, "status": 6, "expressTrackingNo": parcel.number, "expressCompanyCode": parcel.carrier}
            for index, parcel in enumerate(state.parcels)
        ]
        if split
        else [],
    }


def _sku(item: Item) -> Json:
    paid = item.gross - item.off_seller - item.off_platform
    return {
        "skuId": item.product.id,
        "skuName": item.product.title,
        "erpcode": seller_sku(item.product),
        "skuSpec": "标准",
        "skuQuantity": item.quantity,
        "skuDetailList": [{"skuId": item.product.id, "erpCode": seller_sku(item.product), "pricePerSku": item.unit_price}],
        "totalPaidAmount": paid,
        "totalMerchantDiscount": item.off_seller,
        "totalRedDiscount": item.off_platform,
        "totalTaxAmount": 0,
        "skuTag": 0,
    }


def aftersale_head(state: State, claim: Claim) -> Json:
    """An element of `afterSaleBasicInfos`, which tells nothing of the money."""
    return {
        "returnsId": claim.id,
        "returnType": return_type(claim),
        "reasonNameZh": "多拍/错拍/不想要",
        "status": claim_status(claim),
        "userId": state.order.buyer.id,
        "orderId": state.order.order_id,
        "applyTime": millis(claim.opened_at),
        "updatedAt": millis(claim.at),
        "expectedRefundAmountYuan": number(claim.amount),
    }


def aftersale(state: State, claim: Claim) -> Json:
    """`afterSaleInfo` of the detail."""
    done = claim.state == "done" and claim.kind == "refund"
    lines = [item for item in state.items if item.line_id in claim.lines]
    return {
        **aftersale_head(state, claim),
        "skus": [{"skuId": item.product.id, "boughtCount": item.quantity, "appliedCount": item.quantity} for item in lines],
        "refundAmountYuan": number(claim.amount) if done else None,
        "refundStatus": 2 if done else 101,
        "refundTime": millis(claim.at) if done else 0,
    }
