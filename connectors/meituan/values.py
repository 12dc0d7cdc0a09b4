"""Single values as Meituan writes them: yuan as text or numbers, fen in fields of their own, days of China."""

from __future__ import annotations

from datetime import datetime

from chalicelib.contract import Account
from chalicelib.errors import ConfigError
from chalicelib.toolkit import beijing
from chalicelib.toolkit.floats import raw_money_in_floats
from chalicelib.toolkit.loose import Id, Reader, ident

KEY = "meituan"
READ = Reader(KEY)
CURRENCY = "CNY"
yuan = raw_money_in_floats(CURRENCY)


def day(value: str | None, name: str) -> datetime | None:
    """A day of China, as its first instant: the platform tells no more."""
    text = (value or "").strip()
    return beijing.moment(f"{text} 00:00:00" if len(text) == 10 else text, name)


def digits(value: Id) -> str | None:
    """An id that is a number: digits only, None otherwise."""
    found = ident(value)
    return found if found and found.isascii() and found.isdigit() and len(found) < 21 else None


def poi_of(account: Account) -> str:
    """The shop's code, from its options. ConfigError when it has none."""
    poi = account.options.get("app_poi_code")
    if not poi:
        raise ConfigError("option-missing", "the option app_poi_code is not configured", connector=KEY)
    return poi


def minutes_of(account: Account) -> int:
    """How long the shop has to confirm an order (option `confirm_minutes`, 5 where it is not set; 0: no alarm)."""
    told = account.options.get("confirm_minutes", "5")
    if not (told.isascii() and told.isdigit() and len(told) < 4):
        raise ConfigError("option-malformed", "the option confirm_minutes is a number of minutes", connector=KEY)
    return int(told)
