"""Deliveries through Amazon EventBridge: the webhook's body under `detail.payload`, its headers under `detail.metadata`.

Nothing is signed: the partner event source, which only Shopify writes to, is the proof. Shape: shopify.dev, "Amazon EventBridge
webhook delivery".
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from chalicelib.contract import RawRequest
from chalicelib.errors import Permanent
from chalicelib.toolkit.decode import decoder, read
from connectors.shopify.headers import KEY, NEW, OLD, short_name

SOURCE = "aws.partner/shopify.com/"


class _Detail(msgspec.Struct):
    payload: msgspec.Raw
    metadata: dict[str, msgspec.Raw]


class _Record(msgspec.Struct):
    source: str
    detail: _Detail


def unwrapped(request: RawRequest, delivery_id: str | None = None) -> RawRequest:
    """The webhook in a record of the bus, as if it had come over HTTP. Permanent with the path on anything else."""
    record = read(decoder(_Record), request.body, connector=KEY, delivery_id=delivery_id)
    if not record.source.startswith(SOURCE):
        raise Permanent("payload-malformed", "not of Shopify's source", connector=KEY, path="$.source", delivery_id=delivery_id)
    headers = {name.lower(): (text,) for name, raw in record.detail.metadata.items() if (text := _text(raw)) is not None}
    return replace(request, headers=headers, body=bytes(record.detail.payload))


def record_shop(body: bytes) -> str:
    """The shop's name in a record, without `.myshopify.com`. Permanent when it names none."""
    request = unwrapped(RawRequest("POST", "", {}, (), body))
    told = request.headers.get(f"{OLD}shop-domain") or request.headers.get(f"{NEW}shop-domain")
    name = short_name(told[0]) if told else ""
    if not name:
        raise Permanent("payload-malformed", "names no shop", connector=KEY, path="$.detail.metadata")
    return name


def _text(raw: msgspec.Raw) -> str | None:
    """A header's text; a number or boolean as it is written, anything else is no header."""
    written = bytes(raw)
    if written[:1] == b'"':
        # Decoded here for the first time: until now nobody looked whether it is UTF-8.
        return read(decoder(str), written, connector=KEY)
    return None if written[:1] in (b"{", b"[", b"n") else written.decode()
