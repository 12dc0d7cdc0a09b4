"""Single values as Ele.me writes them: yuan as JSON numbers, negative where they lower a price; local times of China."""

from __future__ import annotations

from chalicelib.contract import Account
from chalicelib.errors import ConfigError
from chalicelib.toolkit.floats import raw_money_in_floats
from chalicelib.toolkit.loose import Id, Reader, ident

KEY = "eleme"
READ = Reader(KEY)
CURRENCY = "CNY"
yuan = raw_money_in_floats(CURRENCY)


def digits(value: Id) -> str | None:
    """An id that is a number: digits only, None otherwise."""
    found = ident(value)
    return found if found and found.isascii() and found.isdigit() and len(found) < 21 else None


def shop_of(account: Account) -> int:
    """The shop's number, from its options. ConfigError when it has none."""
    found = digits(account.options.get("shop_id"))
    if found is None:
        raise ConfigError("option-missing", "the option shop_id is not configured", connector=KEY)
    return int(found)


def minutes_of(account: Account) -> int:
    """How long the shop has to accept an order (option `confirm_minutes`); 0, no alarm, where it is not set."""
    told = account.options.get("confirm_minutes", "0")
    if not (told.isascii() and told.isdigit() and len(told) < 4):
        raise ConfigError("option-malformed", "the option confirm_minutes is a number of minutes", connector=KEY)
    return int(told)
