"""The envelope: what lies on the queue between receive, pull and normalise.

The raw request (or the pulled event) travels sealed; outside the seal stands only what routing and counting need.
`digest` names the content: equal bytes from the same account give the same digest whatever the delivery, so that a
duplicate lands on the same archived object and the same history row.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.contract import Event, EventKind, RawRequest, Source
from chalicelib.errors import Permanent
from chalicelib.toolkit.decode import decoder

CLAIM_CHECK_BYTES = 200_000  # SQS takes 1 MiB, but a batch of ten shares it; above this the content lies in the archive


_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One delivery. Exactly one of `sealed` (base64) and `claim` (an archive key) is set.

    `form`: request (a raw HTTP request, still to be cut into events), event (one pulled or imported event), or deadline: look
    whether the order `delivery_id` still has the platform status `topic`; it holds nothing else, and comes from ourselves.
    `received_at` is ours, for freshness and history; it never becomes an order's time. `lane` is where it waits again:
    history that is tried once more must not come in among today's events.
    """

    digest: str
    merchant: str
    platform: str
    account: str
    source: Source
    form: Literal["request", "event", "deadline"]
    topic: str | None
    delivery_id: str
    received_at: datetime
    sealed: str | None = None
    claim: str | None = None
    attempt: int = 0
    lane: Literal["live", "bulk"] = "live"
    trace: str | None = None  # of the delivery that it was cut out of; None: it is the delivery, and its digest says so


def encode(envelope: Envelope) -> str:
    """To the text that a queue carries."""
    return msgspec.json.encode(envelope).decode()


def decode(text: str) -> Envelope:
    """From a queue's text; Permanent on anything that is no envelope."""
    try:
        return decoder(Envelope).decode(text.encode())
    except msgspec.DecodeError:
        raise Permanent("envelope-malformed", "the message on the queue is no envelope") from None


class _RequestHead(msgspec.Struct, array_like=True):
    method: str
    url: str
    headers: dict[str, list[str]]
    query: list[tuple[str, str]]
    topic: str | None
    named: str | None = None  # the topic that its digest was made with


class _EventHead(msgspec.Struct, array_like=True):
    delivery_id: str
    topic: str
    kind: EventKind
    resource_id: str | None
    occurred_at: datetime | None
    thin: bool


def pack_request(request: RawRequest, keep: frozenset[str], named: str | None = None) -> bytes:
    """A raw request as bytes to seal: only the headers in `keep`, and the body untouched. `named`: the topic of its digest."""
    headers = {name: list(values) for name, values in request.headers.items() if name in keep}
    head = _RequestHead(request.method, request.url, headers, list(request.query), request.topic, named)
    return _pack(msgspec.json.encode(head), request.body)


def unpack_request(packed: bytes) -> RawRequest:
    """The raw request that was packed."""
    raw, body = _unpack(packed)
    head = decoder(_RequestHead).decode(raw)
    headers = {name: tuple(values) for name, values in head.headers.items()}
    return RawRequest(head.method, head.url, headers, tuple(head.query), body, head.topic)


def pack_event(event: Event) -> bytes:
    """A pulled or imported event as bytes to seal."""
    head = _EventHead(event.delivery_id, event.topic, event.kind, event.resource_id, event.occurred_at, event.thin)
    return _pack(msgspec.json.encode(head), event.payload)


def unpack_event(packed: bytes) -> Event:
    """The event that was packed."""
    raw, payload = _unpack(packed)
    head = decoder(_EventHead).decode(raw)
    return Event(head.delivery_id, head.topic, head.kind, head.resource_id, head.occurred_at, head.thin, payload)


def digest_of(platform: str, account: str, topic: str | None, body: bytes) -> str:
    """The content's name: 32 hex digits over account, topic and raw bytes."""
    who, which, what = platform.encode(), account.encode(), (topic or "").encode()
    length = _LENGTH.pack
    head = b"".join((length(len(who)), who, length(len(which)), which, length(len(what)), what, length(len(body))))
    whole = hashlib.sha256(head)
    whole.update(body)
    return whole.hexdigest()[:32]


def require_genuine(envelope: Envelope, packed: bytes) -> None:
    """Whether opened bytes are those that the envelope's digest names, of its account. Permanent("digest-differs") when not.

    It takes the place of a signature when stored bytes come again: that was checked once, by a clock that has gone on.
    """
    raw, content = _unpack(packed)
    if envelope.form == "request":
        found = [digest_of(envelope.platform, envelope.account, decoder(_RequestHead).decode(raw).named, content)]
    else:
        topic = decoder(_EventHead).decode(raw).topic
        found = [digest_of(envelope.platform, envelope.account, topic, part) for part in (content, packed)]  # pulled, cut out
    if envelope.digest not in found:
        raise Permanent("digest-differs", "the stored bytes are not those that were received", connector=envelope.platform)


def to_text(sealed: bytes) -> str:
    """Sealed bytes as an envelope carries them."""
    return base64.b64encode(sealed).decode("ascii")


def carried(sealed: bytes, merchant: str, digest: str, put: Callable[[str, bytes], None]) -> tuple[str | None, str | None]:
    """How an envelope carries sealed bytes: (text, None) in itself, or (None, key) once `put` has them in the archive."""
    if len(sealed) * 4 // 3 <= CLAIM_CHECK_BYTES:
        return to_text(sealed), None
    claim = f"claims/{merchant}/{digest}"
    put(claim, sealed)
    return None, claim


def from_text(text: str) -> bytes:
    """Sealed bytes from an envelope."""
    return base64.b64decode(text)


def _pack(head: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(head)) + head + body


def _unpack(packed: bytes) -> tuple[bytes, bytes]:
    (length,) = struct.unpack_from(">I", packed)
    return packed[4 : 4 + length], packed[4 + length :]
