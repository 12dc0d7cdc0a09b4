"""Canonical objects as JSON and back: the one spelling that the command line, the console and files use."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import structs

from chalicelib.domain.order import Order, Refund
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import rfc3339
from chalicelib.toolkit.decode import decoder, read


def to_plain(value: Any) -> Any:
    """A canonical dataclass as dicts, lists and scalars, in the order of definition; times as RFC 3339 in UTC, days as ISO 8601."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if names := _names(value):
        return {name: to_plain(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    return value


def to_json(value: Any) -> bytes:
    """The JSON of a canonical dataclass, compact UTF-8: null for None, `Z` times, milliseconds only where there are any."""
    return msgspec.json.encode(to_plain(value))


def order_from_json(payload: bytes, *, connector: str, delivery_id: str | None = None) -> Order:
    """Read what `to_json` wrote, times into UTC. Unknown fields are ignored.

    Types are checked (no float for an amount, no time without offset): Permanent("payload-malformed") with the path.
    Meanings are not checked: an unknown status or currency passes.
    """
    order: Order = _strict(read(_orders(), payload, connector=connector, delivery_id=delivery_id), "$", connector, delivery_id)
    return order


def refund_from_json(payload: bytes, *, connector: str, delivery_id: str | None = None) -> Refund:
    """Read what `to_json` wrote of a refund; as order_from_json."""
    refund: Refund = _strict(read(_refunds(), payload, connector=connector, delivery_id=delivery_id), "$", connector, delivery_id)
    return refund


def _strict(value: Any, path: str, connector: str, delivery_id: str | None) -> Any:
    """The same object with its times in UTC; refuses a naive time by its path."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise Permanent(
                "payload-malformed", "a time without an offset", connector=connector, path=path, delivery_id=delivery_id
            )
        return value.astimezone(UTC)
    if isinstance(value, tuple):
        return tuple(_strict(item, f"{path}[{index}]", connector, delivery_id) for index, item in enumerate(value))
    if names := _names(value):
        given = {name: getattr(value, name) for name in names}
        kept = {name: _strict(item, f"{path}.{name}", connector, delivery_id) for name, item in given.items()}
        changed = {name: item for name, item in kept.items() if item is not given[name]}
        if not changed:
            return value
        return structs.replace(value, **changed) if isinstance(value, msgspec.Struct) else replace(value, **changed)
    return value


def _names(value: Any) -> tuple[str, ...]:
    """The fields of a canonical object, in their order; none of anything else."""
    if isinstance(value, msgspec.Struct):
        return value.__struct_fields__
    return tuple(each.name for each in fields(value)) if is_dataclass(value) and not isinstance(value, type) else ()


@cache
def _orders() -> msgspec.json.Decoder[Order]:
    return decoder(Order)


@cache
def _refunds() -> msgspec.json.Decoder[Refund]:
    return decoder(Refund)
