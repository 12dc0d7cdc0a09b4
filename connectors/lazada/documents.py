"""What a payload of orders or reverse orders is: our document, an answer of the API, or one of them bare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalicelib.contract import Ref
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, ident, told
from connectors.lazada.mapping import currency_of, line_ids, to_order
from connectors.lazada.payloads import Document, Item, Order, OrderItems, Reverse, Wrapped
from connectors.lazada.reverse import to_refunds
from connectors.lazada.values import KEY, READ


def to_canonical(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """Orders, each before its refunds. Permanent with the path on what holds neither."""
    raw = payload.removeprefix(b"\xef\xbb\xbf").strip()
    if raw[:1] == b"[":
        found = tuple(_list(raw, ref, "$"))
    else:
        document = READ.decode(Document, raw, ref.delivery_id)
        found = tuple(_document(document, ref, "$") if _is_ours(document) else _answer(raw, ref))
    if not found:
        raise READ.malformed("neither an order nor a reverse order", "$", ref.delivery_id)
    return found


def _is_ours(document: Document) -> bool:
    return document.order is not None or document.items is not None or document.reverses is not None


def _document(document: Document, ref: Ref, path: str) -> Iterator[Canonical]:
    items = document.items or []
    if document.order is not None or (items and document.reverses is None):
        yield to_order(document.order, items, ref, path)
    if document.reverses:
        currency = currency_of(items, ref)
        lines = _line_ids(items, currency, ref, path)
        for index, reverse in enumerate(document.reverses):
            yield from to_refunds(reverse, currency, lines, ref, f"{path}.reverses[{index}]")


def _line_ids(items: Sequence[Item], currency: str | None, ref: Ref, path: str) -> dict[str, str]:
    if currency is None or not items:
        return {}
    try:
        return line_ids(items, currency)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    except ValueError as error:
        raise READ.malformed(str(error), f"{path}.items[0].currency", ref.delivery_id) from None


def _answer(raw: bytes, ref: Ref) -> Iterator[Canonical]:
    """An answer of the API, or what stands in its `data` or `result`."""
    answer = READ.decode(Wrapped, raw, ref.delivery_id)
    if answer.message_type is not None:
        thin = "a push names an order, it does not hold one"
        raise Permanent("payload-thin", thin, connector=KEY, path="$.message_type", delivery_id=ref.delivery_id)
    if told(answer.data):
        yield from _inside(bytes(answer.data), ref, "$.data")
    elif told(answer.result):
        yield from _inside(bytes(answer.result), ref, "$.result")
    else:
        yield from _one(raw, answer, ref, "$")


def _inside(raw: bytes, ref: Ref, path: str) -> Iterator[Canonical]:
    if raw[:1] == b"[":
        yield from _list(raw, ref, path)
        return
    answer = READ.decode(Wrapped, raw, ref.delivery_id, path)
    if told(answer.orders):
        for index, head in enumerate(READ.decode(list[Order], bytes(answer.orders), ref.delivery_id, f"{path}.orders")):
            yield to_order(head, (), ref, f"{path}.orders[{index}]")
    elif told(answer.items) and path == "$.result":
        for index, reverse in enumerate(READ.decode(list[Reverse], bytes(answer.items), ref.delivery_id, f"{path}.items")):
            yield from to_refunds(reverse, currency_of((), ref), {}, ref, f"{path}.items[{index}]")
    else:
        yield from _one(raw, answer, ref, path)


def _one(raw: bytes, answer: Wrapped, ref: Ref, path: str) -> Iterator[Canonical]:
    if ident(answer.reverse_order_id) is not None and answer.order_item_id is None:
        reverse = READ.decode(Reverse, raw, ref.delivery_id, path)
        yield from to_refunds(reverse, currency_of((), ref), {}, ref, path)
    elif answer.order_id is not None and answer.order_item_id is None:
        yield to_order(READ.decode(Order, raw, ref.delivery_id, path), (), ref, path)


def _list(raw: bytes, ref: Ref, path: str) -> Iterator[Canonical]:
    """Units of one order or of several, or the elements of /orders/items/get."""
    rows = READ.decode(list[OrderItems], raw, ref.delivery_id, path)
    if any(told(row.order_items) for row in rows):
        for index, row in enumerate(rows):
            if told(row.order_items):
                at = f"{path}[{index}].order_items"
                items = READ.decode(list[Item], bytes(row.order_items), ref.delivery_id, at)
                yield to_order(Order(order_id=row.order_id), items, ref, at)
        return
    orders: dict[str | None, list[Item]] = {}
    for item in READ.decode(list[Item], raw, ref.delivery_id, path):
        orders.setdefault(ident(item.order_id), []).append(item)
    for items in orders.values():
        yield to_order(None, items, ref, path)
