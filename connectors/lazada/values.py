"""Single values as Lazada writes them, and the shop's country."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from chalicelib.contract import Account
from chalicelib.errors import ConfigError
from chalicelib.toolkit.clocks import in_utc
from chalicelib.toolkit.loose import NOTHING, Odd, Reader
from connectors.lazada import status

KEY = "lazada"
READ = Reader(KEY)


@lru_cache(maxsize=1024)
def instant(value: str | None) -> datetime | None:
    """A time with its offset, in either spelling (`...T22:44:30+08:00`, `... 19:12:15 +0800`), as UTC. ValueError otherwise."""
    if value is None or value in NOTHING:
        return None
    try:
        at = datetime.fromisoformat(value[:19] + value[20:] if value[19:20] == " " else value)
        if at.tzinfo is not None:
            return in_utc(at)
    except ValueError:
        pass  # refused below
    raise ValueError("expected a time with an offset")


def moment(value: str | None, name: str) -> datetime | None:
    """As `instant`, but what cannot be read is Odd under the name given with it."""
    try:
        return instant(value)
    except ValueError as error:
        raise Odd(str(error), name) from None


def country_of(account: Account) -> str:
    """The shop's country code, from its options. ConfigError when it is none of the six."""
    country = account.options.get("country", "").lower()
    if country not in status.HOSTS:
        raise ConfigError("option-missing", "the option country must be one of " + ", ".join(sorted(status.HOSTS)), connector=KEY)
    return country
