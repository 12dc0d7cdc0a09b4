"""Single values as 1688 writes them: yuan as JSON numbers beside cents, times with an offset at their end, decimal quantities."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from chalicelib.contract import Account
from chalicelib.errors import ConfigError
from chalicelib.toolkit import beijing
from chalicelib.toolkit.floats import raw_money_in_floats
from chalicelib.toolkit.loose import NOTHING, Id, Odd, Reader, ident

KEY = "alibaba1688"
READ = Reader(KEY)
CURRENCIES = {"": "CNY", "RMB": "CNY"}
_STAMP = re.compile(r"([0-9]{14})([0-9]{3})?([+-])([0-9]{2})([0-9]{2})", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
yuan = raw_money_in_floats("CNY")


@lru_cache(maxsize=4096)
def instant(value: str | None) -> datetime | None:
    """`yyyyMMddHHmmssSSS+0800`, the milliseconds optional, as UTC. ValueError on anything else."""
    if value is None or value in NOTHING:
        return None
    found = _STAMP.fullmatch(value)
    if found is None:
        raise ValueError("expected a time with an offset")
    try:
        at = datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)  # the offset is taken off below
        offset = timedelta(hours=int(found[4]), minutes=int(found[5]))
        moved = at + timedelta(milliseconds=int(found[2] or 0)) - (offset if found[3] == "+" else -offset)
    except (ValueError, OverflowError):
        raise ValueError("expected a time with an offset") from None
    if not 1990 <= moved.year < 2200 or offset > timedelta(hours=14):
        raise ValueError("a time out of range")
    return moved


def moment(value: str | None, name: str) -> datetime | None:
    """As `instant`, but what cannot be read is Odd under the name given with it."""
    try:
        return instant(value)
    except ValueError as error:
        raise Odd(str(error), name) from None


def local(value: str | None, name: str) -> datetime | None:
    """A local time of China, which may hold stray blanks: `2024-08-09 19: 34: 27`."""
    return beijing.moment(value.replace(": ", ":").strip() if value else value, name)


def stamp(at: datetime) -> str:
    """An instant as a parameter wants it."""
    here = at.astimezone(timezone(timedelta(hours=8)))
    return here.strftime("%Y%m%d%H%M%S") + f"{here.microsecond // 1000:03d}+0800"


def quantity(value: Any) -> int | Decimal:
    """A quantity, which need not be a whole number. ValueError on what is none."""
    if type(value) is int and 0 <= value < 10**9:
        return value
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, Decimal) and value.is_finite() and 0 <= value < 10**9:
        try:
            whole = value.to_integral_value()
        except InvalidOperation:
            raise ValueError("expected a quantity") from None
        return int(whole) if whole == value else value
    raise ValueError("expected a quantity")


def digits(value: Id) -> str | None:
    """An id of an order: digits only, None otherwise."""
    found = ident(value)
    return found if found and found.isascii() and found.isdigit() and len(found) < 21 else None


def is_buyer(account: Account) -> bool:
    """Whether the account buys on 1688 (option `view`). ConfigError on a view that is none."""
    view = account.options.get("view", "seller")
    if view not in ("seller", "buyer"):
        raise ConfigError("option-malformed", "the option view must be seller or buyer", connector=KEY)
    return view == "buyer"
