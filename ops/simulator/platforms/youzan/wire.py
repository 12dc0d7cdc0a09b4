"""Youzan: pushes whose message is URL-encoded text or an object, and orders and refunds as the API answers them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote_plus

from ops.simulator.delivery import LATENCY, Delivery, dump
from ops.simulator.model import Claim, Item, Parcel, SimOrder, State, Step, World, seller_sku

Json = dict[str, Any]
KEY = "youzan"
ZONE = timezone(timedelta(hours=8))
_WHOLE = {"placed": ("trade_TradeCreate",), "paid": ("trade_TradePaid", "trade_TradeBuyerPay")}
_THIN = {"completed": "trade_TradeSuccess", "cancelled": "trade_TradeClose"}
_CLAIM = {"open": "youzan_trade_RefundCreated", "rejected": "youzan_trade_RefundClosed", "done": "youzan_trade_RefundSuccess"}
_STATE = {"open": ("WAIT_SELLER_AGREE", 1), "rejected": ("CLOSED", 50), "done": ("SUCCESS", 60)}


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every push for steps with since <= at < until."""
    client = world.secrets[KEY]["client_id"]
    for order in world.of(KEY):
        for step in order.happened(since, until):
            yield from _of_step(order, step, client)


def snapshot(world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """A push after which the receiver has read the order and its refunds as of `now`."""
    state = order.known_at(now)
    yield _push(order, "trade_TradeMemoModified", {"tid": order.order_id}, state.updated_at, world.secrets[KEY]["client_id"])


def _of_step(order: SimOrder, step: Step, client: str) -> Iterator[Delivery]:
    state = order.known_at(step.at)
    for index, name in enumerate(_WHOLE.get(step.kind, ())):
        yield _push(order, name, trade(state), step.at, client, index=index)
    notice = {"tid": order.order_id, "update_time": local(step.at)}
    if step.kind in _THIN:
        yield _push(order, _THIN[step.kind], notice, step.at, client)
    if step.kind == "shipped":
        name = "trade_TradeSellerShip" if state.shipped_all else "trade_TradePartlySellerShip"
        yield _push(order, name, notice, step.at, client)
    claim = next((claim for claim in state.claims if claim.id == step.ref), None)
    if claim is not None:
        said = {"tid": order.order_id, "refund_id": claim.id, "refunded_fee": yuan(claim.amount), "refund_type": "REFUND_ONLY"}
        yield _push(order, _CLAIM[claim.state], said, step.at, client)


def _push(order: SimOrder, name: str, message: Json, at: datetime, client: str, *, index: int = 0) -> Delivery:
    """The new family of messages is an object, the others are URL-encoded text."""
    told = message if name.startswith("youzan_") else quote_plus(dump(message).decode())
    version = int(at.timestamp() * 1000) + index
    body = {
        "client_id": client,
        "kdt_id": int(order.shop.account),
        "kdt_name": "回头小店",
        "id": order.order_id,
        "type": name,
        "status": name.rpartition("_")[2],
        "msg": told,
        "msg_id": f"{order.order_id}-{name}-{version}-{message.get('refund_id', '')}",
        "version": version,
        "sendCount": 1,
        "test": False,
        "mode": 1,
    }
    headers = {"content-type": "application/json", "event-type": name}
    sent = at + LATENCY * (index + 1)
    thin = not name.startswith(("trade_TradeCreate", "trade_TradePaid", "trade_TradeBuyerPay"))
    return Delivery(sent, KEY, order.shop.account, name, order.order_id, dump(body), headers, thin=thin)


def local(at: datetime | None) -> str:
    """Local time of China; empty for unset."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def yuan(cents: int) -> str:
    """Yuan as text."""
    return f"{cents // 100}.{cents % 100:02d}"


def order_status(state: State) -> str:
    """`order_info.status`."""
    if state.cancelled_at:
        return "TRADE_CLOSED"
    if state.completed_at:
        return "TRADE_SUCCESS"
    if state.shipped_all:
        return "WAIT_BUYER_CONFIRM_GOODS"
    return "WAIT_SELLER_SEND_GOODS" if state.released else "WAIT_BUYER_PAY"


def _refund_state(state: State) -> int:
    if state.refunded:
        return 12 if state.refunded >= state.paid else 2
    return 1 if any(claim.state == "open" for claim in state.claims) else 0


def trade(state: State) -> Json:
    """The data of youzan.trade.get, and an element of the list."""
    order = state.order
    province, city, district = order.buyer.city.split("|")
    return {
        "full_order_info": {
            "order_info": _head(state),
            "pay_info": {"total_fee": yuan(state.gross), "post_fee": yuan(state.shipping), "payment": yuan(state.total)},
            "buyer_info": {"yz_open_id": order.buyer.id, "buyer_phone": f"{order.buyer.phone[:3]}****0000", "outer_user_id": ""},
            "address_info": {
                "receiver_name": f"{order.buyer.name[0]}**",
                "receiver_tel": f"{order.buyer.phone[:3]}****0000",
                "delivery_province": province,
                "delivery_city": city,
                "delivery_district": district,
                "delivery_address": "**路**号",
                "self_fetch_info": "",
            },
            "orders": [_row(item) for item in state.items],
            "source_info": {"source": {"platform": "wx", "wx_entrance": "direct_buy"}, "biz_source": "null"},
            "child_info": None,
        },
        "order_promotion": {"order_discount_fee": None, "item_discount_fee": yuan(state.off_seller), "adjust_fee": "0.00"},
        "delivery_order": [_delivery(parcel) for parcel in state.parcels],
        "refund_order": [_listed(state, claim) for claim in state.claims],
        "qr_info": None,
    }


def _head(state: State) -> Json:
    order = state.order
    shipped = state.parcels[-1].shipped_at if state.shipped_all else None
    return {
        "tid": order.order_id,
        "status": order_status(state),
        "refund_state": _refund_state(state),
        "created": local(order.placed_at),
        "pay_time": local(state.paid_at),
        "update_time": local(state.updated_at),
        "consign_time": local(shipped),
        "success_time": local(state.completed_at),
        "pay_type_str": "WEIXIN",
        "close_type": 4 if state.cancelled_at else 0,
        "order_tags": {"is_virtual": None},
    }


def _row(item: Item) -> Json:
    return {
        "oid": item.line_id,
        "item_id": int(item.product.id),
        "sku_id": 0,
        "outer_item_id": seller_sku(item.product),
        "outer_sku_id": "",
        "title": item.product.title,
        "num": item.quantity,
        "price": yuan(item.unit_price),
        "total_fee": yuan(item.gross),
        "payment": yuan(item.gross - item.off_seller),
        "sku_properties_name": "[]",
        "is_present": False,
        "pre_sale_type": "null",
    }


def _delivery(parcel: Parcel) -> Json:
    dist = {
        "create_time": local(parcel.shipped_at),
        "express_info": {"express_id": int(parcel.carrier), "express_no": parcel.number},
    }
    return {"express_state": 1, "express_type": 0, "oids": [{"oid": line} for line in parcel.lines], "dists": [dist]}


def _lines(state: State, claim: Claim) -> list[str]:
    return list(claim.lines) or [item.line_id for item in state.items]


def _listed(state: State, claim: Claim) -> Json:
    return {
        "refund_id": claim.id,
        "refund_type": 1,
        "refund_fee": yuan(claim.amount),
        "refund_state": _STATE[claim.state][1],
        "oids": [{"oid": line} for line in _lines(state, claim)],
    }


def refund(state: State, claim: Claim) -> Json:
    """The data of youzan.trade.refund.get, and an element of the search."""
    done = claim.at if claim.state == "done" else None
    return {
        "refund_id": claim.id,
        "tid": state.order.order_id,
        "oid": _lines(state, claim)[0],
        "status": _STATE[claim.state][0],
        "refund_fee": yuan(claim.amount),
        "refund_type": "BUYER_APPLY_REFUND",
        "demand": 1,
        "return_goods": False,
        "reason": 11,
        "created": local(claim.opened_at),
        "modified": local(claim.at),
        "refund_success_time": local(done),
        "version": int(claim.at.timestamp() * 1000),
    }
