"""Single values as Douyin writes them: numbers as text, text in a second pair of quotes, 0 for "not yet"."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from chalicelib.toolkit.clocks import from_seconds
from chalicelib.toolkit.loose import Odd, Reader
from connectors.douyin.payloads import Number

KEY = "douyin"
READ = Reader(KEY)
decode, malformed = READ.decode, READ.malformed
CURRENCY = "CNY"  # every amount is in fen, whole numbers
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_DIGITS = 19
_WRAPPED = frozenset('" \t\n\r')  # what may have to come off an id or a word
_LIMIT = 10**18
_EARLY, _LATE = 631_152_000, 7_258_118_400  # 1990 and 2200, between which a time needs no second look


def text(value: Number) -> str | None:
    """An id or a word: quotes of the second pair taken off, None for nothing."""
    if isinstance(value, str) and value.isalnum():
        return value  # what nearly every id is
    if value is None:
        return None
    if isinstance(value, int):
        return str(value)
    if value[:1] in _WRAPPED or value[-1:] in _WRAPPED:
        value = value.strip().strip('"')
    return value or None


def ident(value: Number) -> str | None:
    """An id that may be written as 0 where there is none."""
    found = text(value)
    return None if found == "0" else found


def number(value: Number, name: str) -> int | None:
    """An integer; None for nothing. Odd on anything else."""
    if value is None:
        return None
    if isinstance(value, int):
        if -_LIMIT < value < _LIMIT:
            return value
        raise Odd("a number out of range", name)
    if value.isdigit() and len(value) < _DIGITS and value.isascii():
        return int(value)  # what nearly every number is
    digits = value.strip().strip('"')
    if not digits:
        return None
    if not _WHOLE.fullmatch(digits):
        raise Odd("expected an integer", name)
    return int(digits)


def instant(value: Number, name: str) -> datetime | None:
    """Unix seconds as UTC; 0 and nothing are None. Odd on anything else."""
    if value is None or value == "0":
        return None
    seconds = number(value, name)
    if not seconds:
        return None
    if _EARLY <= seconds < _LATE:
        return datetime.fromtimestamp(seconds, UTC)
    try:
        return from_seconds(seconds)
    except ValueError as error:
        raise Odd(str(error), name) from None


def whole(value: Number, path: str, delivery_id: str | None) -> int | None:
    """The integer at a whole path. Permanent with that path on anything else."""
    try:
        return number(value, path)
    except Odd as odd:
        raise malformed(odd.detail, path, delivery_id) from None


def moment(value: Number, path: str, delivery_id: str | None) -> datetime | None:
    """The time at a whole path. Permanent with that path on anything else."""
    try:
        return instant(value, path)
    except Odd as odd:
        raise malformed(odd.detail, path, delivery_id) from None
