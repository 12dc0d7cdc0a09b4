"""After-sales of WeChat Store to canonical refunds."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundKind, RefundLine, RefundState
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, epoch, ident, text
from connectors.wechat import status
from connectors.wechat.payloads import AfterSale
from connectors.wechat.values import CURRENCY, KEY, READ

_ENDED = (RefundState.SUCCEEDED, RefundState.CLOSED)  # a refusal can still be appealed against


def to_refund(told: AfterSale, lines: Mapping[str, str], ref: Ref, path: str) -> Refund:
    """`after_sale_order`. `lines` leads from SKUs to lines. Permanent with the path, never a guessed state."""
    refund_id, order_id = ident(told.after_sale_order_id), ident(told.order_id)
    if refund_id is None or order_id is None:
        raise READ.malformed("an after-sale without ids", f"{path}.after_sale_order_id", ref.delivery_id)
    kind, state = status.REFUND_KIND.get(told.type or ""), status.REFUND_STATE.get(told.status or "")
    if kind is None:
        raise _unmapped("kind-unmapped", "type", told.type, path, ref)
    if state is None:
        raise _unmapped("status-unmapped", "status", told.status, path, ref)
    amount = told.refund_info.amount if told.refund_info else None
    if amount is not None and amount < 0:
        raise READ.malformed("a negative refund", f"{path}.refund_info.amount", ref.delivery_id)
    try:
        updated_at = epoch(told.update_time, "update_time")
        return Refund(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            refund_id=refund_id,
            order_id=order_id,
            kind=kind,
            status=state,
            platform_status=told.status,
            amount=0 if kind is RefundKind.EXCHANGE else amount,
            currency=CURRENCY,
            reason=text(told.reason_text) or text(told.reason),
            lines=_lines(told, lines, amount),
            requested_at=epoch(told.create_time, "create_time"),
            closed_at=updated_at if state in _ENDED else None,
            updated_at=updated_at,
        )
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _lines(told: AfterSale, lines: Mapping[str, str], amount: int | None) -> tuple[RefundLine, ...]:
    """The one SKU that an after-sale is about."""
    goods = told.product_info
    name = (ident(goods.product_unique_id) or ident(goods.sku_id)) if goods else None
    if goods is None or name is None:
        return ()
    return (RefundLine(lines.get(name, name), goods.count or None, amount),)


def _unmapped(reason: str, name: str, word: str | None, path: str, ref: Ref) -> Permanent:
    """The word itself stays out of the message unless it is one: it could be anything."""
    plain = word is not None and len(word) < 60 and word.isascii() and word.isupper() and word.replace("_", "").isalnum()
    detail = f"{name} {word if plain else 'unreadable'}"
    return Permanent(reason, detail, connector=KEY, path=f"{path}.{name}", delivery_id=ref.delivery_id)
