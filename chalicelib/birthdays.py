"""Birthdays: read from a file, and kept under a keyed hash of month and day. Used by occasions and the command line.

The year is dropped while a line is read, and no error repeats what a line says.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date

from chalicelib.domain.identity import is_guest
from chalicelib.errors import Rejected, Retriable
from chalicelib.ports import Calendar, Vault

BIRTHDAY = "birthday"
TRIES = 5
COLUMNS = ("platform", "account", "buyer_id", "birthday")
LEAP_YEAR = 2000  # in which every birthday is a day
_DAY = re.compile(r"(?:(?P<year>[0-9]{4})-)?(?P<month>[0-9]{2})-(?P<day>[0-9]{2})", re.ASCII)


class Birthdays:
    """A buyer has one at most. Who has which is told by nobody: a day is looked up, never read back."""

    def __init__(self, calendar: Calendar, vault: Vault) -> None:
        self._calendar = calendar
        self._vault = vault

    def keep(self, merchant: str, buyer: str, day: str | None) -> None:
        """Keep a buyer's birthday, `MM-DD`, in the place of another; None takes it back. Retriable when others keep doing so."""
        hashed = self._vault.lookup(merchant, BIRTHDAY, day) if day else None
        for _ in range(TRIES):
            if self._calendar.move(merchant, BIRTHDAY, hashed, buyer):
                return
        raise Retriable("birthday-contended", f"{TRIES} writers were faster")


@dataclass(frozen=True, slots=True, repr=False)
class Birthday:
    """A buyer as their platform names them, and `MM-DD`; None: it is taken back. Its repr shows nothing of them."""

    platform: str
    account: str
    buyer_id: str
    day: str | None


def parse_birthdays(text: str) -> dict[int, Birthday]:
    """Birthdays by the number of their line, of CSV: platform,account,buyer_id,birthday. A first line of these words is none.

    A birthday is MM-DD or YYYY-MM-DD, or empty. Rejected names the first line that cannot be read, or contradicts one before.
    """
    found: dict[int, Birthday] = {}
    lines: dict[tuple[str, str, str], int] = {}
    for line, parts in enumerate(_rows(text), start=1):
        if not any(parts) or (line == 1 and tuple(part.lower() for part in parts) == COLUMNS):
            continue
        told = _birthday(line, parts)
        buyer = (told.platform, told.account, told.buyer_id)
        known = lines.setdefault(buyer, line)
        if known == line:
            found[line] = told
        elif found[known].day != told.day:
            raise refused(f"line {line}: the same buyer as line {known} with another birthday")
    if not found:
        raise refused("no birthday in it")
    return found


def _rows(text: str) -> list[list[str]]:
    try:
        return [[part.strip() for part in parts] for parts in csv.reader(text.removeprefix("\ufeff").splitlines())]
    except csv.Error:  # a field of more than 128 KB
        raise refused("a line is no CSV") from None


def _birthday(line: int, parts: list[str]) -> Birthday:
    if len(parts) != len(COLUMNS):
        raise refused(f"line {line}: four columns, {','.join(COLUMNS)}")
    platform, account, buyer_id, told = parts
    if not platform or not account:
        raise refused(f"line {line}: no platform or no account")
    if is_guest(buyer_id or None):
        raise refused(f"line {line}: no buyer, or a guest's number, which is nobody's")
    return Birthday(platform, account, buyer_id, _day(line, told) if told else None)


def _day(line: int, told: str) -> str:
    fit = _DAY.fullmatch(told)
    try:
        if fit is None:
            raise ValueError
        year = int(fit["year"]) if fit["year"] else LEAP_YEAR
        return f"{date(year, int(fit['month']), int(fit['day'])):%m-%d}"
    except ValueError:
        raise refused(f"line {line}: its birthday is no day: MM-DD or YYYY-MM-DD") from None


def refused(why: str) -> Rejected:
    """The file is not taken."""
    return Rejected("birthdays-refused", why, status=400)
