"""Canonical objects from each kind of payload."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.events import Canonical
from chalicelib.errors import Skippable
from chalicelib.toolkit.loose import told
from connectors.meta import voices
from connectors.meta.payloads import ABSENT, Id
from connectors.meta.push import Cut, cuts
from connectors.meta.spend import rows
from connectors.meta.values import KEY, READ


class _Top(msgspec.Struct, gc=False):
    object: str | None = None
    media_id: Id = None
    ig_id: Id = None
    data: msgspec.Raw = ABSENT


MAPPERS: Mapping[EventKind, Callable[[Cut, Ref], Iterable[Canonical]]] = {
    "review": voices.reviews,
    "message": voices.messages,
    "buyer": voices.consents,
}


def canonical(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """What a delivery says of one kind; a mention that was read; a report of spend. Skippable where there is nothing of it."""
    if kind == "spend":
        return rows(payload, ref)
    mapper = MAPPERS.get(kind)
    if mapper is None:
        raise Skippable("kind-ignored", f"{kind} has no mapping", connector=KEY, delivery_id=ref.delivery_id)
    body = _bare(payload)
    top = READ.decode(_Top, body, ref.delivery_id)
    if kind == "review" and top.object is None and top.ig_id is not None:
        return (voices.mention(body, ref),)
    if top.object is None and told(top.data):
        raise READ.malformed("a report", "$.data", ref.delivery_id)
    found: list[Canonical] = []
    for cut in cuts(body, ref.delivery_id):
        if cut.kind() == kind and (cut.object, cut.field) != ("instagram", "mentions"):
            found += mapper(cut, ref)
    if not found:
        raise Skippable("nothing-told", f"nothing to keep of the kind {kind}", connector=KEY, delivery_id=ref.delivery_id)
    return tuple(found)


def _bare(payload: bytes) -> bytes:
    """Meta's documentation prints a delivery inside a list of one, as some tools then send it."""
    raw = payload.strip()
    if raw.startswith(b"[") and raw.endswith(b"]"):
        inner = READ.decode(list[msgspec.Raw], raw, None)
        if len(inner) == 1:
            return bytes(inner[0])
    return payload
