"""From a push, or an id of a list, to the order with all its after-sales."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from chalicelib.contract import Api, Event
from chalicelib.errors import Skippable
from chalicelib.toolkit.loose import ident, told
from chalicelib.toolkit.texts import digits
from connectors.wechat.api import call
from connectors.wechat.payloads import AfterSaleAnswer, AfterSaleHead, OrderAnswer, OrderHead
from connectors.wechat.values import KEY, READ

ORDER = "/channels/ec/order/get"
AFTER_SALE = "/channels/ec/aftersale/getaftersaleorder"


def hydrate(event: Event, api: Api) -> Event:
    """The event with what the API tells. Of a push only the kind and the id are used."""
    resource = digits(event.resource_id)
    if event.kind not in ("order", "refund"):
        raise Skippable("topic-ignored", f"{event.kind} is not read again", connector=KEY, delivery_id=event.delivery_id)
    if resource is None:
        raise READ.malformed("a push that names nothing", "$", event.delivery_id)
    if event.kind == "order":
        return replace(event, thin=False, payload=_document(resource, {}, api))
    head, raw = _after_sale(resource, api)
    order_id = digits(head.order_id)
    if order_id is None:
        raise READ.malformed("an after-sale without an order", "$.after_sale_order.order_id", event.delivery_id)
    return replace(event, thin=False, payload=_document(order_id, {resource: raw}, api))


def _document(order_id: str, known: dict[str, msgspec.Raw], api: Api) -> bytes:
    answer = READ.decode(OrderAnswer, call(api, ORDER, {"order_id": order_id}), None)
    if not told(answer.order):
        raise READ.malformed("an answer without an order", "$.order", None)
    order = READ.decode(OrderHead, bytes(answer.order), None, "$.order")
    if ident(order.order_id) != order_id:
        raise READ.malformed("an answer about another order", "$.order.order_id", None)
    marks = order.aftersale_detail.aftersale_order_list if order.aftersale_detail else None
    for mark in marks or ():
        after_sale_id = digits(mark.aftersale_order_id)
        if after_sale_id is not None and after_sale_id not in known:
            known[after_sale_id] = _after_sale(after_sale_id, api)[1]
    ordered = [known[each] for each in sorted(known, key=lambda each: (len(each), each))]
    return msgspec.json.encode({"order": answer.order, "aftersales": ordered})


def _after_sale(after_sale_id: str, api: Api) -> tuple[AfterSaleHead, msgspec.Raw]:
    body = call(api, AFTER_SALE, {"after_sale_order_id": after_sale_id})
    raw = READ.decode(AfterSaleAnswer, body, None).after_sale_order
    if not told(raw):
        raise READ.malformed("an answer without an after-sale", "$.after_sale_order", None)
    head = READ.decode(AfterSaleHead, bytes(raw), None, "$.after_sale_order")
    if ident(head.after_sale_order_id) != after_sale_id:
        raise READ.malformed("an answer about another after-sale", "$.after_sale_order.after_sale_order_id", None)
    return head, raw
