"""What a payload of orders or refunds is: our document, an answer of the API, a whole push, or an order on its own."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from chalicelib.contract import Ref
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, ident, number
from connectors.eleme import status
from connectors.eleme.mapping import to_order, to_refund
from connectors.eleme.payloads import Claim, Document, Order
from connectors.eleme.values import KEY, READ


def to_canonical(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """Orders and refunds. Permanent with the path on what holds neither."""
    found = tuple(_document(READ.decode(Document, payload, ref.delivery_id), ref))
    if not found:
        raise READ.malformed("neither an order nor a refund", "$", ref.delivery_id)
    return found


def _document(document: Document, ref: Ref) -> Iterator[Canonical]:
    if document.order is not None:
        found = to_order(document.order, document.change, ref, "$.order", document.refund)
        # A row does not tell when its order ended: the time of its delivery is no time of that.
        yield structs.replace(found, updated_at=None) if document.ended else found
    elif document.message is not None:
        yield _push(document, document.message.encode("utf-8", "surrogatepass"), ref)
    elif document.result is not None and document.result.rows is not None:
        for index, order in enumerate(document.result.rows):
            yield to_order(order, None, ref, f"$.result.list[{index}]")
    elif document.result is not None:
        yield to_order(document.result, None, ref, "$.result")
    elif ident(document.id) is not None and document.status is not None:
        yield to_order(document, None, ref, "$")


def _push(document: Document, message: bytes, ref: Ref) -> Canonical:
    """A whole push: an order, or a claim. Any other names an order and holds none."""
    try:
        kind = number(document.type, "type") or 0
    except Odd as odd:
        raise READ.of(odd, "$", ref.delivery_id) from None
    if kind == status.ORDER:
        return to_order(READ.decode(Order, message, ref.delivery_id, "$.message"), None, ref, "$.message")
    if kind in status.CLAIMS:
        claim = READ.decode(Claim, message, ref.delivery_id, "$.message")
        return to_refund(claim, kind, ref, "$.message")
    thin = "this push names an order, it does not hold one"
    raise Permanent("payload-thin", thin, connector=KEY, path="$.message", delivery_id=ref.delivery_id)
