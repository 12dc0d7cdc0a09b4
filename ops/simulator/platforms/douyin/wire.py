"""Douyin shop: an array of thin messages with `data` as JSON text; order and after-sale resources in fen and Unix seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ops.simulator.delivery import LATENCY, Delivery, dump
from ops.simulator.model import Claim, Item, Parcel, SimOrder, State, Step, World, seller_sku

Json = dict[str, Any]
_TAGS = {
    "placed": ("100",),
    "deposit": ("101",),  # no source tells which push a deposit makes; a payment's is the nearest
    "paid": ("101", "110"),
    "amended": ("109",),
    "completed": ("103",),
    "cancelled": ("106",),
}
_CLAIM_TAGS = {"refund_requested": "200", "refunded": "206", "refund_rejected": "207", "exchanged": "211"}
_TIMES = {
    "100": "create_time", "101": "pay_time", "110": "pay_time", "102": "update_time", "108": "update_time",
    "109": "modify_time", "103": "complete_time", "106": "cancel_time",
    "200": "apply_time", "206": "success_time", "207": "close_time", "211": "success_time",
}  # fmt: skip


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every push for steps with since <= at < until; every seventh carries the follow-up message in the same array."""
    key = world.secrets["douyin"]["app_key"]
    for order in world.of("douyin"):
        for step in order.happened(since, until):
            found = list(messages(order, step, key))
            if len(found) > 1 and int(order.order_id) % 7 == 0:
                yield _delivery(order, step.at, found, key)
            else:
                for index, message in enumerate(found):
                    yield _delivery(order, step.at, [message], key, index)


def snapshot(world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """Pushes that make the receiver read the order and its after-sales again as of `now`."""
    key, state = world.secrets["douyin"]["app_key"], order.known_at(now)
    data = {**_trade(state), "update_time": unix(state.updated_at), "star": 0, "remark": ""}
    yield _delivery(order, state.updated_at, [_message("113", order, state.updated_at, data, key)], key, 9)
    for claim in state.claims:
        tag = {"open": "200", "rejected": "207"}.get(claim.state, "211" if claim.kind == "exchange" else "206")
        told = {**_claim(order, claim), _TIMES[tag]: unix(claim.at)}
        yield _delivery(order, claim.at, [_message(tag, order, claim.at, told, key)], key)


def messages(order: SimOrder, step: Step, key: str) -> Iterator[Json]:
    """The messages of one step."""
    state = order.known_at(step.at)
    if step.kind in _CLAIM_TAGS:
        tag = _CLAIM_TAGS[step.kind]
        claim = next(claim for claim in state.claims if claim.id == step.ref)
        yield _message(tag, order, step.at, {**_claim(order, claim), _TIMES[tag]: unix(step.at)}, key)
        return
    tags = _TAGS.get(step.kind, ())
    if step.kind == "shipped":
        tags = ("102" if state.shipped_all else "108",)
    for tag in tags:
        data = {**_trade(state), _TIMES[tag]: unix(step.at)}
        if tag in {"101", "110"}:
            data |= {"pay_type": 1, "pay_amount": state.paid}
        if tag == "109":
            data |= {"total_amount": state.total, "post_amount": state.shipping}
        yield _message(tag, order, step.at, data, key)


def _trade(state: State) -> Json:
    lines = [int(item.line_id) for item in state.items]
    whole = {"p_id": int(state.order.order_id), "s_ids": lines, "shop_id": int(state.order.shop.account)}
    return {**whole, "order_status": order_status(state), "order_type": 0, "biz": 2}


def _claim(order: SimOrder, claim: Claim) -> Json:
    return {
        "p_id": int(order.order_id),
        "s_id": int(claim.lines[0]),
        "shop_id": int(order.shop.account),
        "aftersale_id": claim.id,
        "aftersale_status": aftersale_status(claim),
        "aftersale_type": aftersale_type(claim),
        "refund_amount": claim.amount,
        "refund_post_amount": 0,
        "reason_code": 78,
    }


def _message(tag: str, order: SimOrder, at: datetime, data: Json, key: str) -> Json:
    return {
        "tag": tag,
        "msg_id": f"{key}:{tag}:{unix(at)}:{order.order_id}{data.get('aftersale_id', '')}",
        "data": dump(data).decode(),
    }


def _delivery(order: SimOrder, at: datetime, found: list[Json], key: str, index: int = 0) -> Delivery:
    late = LATENCY * (index + 1)
    headers = {"content-type": "application/json", "app-id": key}
    topic = "+".join(str(message["tag"]) for message in found)
    return Delivery(at + late, "douyin", order.shop.account, topic, order.order_id, dump(found), headers, thin=True)


def unix(at: datetime | None) -> int:
    """Unix seconds; 0 for unset."""
    return int(at.timestamp()) if at else 0


def order_status(state: State) -> int:
    """`order_status` of the shop order."""
    if state.cancelled_at:
        return 4
    if state.completed_at:
        return 5
    if state.shipped_all:
        return 3
    if state.parcels:
        return 101
    return 2 if state.released else 1


def aftersale_type(claim: Claim) -> int:
    """1 refund after shipping, 3 exchange."""
    return 3 if claim.kind == "exchange" else 1


def aftersale_status(claim: Claim) -> int:
    """`aftersale_status`: 6 asked, 12 refunded, 28 closed, 14 exchanged."""
    if claim.kind == "exchange":
        return 14
    return {"open": 6, "done": 12, "rejected": 28}[claim.state]


def _refund_code(claim: Claim | None) -> int:
    if claim is None or claim.kind == "exchange":
        return 0
    return {"open": 1, "done": 3, "rejected": 1}[claim.state]  # a withdrawn claim leaves 1 for ever


def order_detail(state: State) -> Json:
    """`shop_order_detail`, and an element of `shop_order_list`."""
    order = state.order
    deposit = order.story == "deposit"
    left = 103 if deposit and state.paid and not state.paid_at else order_status(state)
    return {
        "app_id": 1128,
        "b_type": 2,
        "biz": 2,
        "biz_desc": "小店",
        "buyer_words": "",
        "cancel_reason": "不想要了" if state.cancelled_at else "",
        "create_time": unix(order.placed_at),
        "doudian_open_id": order.buyer.id,
        **_receiver(state),
        "exp_ship_time": unix(order.placed_at) + 172800,
        "finish_time": unix(state.completed_at),
        "logistics_info": [_logistics(state, parcel) for parcel in state.parcels],
        "main_status": left,
        "modify_amount": 0,
        "modify_post_amount": 0,
        "order_amount": state.total,
        "order_id": order.order_id,
        "order_level": 2,
        "order_phase_list": _phases(state) if deposit else [],
        "order_status": order_status(state),
        "order_type": 0,
        "pay_amount": state.total,
        "pay_time": unix(state.paid_at),
        "pay_type": 1,
        "post_amount": state.shipping,
        **_promotions(state.off_seller, state.off_platform),
        "ship_time": unix(state.parcels[0].shipped_at if state.parcels else None),
        "shop_id": int(order.shop.account),
        "shop_name": "回头小店",
        "sku_order_list": [_sku_order(state, item, index) for index, item in enumerate(state.items)],
        "tax_amount": 0,
        "update_time": unix(state.updated_at),
    }


def _receiver(state: State) -> Json:
    order = state.order
    token = hashlib.sha256(order.buyer.id.encode()).hexdigest()
    return {
        "encrypt_post_receiver": f"##{token[:40]}##",
        "encrypt_post_tel": f"$${token[24:64]}$$",
        "mask_post_receiver": f"{order.buyer.name[0]}**",
        "mask_post_tel": f"{order.buyer.phone[:3]}****{order.buyer.phone[-4:]}",
        "post_addr": {**_area(state), "encrypt_detail": f"##{token[:24]}##"},
        "mask_post_addr": {**_area(state), "detail": "**路**号"},
    }


def _promotions(seller: int, platform: int) -> Json:
    return {
        "platform_cost_amount": platform,
        "promotion_amount": seller + platform,
        "promotion_pay_amount": 0,
        "promotion_platform_amount": platform,
        "promotion_redpack_amount": 0,
        "promotion_shop_amount": seller,
        "promotion_talent_amount": 0,
        "shop_cost_amount": seller,
    }


def _area(state: State) -> Json:
    province, city, town = state.order.buyer.city.split("|")
    names = {"province": province, "city": city, "town": town, "street": "和平街道"}
    return {level: {"id": f"33010{index}", "name": name} for index, (level, name) in enumerate(names.items())}


def _phases(state: State) -> list[Json]:
    first = next((step for step in state.order.steps if step.kind == "deposit"), None)
    down = first.amount if first else 0
    paid = first.at if first and first.at <= state.updated_at else None
    phases = ((1, down, paid), (2, state.total - down, state.paid_at))
    return [
        {
            "current_phase": number,
            "total_phase": 2,
            "pay_success": bool(at),
            "phase_pay_time": unix(at),
            "phase_pay_amount": amount,
            "phase_payable_price": amount,
            "phase_order_amount": amount,
            "phase_order_id": state.order.order_id,
        }
        for number, amount, at in phases
    ]


def _logistics(state: State, parcel: Parcel) -> Json:
    inside = [item for item in state.items if item.line_id in parcel.lines]
    return {
        "company": parcel.carrier,
        "company_name": "顺丰速运",
        "delivery_id": parcel.id,
        "tracking_no": parcel.number,
        "ship_time": unix(parcel.shipped_at),
        "product_info": [
            {
                "product_id": int(item.product.id),
                "product_count": item.quantity,
                "sku_order_id": item.line_id,
            }
            for item in inside
        ],
    }


def _sku_order(state: State, item: Item, index: int) -> Json:
    order = state.order
    parcel = next((parcel for parcel in state.parcels if item.line_id in parcel.lines), None)
    claim = next((claim for claim in state.claims if item.line_id in claim.lines), None)
    net = item.gross - item.off_seller - item.off_platform
    status = order_status(state)
    own = (3 if parcel else 2) if status == 101 else status
    return {
        "order_id": item.line_id,
        "parent_order_id": order.order_id,
        "order_status": own,
        "order_level": 3,
        "product_id": int(item.product.id),
        "product_id_str": item.product.id,
        "product_name": item.product.title,
        "sku_id": 1709160688834600 + item.product.number,
        "code": seller_sku(item.product),
        "out_sku_id": seller_sku(item.product),
        "spec": [{"name": "规格", "value": "标准"}],
        "item_num": item.quantity,
        "goods_price": item.unit_price,
        "origin_amount": item.unit_price,
        "sum_amount": item.gross,
        "order_amount": net + (state.shipping if index == 0 else 0),
        "pay_amount": net + (state.shipping if index == 0 else 0),
        "post_amount": state.shipping if index == 0 else 0,
        **_promotions(item.off_seller, item.off_platform),
        **_line_times(state, parcel),
        "after_sale_info": {
            "after_sale_status": aftersale_status(claim) if claim else 0,
            "after_sale_type": aftersale_type(claim) if claim else 0,
            "refund_status": _refund_code(claim),
        },
        "given_product_type": "",
        "is_comment": 0,
    }


def _line_times(state: State, parcel: Parcel | None) -> Json:
    return {
        "create_time": unix(state.order.placed_at),
        "pay_time": unix(state.paid_at),
        "ship_time": unix(parcel.shipped_at if parcel else None),
        "logistics_receipt_time": unix(parcel.delivered_at if parcel else None),
        "confirm_receipt_time": unix(state.completed_at),
        "finish_time": unix(state.completed_at),
        "update_time": unix(state.updated_at),
    }


def aftersale(state: State, claim: Claim) -> Json:
    """An element of `afterSale.List`."""
    item = next(item for item in state.items if item.line_id == claim.lines[0])
    order = state.order
    return {
        "aftersale_info": {
            "aftersale_id": claim.id,
            "aftersale_num": item.quantity,
            "aftersale_status": aftersale_status(claim),
            "aftersale_type": aftersale_type(claim),
            "apply_time": unix(claim.opened_at),
            "create_time": unix(claim.opened_at),
            "refund_amount": claim.amount,
            "refund_post_amount": 0,
            "refund_tax_amount": 0,
            "refund_status": _refund_code(claim),
            "refund_type": 1,
            "related_id": claim.lines[0],
            "remark": "",
            "update_time": unix(claim.at),
        },
        "order_info": {
            "shop_order_id": order.order_id,
            "related_order_info": [_claimed(state, item, claim)],
        },
        "text_part": {"reason_text": "多拍/错拍/不想要", "aftersale_status_text": claim.state},
    }


def _claimed(state: State, item: Item, claim: Claim) -> Json:
    return {
        "sku_order_id": item.line_id,
        "order_status": order_status(state),
        "pay_amount": item.gross - item.off_seller - item.off_platform,
        "post_amount": 0,
        "item_num": item.quantity,
        "aftersale_item_num": item.quantity,
        "aftersale_pay_amount": claim.amount,
        "aftersale_post_amount": 0,
        "product_id": item.product.id,
        "product_name": item.product.title,
        "create_time": unix(state.order.placed_at),
    }


def aftersale_detail(state: State, claim: Claim) -> Json:
    """`data` of `afterSale.Detail`, which spells its names otherwise than the list."""
    listed = aftersale(state, claim)
    told, line = listed["aftersale_info"], listed["order_info"]["related_order_info"][0]
    return {
        "process_info": {
            "after_sale_info": {
                "after_sale_id": told["aftersale_id"],
                "after_sale_status": told["aftersale_status"],
                "after_sale_type": told["aftersale_type"],
                "apply_time": told["apply_time"],
                "update_time": told["update_time"],
                "refund_amount": told["refund_amount"],
                "refund_total_amount": told["refund_amount"],
                "refund_post_amount": 0,
                "refund_status": told["refund_status"],
                "reason": "多拍/错拍/不想要",
            }
        },
        "order_info": {
            "shop_order_id": state.order.order_id,
            "sku_order_infos": [{**line, "after_sale_item_count": line["aftersale_item_num"]}],
        },
    }
