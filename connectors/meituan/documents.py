"""What a payload is: our document, an answer of the API, a push as a form, or an order or refund as JSON, encoded or not."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote_plus

import msgspec

from chalicelib.contract import Ref
from chalicelib.domain.events import Canonical
from chalicelib.domain.order import Order as Mapped
from chalicelib.domain.order import Refund
from chalicelib.errors import Permanent
from chalicelib.toolkit.forms import parse_form
from chalicelib.toolkit.loose import ident
from connectors.meituan.mapping import to_order, to_refund
from connectors.meituan.payloads import Document, Order
from connectors.meituan.push import kind_of, payload_of
from connectors.meituan.values import KEY, READ

_JSON = (b"{", b"[")


def to_canonical(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """Orders, each before its refunds, and refunds. Permanent with the path on what holds neither."""
    raw = payload.removeprefix(b"\xef\xbb\xbf").strip()
    if raw[:1] not in _JSON and b"=" in raw:
        raw = payload_of([(name, unquote_plus(value)) for name, value in parse_form(raw, connector=KEY)])
    document = READ.decode(Document, raw, ref.delivery_id)
    if isinstance(document.detail, str) and document.detail.startswith("%5B"):
        document = READ.decode(Document, _decoded(raw, ref), ref.delivery_id)
    found = tuple(_document(document, ref))
    if not found:
        raise READ.malformed("neither an order nor a refund", "$", ref.delivery_id)
    return found


def _decoded(raw: bytes, ref: Ref) -> bytes:
    """The fields of a form that was decoded only once."""
    fields = READ.decode(dict[str, str | None], raw, ref.delivery_id)
    return msgspec.json.encode({name: unquote_plus(value) if value else value for name, value in fields.items()})


def _document(document: Document, ref: Ref) -> Iterator[Canonical]:
    if document.order is not None:
        yield from _ours(document, document.order, ref)
    elif isinstance(document.data, Order):
        yield _one(document.data, ref, "$.data")
    elif isinstance(document.data, list):
        for index, each in enumerate(document.data):
            yield _one(each, ref, f"$.data[{index}]")
    elif document.refunds is not None:
        order_id = ident(document.order_id)  # that of the push: their own rows need not name it
        yield from [to_refund(each, ref, f"$.refunds[{index}]", order_id) for index, each in enumerate(document.refunds)]
    elif document.order_id is not None or document.wm_order_id_view is not None:
        yield _one(document, ref, "$")


def _ours(document: Document, order: Order, ref: Ref) -> Iterator[Canonical]:
    refunds: list[Refund] | None = None
    if document.refunds is not None:
        order_id = ident(order.order_id) or ident(order.wm_order_id_view)
        refunds = [to_refund(each, ref, f"$.refunds[{index}]", order_id) for index, each in enumerate(document.refunds)]
    yield to_order(order, refunds, ref, "$.order", document.logistics)
    yield from refunds or ()


def _one(told: Order, ref: Ref, path: str) -> Mapped | Refund:
    """An order or a refund, by its fields. A push that only names an order holds none."""
    if told.detail is not None:
        return to_order(told, None, ref, path)
    if kind_of(told)[0] == "refund" or told.res_type is not None:
        return to_refund(told, ref, path)
    thin = "this names an order, it does not hold one"
    raise Permanent("payload-thin", thin, connector=KEY, path=path, delivery_id=ref.delivery_id)
