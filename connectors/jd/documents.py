"""What a payload of orders or refunds is: our document, an answer of JOS, or a bare order."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.contract import Ref
from chalicelib.domain.events import Canonical
from chalicelib.errors import Skippable
from connectors.jd.mapping import to_orders
from connectors.jd.payloads import Document, Inner, Order
from connectors.jd.refunds import from_apply, from_service, has_money
from connectors.jd.values import KEY, READ

_WRAPPERS = tuple(name for name in Document.__struct_fields__ if name.startswith("jingdong_"))


def to_canonical(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """Orders, or refunds. Permanent with the path on what holds neither; Skippable on after-sales without a refund."""
    document = READ.decode(Document, payload, ref.delivery_id)
    if document.orderId is not None:
        return tuple(to_orders(READ.decode(Order, payload, ref.delivery_id), ref, "$"))
    found = [*_inside(document, ref, "$")]
    services = _services(document)
    for name in _WRAPPERS if not found else ():
        inner = getattr(document, name)
        if inner is not None:
            found += _inside(inner, ref, f"$.{name}")
            services += _services(inner)
    if not found and services:
        raise Skippable("no-refund", "after-sales without a refund", connector=KEY, delivery_id=ref.delivery_id)
    if not found:
        raise READ.malformed("neither an order nor a refund", "$", ref.delivery_id)
    return tuple(found)


def _services(told: Inner) -> int:
    return (told.service is not None) + len((told.pageResult.data if told.pageResult else None) or ())


def _inside(told: Inner, ref: Ref, path: str) -> Iterator[Canonical]:
    if told.orderInfo is not None:
        yield from to_orders(told.orderInfo, ref, f"{path}.orderInfo")
    if told.orderDetailInfo is not None and told.orderDetailInfo.orderInfo is not None:
        yield from to_orders(told.orderDetailInfo.orderInfo, ref, f"{path}.orderDetailInfo.orderInfo")
    if told.searchorderinfo_result is not None:
        for index, order in enumerate(told.searchorderinfo_result.orderInfoList or ()):
            yield from to_orders(order, ref, f"{path}.searchorderinfo_result.orderInfoList[{index}]")
    yield from _refunds(told, ref, path)


def _refunds(told: Inner, ref: Ref, path: str) -> Iterator[Canonical]:
    if told.apply is not None:
        yield from_apply(told.apply, ref, f"{path}.apply")
    if told.queryResult is not None:
        for index, row in enumerate(told.queryResult.result or ()):
            yield from_apply(row, ref, f"{path}.queryResult.result[{index}]")
    if told.service is not None and has_money(told.service):
        yield from_service(told.service, ref, f"{path}.service")
    if told.pageResult is not None:
        for index, service in enumerate(told.pageResult.data or ()):
            if has_money(service):
                yield from_service(service, ref, f"{path}.pageResult.data[{index}]")
