"""`[console]` of `huitou.toml`: who may sign in, and as whom."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chalicelib.config_table import ConfigTable
from chalicelib.domain.seats import ROLES, Seat
from chalicelib.errors import ConfigError

LOCALES = ("en", "zh-CN")
_ADDRESS = re.compile(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]{1,190}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ConsoleTerms:
    """The console. `sender`: from whom the mails with sign-in links come; None: as digests. Without people nobody gets in."""

    people: tuple[Seat, ...] = ()
    sender: str | None = None

    def seat(self, address: str) -> Seat | None:
        """The seat of an address in any spelling, None when it is not listed."""
        low = address.strip().lower()
        return next((seat for seat in self.people if seat.address == low), None)


def console_terms_of(table: ConfigTable) -> ConsoleTerms:
    """Read `[console]`. ConfigError on an address that is none, and on one given twice."""
    terms = ConsoleTerms(people=tuple(_seat(entry) for entry in table.tables("people")), sender=table.text("sender", None))
    table.done()
    if len({seat.address for seat in terms.people}) != len(terms.people):
        raise ConfigError("config-invalid", "a person is given twice", path=table.path("people"))
    return terms


def _seat(table: ConfigTable) -> Seat:
    address = table.match("address", _ADDRESS).lower()
    role = table.choice("role", tuple(ROLES), "viewer")
    locale = table.choice("locale", LOCALES, "en") if table.has("locale") else None
    seat = Seat(address, role, locale)
    table.done()
    return seat
