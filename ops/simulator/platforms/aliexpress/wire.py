"""AliExpress: orders as its API answers them, in the words of the detail call and in those of the list.

Times are US Pacific without a zone, amounts objects. A list stands in an object of its own, and an empty one is `{}`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ops.simulator.delivery import major
from ops.simulator.model import Claim, Item, Parcel, SimOrder, State, seller_sku

Json = dict[str, Any]
KEY = "aliexpress"
PACIFIC = ZoneInfo("America/Los_Angeles")


def stamp(at: datetime | None) -> str | None:
    """A time as the platform writes it; in the hour that ends summer, two instants are written alike."""
    return at.astimezone(PACIFIC).strftime("%Y-%m-%d %H:%M:%S") if at else None


def heard(at: datetime) -> datetime:
    """A time as it can be read back: of the two instants that are written alike, the first."""
    return at.astimezone(PACIFIC).replace(fold=0).astimezone(UTC)


def order_status(state: State) -> str:
    """`order_status` of the order."""
    if state.completed_at or state.cancelled_at:
        return "FINISH"
    if _issue(state) == "IN_ISSUE":
        return "IN_ISSUE"
    if state.shipped_all:
        return "WAIT_BUYER_ACCEPT_GOODS"
    if state.parcels:
        return "SELLER_PART_SEND_GOODS"
    return "WAIT_SELLER_SEND_GOODS" if state.released else "PLACE_ORDER_SUCCESS"


def _logistics(state: State) -> str:
    if state.completed_at:
        return "BUYER_ACCEPT_GOODS"
    if state.shipped_all:
        return "SELLER_SEND_GOODS"
    return "SELLER_SEND_PART_GOODS" if state.parcels else "WAIT_SELLER_SEND_GOODS"


def _end_reason(state: State) -> str:
    if state.completed_at:
        return "buyer_accept_goods"
    if state.cancelled_at:
        return "cancel_order_close_trade" if state.released else "pay_timeout"
    return ""


def _issue(state: State, item: Item | None = None) -> str:
    """`issue_status` of the order, or of one position: a claim that was asked for is a dispute."""
    asked = [claim for claim in state.claims if claim.lines and (item is None or item.line_id in claim.lines)]
    if any(claim.state == "open" for claim in asked):
        return "IN_ISSUE"
    return "END_ISSUE" if asked else "NO_ISSUE"


def money(state: State, amount: int) -> Json:
    """An amount with all that the platform says of it."""
    currency = state.order.shop.currency
    described = {"currency_code": currency, "default_fraction_digits": 2, "symbol": "$"}
    return {"amount": major(amount), "cent": amount, "cent_factor": 100, "currency_code": currency, "currency": described}


def _fund(state: State) -> str:
    return "PAY_SUCCESS" if state.paid_at else "NOT_PAY"


def order_detail(state: State) -> Json:
    """`target` of findorderbyid."""
    order, whole = state.order, next((claim for claim in state.claims if not claim.lines), None)
    return {
        "id": int(order.order_id),
        "order_status": order_status(state),
        "fund_status": _fund(state),
        "logistics_status": _logistics(state),
        "issue_status": _issue(state),
        "frozen_status": "NO_FROZEN",
        "biz_type": "AE_TRIAL" if order.test else "AE_COMMON",
        "order_end_reason": _end_reason(state),
        "gmt_create": stamp(order.placed_at),
        "gmt_pay_success": stamp(state.paid_at),
        "gmt_modified": stamp(state.updated_at),
        "gmt_trade_end": stamp(state.completed_at or state.cancelled_at),
        "order_amount": money(state, state.total),
        "init_oder_amount": money(state, state.gross + state.shipping),  # misspelt by the platform
        "logistics_amount": money(state, state.shipping),
        "settlement_currency": order.shop.currency,
        "pay_amount_by_settlement_cur": major(state.total),
        "child_order_list": _wrapped("aeop_tp_child_order_dto", [_child(state, item) for item in state.items]),
        "child_order_ext_info_list": {},
        "logistic_info_list": _wrapped("aeop_tp_logistic_info_dto", [_parcel(parcel) for parcel in state.parcels]),
        "opr_log_dto_list": {},
        "buyerloginid": order.buyer.id,
        "buyer_signer_fullname": f"{order.buyer.name[0]}** {order.buyer.name.split(' ')[-1][0]}******",
        "buyer_info": _buyer(order),
        "receipt_address": _address(order),
        "oaid": f"Xo{order.buyer.id}",
        **({"refund_info": _refund(state, whole)} if whole and whole.state == "done" else {}),
    }


def _wrapped(name: str, rows: list[Json]) -> Json:
    return {name: rows} if rows else {}


def _child(state: State, item: Item) -> Json:
    claim = next((claim for claim in state.claims if item.line_id in claim.lines), None)
    return {
        "id": int(item.line_id),
        "child_order_id": item.line_id,
        "product_id": int(item.product.id),
        "sku_code": seller_sku(item.product),
        "product_name": item.product.title,
        "product_count": item.quantity,
        "product_unit": "piece",
        "product_price": money(state, item.unit_price),
        "init_order_amt": money(state, item.gross),
        "product_attributes": '{"sku":[]}',
        "order_status": order_status(state),
        "issue_status": _issue(state, item),
        "escrow_fee_rate": "0.08",
        "afflicate_fee_rate": "0.03",
        **({"refund_info": _refund(state, claim)} if claim and claim.state == "done" else {}),
    }


def _refund(state: State, claim: Claim) -> Json:
    """`refund_info`; the coupon that is given back was never paid."""
    return {
        "refund_status": "refund_ok",
        "refund_reason": "Personal reasons",
        "refund_type": "sale_refund" if claim.lines else "cancel_refund",
        "refund_cash_amt": money(state, claim.amount),
        "refund_coupon_amt": money(state, 0),
        "refund_time": stamp(claim.at),
    }


def _parcel(parcel: Parcel) -> Json:
    return {
        "logistics_no": parcel.number,
        "logistics_service_name": parcel.carrier,
        "logistics_type_code": "CAINIAO_STANDARD",
        "gmt_send": stamp(parcel.shipped_at),
        "gmt_received": stamp(parcel.delivered_at),
        "receive_status": "received" if parcel.delivered_at else "not_received",
        "have_tracking_info": True,
    }


def _buyer(order: SimOrder) -> Json:
    first, last = order.buyer.name.split(" ", 1)
    return {"login_id": order.buyer.id, "first_name": f"{first[0]}**", "last_name": last, "country": order.shop.country}


def _address(order: SimOrder) -> Json:
    province, city, _ = order.buyer.city.split("|")
    return {
        "contact_person": f"{order.buyer.name[0]}** E******",
        "detail_address": "1 Example *",
        "address2": "",
        "city": city,
        "province": province,
        "country": order.shop.country,
        "zip": "28001",
        "phone_country": "+34",
        "mobile_no": "6*******9",
    }


def order_row(state: State) -> Json:
    """An element of the list, which names things otherwise and tells neither parcels nor refunds."""
    order = state.order
    amount = {"currency_code": order.shop.currency, "amount": major(state.total)}
    return {
        "order_id": int(order.order_id),
        "order_status": order_status(state),
        "fund_status": _fund(state),
        "logistics_status": _logistics(state),
        "issue_status": _issue(state),
        "frozen_status": "NO_FROZEN",
        "biz_type": "AE_TRIAL" if order.test else "AE_COMMON",
        "end_reason": _end_reason(state),
        "gmt_create": stamp(order.placed_at),
        "gmt_pay_time": stamp(state.paid_at),
        "gmt_update": stamp(state.updated_at),
        "pay_amount": amount,
        "buyer_login_id": order.buyer.id,
        "product_list": _wrapped("order_product_dto", [_product(state, item) for item in state.items]),
    }


def _product(state: State, item: Item) -> Json:
    def spelt(amount: int) -> Json:
        return {"currency_code": state.order.shop.currency, "amount": major(amount)}

    return {
        "child_id": int(item.line_id),
        "product_id": int(item.product.id),
        "sku_code": seller_sku(item.product),
        "product_name": item.product.title,
        "product_count": item.quantity,
        "product_unit_price": spelt(item.unit_price),
        "total_product_amount": spelt(item.gross),
        "logistics_amount": spelt(state.shipping if item is state.items[0] else 0),
        "son_order_status": order_status(state),
        "issue_status": _issue(state, item),
    }
