"""Names and readers that every part of the connector shares.

Orders and the list of refunds tell yuan, the detail of a refund and messages fen. Three units of time: the gateway's seconds, the
messages' milliseconds, local times of China in orders.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import msgspec

from chalicelib.toolkit.amounts import minor_units
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Id, Odd, Reader, epoch, exact_in, ident, number

KEY = "pinduoduo"
READ = Reader(KEY)
CURRENCY = "CNY"
_exact = exact_in(CURRENCY)
_NOTHING = frozenset({"null", "true", "false"})
_NUMBER = re.compile(r"[0-9A-Za-z-]{1,40}", re.ASCII)


def order_sn(value: Id) -> str | None:
    """An order's number; None for what is none."""
    found = ident(value)
    return found if found and _NUMBER.fullmatch(found) else None


def when(value: Id, name: str) -> datetime | None:
    """A local time of China as text, or Unix seconds or milliseconds. Odd on anything else."""
    if isinstance(value, str) and not value.isdigit():
        return moment(value, name)
    return epoch(value, name)


@lru_cache(maxsize=4096)
def _yuan(raw: bytes) -> int | None:
    """Most amounts repeat: each is read once."""
    text = raw.decode("utf-8", "replace")
    if text[:1] == '"':
        text = text[1:-1]
    elif text not in _NOTHING and ("e" in text or "E" in text):
        return minor_units(Decimal(text), CURRENCY)  # a number by its exponent
    return _exact(text)


def yuan(value: msgspec.Raw) -> int | None:
    """An amount in yuan, number or text, as fen; None for nothing. ValueError on anything else."""
    try:
        return _yuan(bytes(value))
    except InvalidOperation:
        raise ValueError("not an amount") from None


def yuan_at(value: msgspec.Raw, name: str) -> int | None:
    """As `yuan`, but what cannot be read is Odd under the name given with it."""
    try:
        return yuan(value)
    except ValueError as error:
        raise Odd(str(error), name) from None


def fen(value: msgspec.Raw, name: str) -> int | None:
    """An amount in whole fen. Odd on anything else: yuan with a point in a place for fen are no fen."""
    text = bytes(value).decode("utf-8", "replace")
    return number(text[1:-1] if text[:1] == '"' else text, name)
