"""Xianyu (Goofish): orders of its service-provider calls, whose amounts are fen and whose times are Unix milliseconds.

They have no list of changed orders, no prices of single pieces and no reviews; refunds show in the order's status alone,
since no source tells what the states of a Xianyu refund mean.
"""

from __future__ import annotations

from chalicelib.contract import Ref
from chalicelib.domain.order import Amounts, Buyer, Line, Order, RefundStatus, Status, earned
from chalicelib.toolkit.loose import Odd, epoch, ident, number, shown, text
from connectors.taobao import status
from connectors.taobao.payloads import IdleItem, IdleOrder
from connectors.taobao.values import CURRENCY, KEY, READ


def to_order(told: IdleOrder, ref: Ref, path: str) -> Order:
    """One order. Permanent with the path on a value that cannot be read."""
    try:
        return _order(told, ref)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _order(told: IdleOrder, ref: Ref) -> Order:
    order_id, code = ident(told.biz_order_id), number(told.order_status, "order_status")
    if order_id is None:
        raise Odd("an order without an id", "biz_order_id")
    state = status.IDLE_STATUS.get(code or 0, Status.UNKNOWN)
    paid_at, ended_at = epoch(told.pay_time, "pay_time"), epoch(told.end_time, "end_time")
    amounts = _amounts(told, state, refunded=code == status.IDLE_REFUNDED, paid=paid_at is not None)
    masked: list[str] = []
    nickname = shown("nickname", told.buyer_nick, masked)
    times = [epoch(told.create_time, "create_time"), paid_at, epoch(told.ship_time, "ship_time"), ended_at]
    return Order(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        order_id=order_id,
        order_no=order_id,
        status=state,
        platform_status=text(told.order_status),
        refund_status=RefundStatus.FULL if amounts.refunded else RefundStatus.NONE,
        test=False,
        currency=CURRENCY,
        tax_included=True,
        amounts=amounts,
        placed_at=times[0],
        paid_at=paid_at,
        shipped_at=times[2],
        delivered_at=None,
        completed_at=ended_at if state is Status.COMPLETED else None,
        cancelled_at=ended_at if state is Status.CANCELLED else None,
        updated_at=max([at for at in times if at], default=None),
        buyer=Buyer(id=text(told.encryption_buyer_id), nickname=nickname, masked=tuple(masked)),
        lines=(_line(told, order_id),),
        extra={"channel": "xianyu"},
    )


def _amounts(told: IdleOrder, state: Status, *, refunded: bool, paid: bool) -> Amounts:
    total = number(told.payment, "payment")
    captured = total if earned(state) or paid or refunded else None if state is Status.UNKNOWN else 0
    back = captured if refunded else None if state is Status.UNKNOWN else 0
    return Amounts(shipping=number(told.post_fee, "post_fee"), total=total, paid=captured, refunded=back)


def _line(told: IdleOrder, order_id: str) -> Line:
    """An order is one item; it tells how many pieces and no price of one."""
    item = told.item or IdleItem()
    quantity = number(told.buy_amount, "buy_amount")
    return Line(
        line_id=order_id,
        product_id=ident(item.item_id),
        sku=(told.sku or "").partition("|")[0] or None,
        merchant_sku=None,
        title=text(item.title),
        quantity=1 if quantity is None else max(quantity, 0),
        unit_price=None,
        discount=None,
        total=None,
    )
