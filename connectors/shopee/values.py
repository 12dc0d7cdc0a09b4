"""Single values as Shopee writes them: JSON numbers in major units, Unix seconds, ids beyond 2^53."""

from __future__ import annotations

from chalicelib.contract import Account, Secrets
from chalicelib.errors import ConfigError
from chalicelib.toolkit.loose import Reader, ident
from chalicelib.toolkit.texts import digits
from connectors.shopee import status

KEY = "shopee"
READ = Reader(KEY)


def serial(value: int | str | None) -> str | None:
    """A serial number of an order, return or parcel, as it may stand in a query: letters and digits, None otherwise."""
    found = ident(value)
    return found if found and found.isascii() and found.isalnum() and len(found) < 65 else None


def shop_of(account: Account, secrets: Secrets | None = None) -> str | None:
    """The shop's number: the option `shop_id`, else the secret of that name."""
    found = account.options.get("shop_id") or ((secrets.values.get("shop_id") or (None,))[0] if secrets else None)
    return digits(found)


def region_of(account: Account) -> status.Region:
    """Currency and zone of the shop's market. ConfigError when the option `region` is none that is known."""
    found = status.REGIONS.get(account.options.get("region", "").upper())
    if found is None:
        raise ConfigError("option-missing", "the option region must be one of " + ", ".join(sorted(status.REGIONS)), connector=KEY)
    return found
