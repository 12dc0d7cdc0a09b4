"""After-sales of Douyin shop to canonical refunds: from the detail call, the list call, and the push itself."""

from __future__ import annotations

from datetime import datetime

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundLine, RefundState
from chalicelib.errors import Permanent
from connectors.douyin import status
from connectors.douyin.payloads import NOTICE_TIMES, Aftersale, AftersaleInfo, AftersaleLine, AftersaleOrder, Notice, Number
from connectors.douyin.values import CURRENCY, KEY, ident, malformed, moment, text, whole

_ENDED = (RefundState.SUCCEEDED, RefundState.CLOSED, RefundState.REJECTED)


def to_refund(told: Aftersale, ref: Ref, path: str, order_id: str | None = None) -> Refund:
    """An element of afterSale.List or the data of afterSale.Detail; `order_id` stands in where it names no order."""
    info, path = _info(told, ref, path)
    order = told.order_info or AftersaleOrder()
    kind, state = _kind(info, ref, path), _state(info, ref, path)
    refund_id = ident(info.after_sale_id) or ident(info.aftersale_id)
    order_id = ident(order.shop_order_id) or order_id
    if refund_id is None or order_id is None:
        raise malformed("an after-sale without an id", path, ref.delivery_id)
    total = info.refund_total_amount if info.refund_total_amount is not None else info.refund_amount
    updated_at = moment(info.update_time, f"{path}.update_time", ref.delivery_id)
    return Refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=refund_id,
        order_id=order_id,
        kind=kind,
        status=state,
        platform_status=text(_first(info.after_sale_status, info.aftersale_status)),
        amount=0 if kind in status.NO_MONEY else whole(total, f"{path}.refund_amount", ref.delivery_id),
        currency=CURRENCY,
        reason=text(info.reason) or (text(told.text_part.reason_text) if told.text_part else None),
        lines=_lines(order.related_order_info or order.sku_order_infos or [], ref, path),
        requested_at=moment(info.apply_time, f"{path}.apply_time", ref.delivery_id),
        closed_at=updated_at if state in _ENDED else None,
        updated_at=updated_at,
    )


def from_notice(tag: int, notice: Notice, ref: Ref, path: str) -> Refund:
    """An after-sale push on its own: the tag says what happened, `aftersale_status` where the tag does not."""
    refund_id, order_id = ident(notice.aftersale_id), ident(notice.p_id)
    if refund_id is None or order_id is None:
        raise malformed("an after-sale without an id", f"{path}.aftersale_id", ref.delivery_id)
    info = AftersaleInfo(aftersale_status=notice.aftersale_status, aftersale_type=notice.aftersale_type)
    kind = _kind(info, ref, path)
    state = status.TAG_STATE.get(tag) or _state(info, ref, path)
    happened_at = notice_time(notice, ref.delivery_id, path)
    line = ident(notice.s_id)
    return Refund(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        refund_id=refund_id,
        order_id=order_id,
        kind=kind,
        status=state,
        platform_status=text(notice.aftersale_status),
        amount=0 if kind in status.NO_MONEY else whole(notice.refund_amount, f"{path}.refund_amount", ref.delivery_id),
        currency=CURRENCY,
        reason=None,
        lines=(RefundLine(line),) if line else (),
        requested_at=moment(notice.apply_time, f"{path}.apply_time", ref.delivery_id),
        closed_at=happened_at if state in _ENDED else None,
        updated_at=happened_at,
    )


def notice_time(notice: Notice, delivery_id: str | None, path: str) -> datetime | None:
    """The one time a push tells, whatever its name."""
    for name in NOTICE_TIMES:
        found = moment(getattr(notice, name), f"{path}.{name}", delivery_id)
        if found is not None:
            return found
    return None


def _info(told: Aftersale, ref: Ref, path: str) -> tuple[AftersaleInfo, str]:
    if told.aftersale_info is not None:
        return told.aftersale_info, f"{path}.aftersale_info"
    if told.process_info is not None and told.process_info.after_sale_info is not None:
        return told.process_info.after_sale_info, f"{path}.process_info.after_sale_info"
    raise malformed("an after-sale without its information", f"{path}.process_info.after_sale_info", ref.delivery_id)


def _kind(info: AftersaleInfo, ref: Ref, path: str) -> str:
    code = whole(_first(info.after_sale_type, info.aftersale_type), f"{path}.aftersale_type", ref.delivery_id)
    kind = status.AFTERSALE_KIND.get(code) if code is not None else None
    if kind is None:
        raise Permanent(
            "kind-unmapped", f"after-sale type {code}", connector=KEY, path=f"{path}.aftersale_type", delivery_id=ref.delivery_id
        )
    return kind


def _state(info: AftersaleInfo, ref: Ref, path: str) -> RefundState:
    """The state by the table; where that has none, money that was paid back decides. Otherwise Permanent: never guessed."""
    code = whole(_first(info.after_sale_status, info.aftersale_status), f"{path}.aftersale_status", ref.delivery_id)
    state = status.AFTERSALE_STATE.get(code) if code is not None else None
    if state is None and whole(info.refund_status, f"{path}.refund_status", ref.delivery_id) == status.REFUND_PAID:
        return RefundState.SUCCEEDED
    if state is None:
        raise Permanent(
            "status-unmapped",
            f"after-sale status {code}",
            connector=KEY,
            path=f"{path}.aftersale_status",
            delivery_id=ref.delivery_id,
        )
    return state


def _lines(told: list[AftersaleLine], ref: Ref, path: str) -> tuple[RefundLine, ...]:
    return tuple(
        RefundLine(line_id, whole(_first(line.aftersale_item_num, line.after_sale_item_count), path, ref.delivery_id))
        for line in told
        if (line_id := ident(line.sku_order_id))
    )


def _first(one: Number, other: Number) -> Number:
    return one if one is not None else other
