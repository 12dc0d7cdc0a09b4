"""Refunds of WooCommerce. There is no request and no refusal: a refund is there once a person or the shop made it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

import msgspec

from chalicelib.contract import Ref
from chalicelib.domain.order import Refund, RefundKind, RefundLine, RefundState
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.decode import decoder
from chalicelib.toolkit.loose import Id, Odd, ident, money_in
from chalicelib.toolkit.texts import text
from connectors.woocommerce import payloads as shapes
from connectors.woocommerce.push import KEY, READ

REFUNDED_ITEM = "_refunded_item_id"
_ORDER = re.compile(r"/orders/([0-9]{1,20})(?:[/?]|$)", re.ASCII)
Money = Callable[[shapes.Amount | None], int | None]


@cache
def money_of(currency: str) -> Money:
    """A reader of amounts of one currency; a shop's amounts recur, so that most are known. Odd on what is none. ValueError here."""
    read = money_in(currency)
    return lru_cache(maxsize=8192)(lambda value: read(value, "amount"))


def refund(body: shapes.RefundBody, index: int, ref: Ref, *, order_id: str, currency: str | None, money: Money | None) -> Refund:
    """One refund of an order. Odd, below the order, on what cannot be read."""
    at = utc(body.date_created_gmt)
    account = ref.account
    return Refund(
        merchant=account.merchant,
        platform=KEY,
        account=account.account,
        refund_id=str(body.id),
        order_id=order_id,
        kind=RefundKind.REFUND,
        status=RefundState.SUCCEEDED,
        platform_status=None,
        amount=None if money is None else _amount(body, index, money),
        currency=currency,
        reason=text(body.reason),
        lines=_lines(body, index, money),
        requested_at=at,
        closed_at=at,
        updated_at=at,
    )


def alone(body: shapes.RefundBody, ref: Ref, path: str) -> Refund:
    """A refund without its order: which one that is, a link tells; the currency the account's option, or nobody."""
    order_id = ident(body.parent_id) or _linked(body)
    if order_id is None:
        raise READ.malformed("a refund that names no order", f"{path}._links.up", ref.delivery_id)
    currency = ref.account.options.get("currency")
    try:
        return refund(body, 0, ref, order_id=order_id, currency=currency, money=money_of(currency) if currency else None)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    except ValueError as error:
        raise READ.malformed(str(error), f"{path}.currency", ref.delivery_id) from None


def refunded_by_line(refunds: Sequence[Refund]) -> dict[str, tuple[int, int]]:
    """Pieces and amount (tax included) that went back, by line of the order."""
    sums: dict[str, tuple[int, int]] = {}
    for each in refunds:
        for line in each.lines:
            pieces, amount = sums.get(line.line_id, (0, 0))
            sums[line.line_id] = pieces + (line.quantity or 0), amount + (line.amount or 0)
    return sums


def _amount(body: shapes.RefundBody, index: int, money: Money) -> int | None:
    """What went back, whatever its sign: a refund of its own tells it as positive, its order as negative."""
    try:
        found = money(body.total if body.amount is None else body.amount)
    except Odd as odd:
        raise Odd(odd.detail, f"refunds[{index}].{'total' if body.amount is None else 'amount'}") from None
    return None if found is None else abs(found)


def _lines(body: shapes.RefundBody, index: int, money: Money | None) -> tuple[RefundLine, ...]:
    lines = []
    for item in body.line_items or ():
        line_id = _refunded_item(item)
        if line_id is None:
            continue
        pieces = None if isinstance(item.quantity, Decimal) else abs(item.quantity)
        try:
            net = None if money is None else money(item.total)
            tax = 0 if money is None else money(item.total_tax) or 0
        except Odd as odd:
            raise Odd(odd.detail, f"refunds[{index}].line_items[...].total") from None
        lines.append(RefundLine(line_id, pieces, None if net is None else abs(net + tax)))
    return tuple(lines)


def _refunded_item(item: shapes.RefundItem) -> str | None:
    """The line of the order that this one takes back."""
    for note in item.meta_data or ():
        if note.key == REFUNDED_ITEM:
            try:
                return ident(decoder(_ANY_ID).decode(note.value))
            except (msgspec.MsgspecError, ValueError):
                return None  # a plugin may write anything under any name
    return None


_ANY_ID: Any = Id


def _linked(body: shapes.RefundBody) -> str | None:
    for link in (body.links.up if body.links else None) or ():
        if link.href and (found := _ORDER.search(link.href)):
            return found[1]
    return None
