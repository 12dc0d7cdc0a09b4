"""Meituan: forms encoded twice, one address a kind of push; orders and refunds as pushes and the API tell them. Yuan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

from ops.simulator.api.wrapped import CHINA
from ops.simulator.delivery import LATENCY, Delivery, dump, major, number
from ops.simulator.model import Claim, Item, SimOrder, State, Step, World, seller_sku

Json = dict[str, Any]
KEY = "meituan"
POI = "t_huitou_01"
CONFIRMED = timedelta(seconds=30)  # how long the shop takes to confirm an order
FREIGHT_OFF = 200  # what an activity takes off the freight of every other order
_REFUNDS = {"open": ("apply", 0), "rejected": ("reject", 1), "done": ("agree", 2)}


def deliveries(world: World, since: datetime, until: datetime) -> Iterator[Delivery]:
    """Every push for steps with since <= at < until. Nobody tells of an order before it is paid."""
    for order in world.of(KEY):
        for step in order.happened(since, until):
            yield from _of_step(world, order, step)


def snapshot(world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """Pushes after which the receiver knows the order and its refunds as of `now`."""
    state = order.known_at(now)
    if state.cancelled_at:
        yield _cancelled(world, state, state.cancelled_at)
    else:
        yield _whole(world, state, now, "completed" if state.completed_at else "confirmed")
    if state.parcels:
        yield _carried(world, state, state.delivered_at or state.parcels[0].shipped_at)
    for claim in state.claims:
        yield _claimed(world, state, claim)


def _of_step(world: World, order: SimOrder, step: Step) -> Iterator[Delivery]:
    state = order.known_at(step.at)
    claim = next((claim for claim in state.claims if claim.id == step.ref), None)
    if step.kind == "paid":
        yield _whole(world, state, step.at, "new")
        then = order.known_at(step.at + CONFIRMED)
        if not then.cancelled_at:  # a hasty buyer is faster than the shop
            yield _whole(world, then, step.at + CONFIRMED, "confirmed")
    elif step.kind == "completed":
        yield _whole(world, state, step.at, "completed")
    elif step.kind == "cancelled":
        yield _cancelled(world, state, step.at)
    elif claim is not None:
        yield _claimed(world, state, claim)
    elif step.kind in {"shipped", "delivered"}:
        yield _carried(world, state, step.at)


def _whole(world: World, state: State, at: datetime, segment: str) -> Delivery:
    """A push that holds the order; lists stand in it as text."""
    told = order_body(world, state, at)
    for name in ("detail", "extras", "backup_recipient_phone"):
        told[name] = dump(told[name]).decode()
    return _push(world, state, segment, told, at, thin=False)


def _cancelled(world: World, state: State, at: datetime) -> Delivery:
    return _push(world, state, "cancelled", {"reason_code": 2003, "reason": "用户取消", "deal_op_type": 1}, at)


def _carried(world: World, state: State, at: datetime) -> Delivery:
    told = {"logistics_status": logistics(state), "time": unix(at), "dispatcher_name": "王**", "dispatcher_mobile": "138****0000"}
    return _push(world, state, "logistics", told, at)


def _claimed(world: World, state: State, claim: Claim) -> Delivery:
    """All of it back is told at one address, a part with its dishes at another. No sweep would tell one that is lost in time."""
    word, code = _REFUNDS[claim.state]
    told = {
        "refund_id": int(claim.id),
        "notify_type": word,
        "res_type": code,
        "ctime": unix(claim.opened_at),
        "reason": "不想要了",
        "is_appeal": 0,
    }
    if whole(state, claim):
        return _push(world, state, "refund", told, claim.at)
    food = [{"food_name": item.product.title, "count": item.quantity} for item in state.items if item.line_id in claim.lines]
    told |= {"money": major(claim.amount), "food": dump(food).decode()}
    return _push(world, state, "part-refund", told, claim.at)


def _push(world: World, state: State, segment: str, told: Mapping[str, Any], at: datetime, *, thin: bool = True) -> Delivery:
    """A form whose values are URL-encoded before the form is."""
    order = state.order
    fields = {"app_id": world.secrets[KEY]["app_id"], "timestamp": unix(at + LATENCY), "order_id": int(order.order_id), **told}
    body = urlencode({name: quote_plus(_text(value)) for name, value in fields.items()}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Delivery(at + LATENCY, KEY, order.shop.account, segment, order.order_id, body, headers, thin=thin, segment=segment)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def unix(at: datetime | None) -> int:
    """Unix seconds; 0 for not yet."""
    return int(at.timestamp()) if at else 0


def day_of(order: SimOrder) -> str:
    """The day of China whose numbers it has."""
    return order.placed_at.astimezone(CHINA).strftime("%Y%m%d")


def midnight(at: datetime) -> datetime:
    """When its day began in China."""
    return at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)


def day_seq(world: World, order: SimOrder) -> int:
    """Its number of the day."""
    day, mine = day_of(order), (order.placed_at, order.order_id)
    return sum(day_of(each) == day and (each.placed_at, each.order_id) <= mine for each in world.of(KEY))


def order_status(state: State, now: datetime) -> int:
    """`status`. The courier does not move it."""
    if state.cancelled_at:
        return 9
    if state.completed_at:
        return 8
    if state.paid_at is None:
        return 1
    return 4 if now >= state.paid_at + CONFIRMED else 2


def logistics(state: State) -> int:
    """`logistics_status`."""
    if state.cancelled_at:
        return 100
    return 40 if state.delivered_all else 20 if state.parcels else 0


def whole(state: State, claim: Claim) -> bool:
    """Whether all of the order's money goes back."""
    return claim.amount >= state.total


def changed_at(state: State, now: datetime) -> datetime:
    """`utime`: when the order's own status last changed; neither the courier nor a refund moves it."""
    confirmed = state.paid_at + CONFIRMED if state.paid_at and now >= state.paid_at + CONFIRMED else state.paid_at
    return state.cancelled_at or state.completed_at or confirmed or state.order.placed_at


def order_body(world: World, state: State, now: datetime) -> Json:
    """The order, as a whole push and getOrderDetail tell it."""
    order = state.order
    off = _freight_off(order)
    bag = order.tip // 2  # the other half is boxes
    return {
        "order_id": int(order.order_id),
        "wm_order_id_view": int(order.order_id),
        "app_poi_code": POI,
        "wm_poi_name": "回头茶馆(示例店)",
        "recipient_name": f"{order.buyer.name[0]}(先生)",
        "recipient_phone": f"{order.buyer.phone[:11]}_{order.order_id[-4:]}",
        "recipient_address": "示例路1号 (2单元)@#上海市上海市黄浦区示例路",
        "backup_recipient_phone": [],
        "shipping_fee": number(state.shipping + off),
        "total": number(state.total),
        "original_price": number(state.total + state.off_seller + state.off_platform + off),
        "package_bag_money": bag,
        "package_bag_money_yuan": major(bag),
        "caution": "",
        "status": order_status(state, now),
        "pay_type": 2,
        "ctime": unix(order.placed_at),
        "utime": unix(changed_at(state, now)),
        "delivery_time": 0,
        "day_seq": day_seq(world, order),
        "is_third_shipping": 0,
        "incmp_code": 0,
        "detail": [_food(item, order.tip - bag if place == 0 else 0) for place, item in enumerate(state.items)],
        "extras": _extras(state, off),
    }


def _freight_off(order: SimOrder) -> int:
    return FREIGHT_OFF if int(order.order_id) % 2 else 0


def _food(item: Item, box: int) -> Json:
    """A position; it has no id. Shops that sell goods have the product's code under a name of its own."""
    code = "app_spu_code" if int(item.product.number) % 5 == 0 else "app_food_code"
    return {
        code: item.product.id,
        "sku_id": seller_sku(item.product),
        "food_name": item.product.title,
        "price": number(item.unit_price),
        "quantity": item.quantity,
        "unit": "份",
        "box_num": 1 if box else 0,
        "box_price": number(box),
        "food_discount": 1,
        "food_property": "",
        "cart_id": 0,
    }


def _extras(state: State, off: int) -> list[Json]:
    """The activities: each with who bears it; an empty element at the end."""
    found = []
    if state.off_seller:
        found.append(_activity(2, state.off_seller, 0, "满减"))
    if state.off_platform:
        found.append(_activity(9, 0, state.off_platform, "平台红包"))
    if off:
        found.append(_activity(25, 0, off, "减配送费"))
    return [*found, {}] if found else []


def _activity(kind: int, ours: int, theirs: int, remark: str) -> Json:
    return {
        "act_detail_id": 1000 + kind,
        "type": kind,
        "reduce_fee": number(ours + theirs),
        "poi_charge": number(ours),
        "mt_charge": number(theirs),
        "remark": remark,
    }


def detail_body(world: World, state: State, now: datetime) -> Json:
    """The answer of getOrderDetail, which knows the courier's times too."""
    times = {
        "logistics_fetch_time": state.parcels[0].shipped_at if state.parcels else None,
        "logistics_completed_time": state.delivered_at,
        "order_completed_time": state.completed_at,
        "order_cancel_time": state.cancelled_at,
    }
    told = {name: unix(at) if at else None for name, at in times.items()}
    return {**order_body(world, state, now), "logistics_status": logistics(state), **told}


def refund_record(state: State, claim: Claim) -> Json:
    """An element of getOrderRefundDetail."""
    return {
        "wm_order_id_view": int(state.order.order_id),
        "order_id": int(state.order.order_id),
        "refund_id": int(claim.id),
        "ctime": unix(claim.opened_at),
        "utime": unix(claim.at),
        "refund_type": 1 if whole(state, claim) else 2,
        "res_type": _REFUNDS[claim.state][1],
        "res_reason": "",
        "apply_type": 1,
        "apply_reason": "不想要了",
        "money": number(claim.amount),
        "pictures": [],
        "service_type": "0",
        "status": "",
    }
