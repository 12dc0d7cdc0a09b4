"""Birthdays as a file tells them. Pure; the year is dropped while a line is read, and an error never repeats what a line says."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from chalicelib.domain.identity import is_guest

COLUMNS = ("platform", "account", "buyer_id", "birthday")
LEAP_YEAR = 2000  # in which every birthday is a day
_DAY = re.compile(r"(?:(?P<year>[0-9]{4})-)?(?P<month>[0-9]{2})-(?P<day>[0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class Birthday:
    """A buyer as their platform names them, and `MM-DD`; None: it is taken back. Its repr shows nothing of them."""

    platform: str
    account: str
    buyer_id: str
    day: str | None


def parse_birthdays(text: str) -> dict[int, Birthday]:
    """Birthdays by the number of their line, of CSV: platform,account,buyer_id,birthday. A first line of these words is none.

    A birthday is MM-DD or YYYY-MM-DD, or empty. ValueError names the first line that cannot be read, or contradicts one before.
    """
    found: dict[int, Birthday] = {}
    lines: dict[tuple[str, str, str], int] = {}
    for line, parts in _lines(text):
        told = _birthday(line, parts)
        buyer = (told.platform, told.account, told.buyer_id)
        known = lines.setdefault(buyer, line)
        if known == line:
            found[line] = told
        elif found[known].day != told.day:
            raise ValueError(f"line {line}: the same buyer as line {known} with another birthday")
    if not found:
        raise ValueError("no birthday in it")
    return found


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text.removeprefix("\ufeff").splitlines())
    for line, parts in enumerate(reader, start=1):
        told = [part.strip() for part in parts]
        if any(told) and not (line == 1 and tuple(part.lower() for part in told) == COLUMNS):
            yield line, told


def _birthday(line: int, parts: list[str]) -> Birthday:
    if len(parts) != len(COLUMNS):
        raise ValueError(f"line {line}: four columns, {','.join(COLUMNS)}")
    platform, account, buyer_id, told = parts
    if not platform or not account:
        raise ValueError(f"line {line}: no platform or no account")
    if is_guest(buyer_id or None):
        raise ValueError(f"line {line}: no buyer, or a guest's number, which is nobody's")
    return Birthday(platform, account, buyer_id, _day(line, told) if told else None)


def _day(line: int, told: str) -> str:
    fit = _DAY.fullmatch(told)
    try:
        if fit is None:
            raise ValueError
        year = int(fit["year"]) if fit["year"] else LEAP_YEAR
        return f"{date(year, int(fit['month']), int(fit['day'])):%m-%d}"
    except ValueError:
        raise ValueError(f"line {line}: its birthday is no day: MM-DD or YYYY-MM-DD") from None
