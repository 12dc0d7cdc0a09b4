"""The generic connector: Standard Webhooks in, canonical JSON and CSV files in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import msgspec

from chalicelib.contract import Account, Capability, ConnectorInfo, Event, EventKind, RawRequest, Ref, Reply, Secrets, Verified
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.decode import read
from connectors.generic import files, mapping, payloads, standard, voices

T = TypeVar("T")
KEY = "generic"
KINDS: dict[str, EventKind] = {
    "order": "order",
    "refund": "refund",
    "consent": "buyer",
    "review": "review",
    "question": "question",
    "message": "message",
    "spend": "spend",
}

OWN_ID: dict[EventKind, str] = {
    "refund": "refund_id",
    "review": "review_id",
    "question": "question_id",
    "message": "message_id",
    "spend": "campaign_id",
    "order": "order_id",
    "buyer": "buyer_id",
}


class Generic:
    """Stateless; every method is a function of its arguments."""

    info = ConnectorInfo(
        key=KEY,
        name="Generic",
        capabilities=frozenset({Capability.RECEIVES_WEBHOOKS, Capability.IMPORTS_FILES}),
        push_trust="signed",
        pushes_again=True,
        verify_secrets=("webhook_secret",),
        api_secrets=(),
        marketing=frozenset({"email", "sms", "whatsapp"}),
        push_headers=frozenset({standard.ID, standard.TIMESTAMP, standard.SIGNATURE}),
        doc="docs/connectors/generic.md",
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """The Standard Webhooks signature under any live secret, 300 s either way: Rejected 401 otherwise."""
        return Verified(standard.require_signed(request, secrets, now), None, Reply())

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with the three headers, under the newest secret."""
        return replace(request, headers=standard.signed_headers(request, secrets, now))

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a body: an order, a refund, or `{"type": ..., "data": ...}`."""
        peek, payload = unwrapped(request.body, ref)
        kind = kind_of(peek)
        return (
            Event(ref.delivery_id, peek.type or kind, kind, resource_id(kind, peek), peek.updated_at, thin=False, payload=payload),
        )

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """One object of our JSON, bare or wrapped; Skippable for kinds that it has none for."""
        if kind in voices.BY_KIND:
            shape, to_canonical = voices.BY_KIND[kind]
            return (to_canonical(decoded(shape(), payload, ref), ref),)
        if kind not in ("order", "refund", "buyer"):
            raise Skippable("kind-ignored", f"{kind} has no mapping", connector=KEY, delivery_id=ref.delivery_id)
        if kind == "order":
            return (mapping.order(decoded(payloads.orders(), payload, ref), ref),)
        if kind == "refund":
            return (mapping.refund(decoded(payloads.refunds(), payload, ref), ref),)
        return (mapping.consent(decoded(payloads.consents(), payload, ref), ref),)

    def import_file(self, name: str, content: bytes, ref: Ref) -> tuple[Event, ...]:
        """The events of a JSON, JSON Lines or CSV file, chosen by the name's ending; Permanent with row or path."""
        bodies = files.csv_orders(content, ref) if name.lower().endswith(".csv") else files.json_objects(content, ref)
        return tuple(self._imported(number, body, ref) for number, body in enumerate(bodies, start=1))

    def _imported(self, number: int, body: bytes, ref: Ref) -> Event:
        peek, payload = unwrapped(body, ref)
        kind = kind_of(peek)
        delivery = f"{ref.delivery_id}:{number}"
        return Event(delivery, "import", kind, resource_id(kind, peek), peek.updated_at, thin=False, payload=payload)


def decoded(source: msgspec.json.Decoder[T], payload: bytes, ref: Ref) -> T:
    """The object, bare (as events() cuts it out, so tried first) or in its wrapper."""
    try:
        return read(source, payload, connector=KEY, delivery_id=ref.delivery_id)
    except Permanent:
        _, body = unwrapped(payload, ref)
        if body is payload:
            raise
    return read(source, body, connector=KEY, delivery_id=ref.delivery_id)


def unwrapped(body: bytes, ref: Ref) -> tuple[payloads.Peek, bytes]:
    """What tells the kind, and the object itself without its wrapper."""
    peek = read(payloads.peek(), body, connector=KEY, delivery_id=ref.delivery_id)
    data = bytes(peek.data)
    if not data or peek.type is None:
        return peek, body
    inner = read(payloads.peek(), data, connector=KEY, delivery_id=ref.delivery_id)
    inner.type = peek.type
    return inner, data


def kind_of(peek: payloads.Peek) -> EventKind:
    """The wrapper's type, else the id that only one object has: reviews and messages may name an order too."""
    if peek.type is not None:
        return KINDS.get(peek.type, "other")
    return next((kind for kind in OWN_ID if resource_id(kind, peek) is not None), "other")


def resource_id(kind: EventKind, peek: payloads.Peek) -> str | None:
    """The object's own id."""
    found: str | None = getattr(peek, OWN_ID[kind]) if kind in OWN_ID else None
    return found


CONNECTOR = Generic()
