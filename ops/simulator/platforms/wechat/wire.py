"""WeChat Store: one message a push, ids only; orders and after-sales as the API answers them. Amounts are whole fen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump
from ops.simulator.model import Buyer, Claim, Item, Parcel, SimOrder, State, Step, World, seller_sku

Json = dict[str, Any]
KEY = "wechat"
ORIGINAL_ID = "gh_51a7e0f51a7e"
TEMPLATE = "Sim0Lt4winbackL9TX-BFSFEVlLg3e01lstnHu8eaA"  # of subscribe messages
_EVENTS = {
    "placed": "channels_ec_order_new",
    "paid": "channels_ec_order_pay",
    "amended": "channels_ec_order_ext_info_update",
    "shipped": "channels_ec_order_deliver",
    "completed": "channels_ec_order_confirm",
    "cancelled": "channels_ec_order_cancel",
}
_CLAIMS = {"open": "MERCHANT_PROCESSING", "rejected": "MERCHANT_REJECT_RETURN", "done": "MERCHANT_RETURN_SUCCESS"}


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every push for steps with since <= at < until. Nobody tells that a parcel arrived."""
    for order in world.of(KEY):
        for step in order.happened(since, until):
            yield from _of_step(order, step)


def snapshot(_world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """Pushes after which the receiver has read the order and its after-sales as of `now`."""
    state = order.known_at(now)
    yield _about_order(state, "channels_ec_order_ext_info_update", state.updated_at)
    for claim in state.claims:
        yield _about_claim(state, claim, claim.at)


def people(_world: World, buyer: Buyer, now: datetime) -> Iterator[Delivery]:
    """A buyer allowed one message of the template."""
    if not buyer.permits:
        return
    allowed = {"TemplateId": TEMPLATE, "SubscribeStatusString": "accept", "PopupScene": "0"}
    body = {
        "ToUserName": ORIGINAL_ID,
        "FromUserName": buyer.id,
        "CreateTime": unix(now),
        "MsgType": "event",
        "Event": "subscribe_msg_popup_event",
        "List": [allowed],
    }
    headers = {"content-type": "application/json"}
    yield Delivery(now + LATENCY, KEY, buyer.shop.account, "subscribe_msg_popup_event", buyer.id, dump(body), headers, thin=False)


def _of_step(order: SimOrder, step: Step) -> Iterator[Delivery]:
    state = order.known_at(step.at)
    claim = next((claim for claim in state.claims if claim.id == step.ref), None)
    if claim is not None:
        yield _about_claim(state, claim, step.at)
    elif step.kind in _EVENTS:
        yield _about_order(state, _EVENTS[step.kind], step.at)


def _about_order(state: State, event: str, at: datetime) -> Delivery:
    # The id stands there as a bare number, which no double holds.
    return _push(state.order, event, {"order_info": {"order_id": int(state.order.order_id)}}, at)


def _about_claim(state: State, claim: Claim, at: datetime) -> Delivery:
    told = {"status": claim_status(claim), "after_sale_order_id": claim.id, "order_id": state.order.order_id}
    return _push(state.order, "channels_ec_aftersale_update", {"finder_shop_aftersale_status_update": told}, at)


def _push(order: SimOrder, event: str, told: Json, at: datetime) -> Delivery:
    sent = at + LATENCY
    body = {
        "ToUserName": ORIGINAL_ID,
        "FromUserName": order.buyer.id,
        "CreateTime": unix(at),
        "MsgType": "event",
        "Event": event,
        **told,
    }
    headers = {"content-type": "application/json"}
    return Delivery(sent, KEY, order.shop.account, event, order.order_id, dump(body), headers, thin=True)


def unix(at: datetime | None) -> int:
    """Unix seconds; 0 for not yet."""
    return int(at.timestamp()) if at else 0


def order_status(state: State) -> int:
    """`status` of the order."""
    if state.cancelled_at:
        return 200 if state.paid_at else 250
    if state.completed_at:
        return 100
    if state.shipped_all:
        return 30
    if state.parcels:
        return 21
    return 20 if state.released else 10


def claim_status(claim: Claim) -> str:
    """`status` of an after-sale."""
    return "MERCHANT_EXCHANGE_SUCCESS" if claim.kind == "exchange" else _CLAIMS[claim.state]


def order_body(state: State) -> Json:
    """`order` of order/get."""
    order, waiting = state.order, [claim for claim in state.claims if claim.state == "open"]
    return {
        "order_id": order.order_id,
        "openid": order.buyer.id,
        "unionid": order.buyer.unionid or f"u{order.buyer.id[1:]}",
        "status": order_status(state),
        "create_time": unix(order.placed_at),
        "update_time": unix(state.updated_at),
        "order_detail": {
            "product_infos": [_product(state, item) for item in state.items],
            "pay_info": {
                "prepay_id": f"wx{order.order_id}",
                "prepay_time": unix(order.placed_at),
                "payment_method": 1,
                **({"pay_time": unix(state.paid_at), "transaction_id": f"42{order.order_id}"} if state.paid_at else {}),
            },
            "price_info": _price(state),
            "delivery_info": _delivery(state),
            "ext_info": {"order_scene": 2, "confirm_receipt_time": unix(state.completed_at)},
        },
        "aftersale_detail": {
            "aftersale_order_list": [{"aftersale_order_id": claim.id, "status": claim_status(claim)} for claim in state.claims],
            "on_aftersale_order_cnt": len(waiting),
        },
    }


def _product(state: State, item: Item) -> Json:
    def pieces(*states: str) -> int:
        return sum(item.quantity for claim in state.claims if claim.state in states and item.line_id in claim.lines)

    return {
        "product_id": item.product.id,
        "sku_id": sku_id(item),
        "product_unique_id": item.line_id,
        "sku_code": seller_sku(item.product),
        "title": item.product.title,
        "thumb_img": "https://img.example.com/p.png",
        "sku_cnt": item.quantity,
        "sale_price": item.unit_price,
        "market_price": item.unit_price + 1000,
        "real_price": item.gross - item.off_seller - item.off_platform,
        "sku_attrs": [{"attr_key": "颜色", "attr_value": "青"}],
        "on_aftersale_sku_cnt": pieces("open"),
        "finish_aftersale_sku_cnt": pieces("done"),
    }


def sku_id(item: Item) -> str:
    """`sku_id` of a product's only variant."""
    return str(2_000_190_000_000 + item.product.number)


def _price(state: State) -> Json:
    changed = state.shipping != state.order.shipping
    return {
        "product_price": state.gross,
        "freight": state.order.shipping,
        **({"is_change_freight": True, "change_freight": state.shipping} if changed else {}),
        "discounted_price": state.off_seller,
        "merchant_discounted_price": state.off_seller,
        "cash_coupon_discounted_price": state.off_platform,
        "is_discounted": bool(state.off_seller or state.off_platform),
        "original_order_price": state.gross + state.shipping,
        "order_price": state.total,
    }


def _delivery(state: State) -> Json:
    done = max((parcel.shipped_at for parcel in state.parcels), default=None) if state.shipped_all else None
    return {
        "address_info": {
            "user_name": f"{state.order.buyer.name[0]}**",
            "tel_number": "138****0000",
            "province_name": "上海市",
            "city_name": "上海市",
            "county_name": "黄浦区",
            "detail_info": "示例路***",
            "postal_code": "200000",
        },
        "delivery_product_info": [_parcel(parcel) for parcel in state.parcels],
        "deliver_method": 0,
        **({"ship_done_time": unix(done)} if done else {}),
    }


def _parcel(parcel: Parcel) -> Json:
    return {
        "waybill_id": parcel.number,
        "delivery_id": "SF",
        "delivery_name": parcel.carrier,
        "delivery_time": unix(parcel.shipped_at),
        "product_infos": [],
    }


def claim_body(state: State, claim: Claim) -> Json:
    """`after_sale_order`: of one position."""
    item = next(item for item in state.items if item.line_id in claim.lines)
    money = claim.kind == "refund"
    return {
        "after_sale_order_id": claim.id,
        "order_id": state.order.order_id,
        "openid": state.order.buyer.id,
        "status": claim_status(claim),
        "type": "RETURN" if money else "EXCHANGE",
        "product_info": {"product_id": item.product.id, "sku_id": sku_id(item), "count": item.quantity},
        "refund_info": {"amount": claim.amount if money else 0, "refund_reason": 1},
        "reason": "NO_LONGER_WANT",
        "reason_text": "不想要了",
        "create_time": unix(claim.opened_at),
        "update_time": unix(claim.at),
    }
