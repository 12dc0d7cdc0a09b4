"""What every module of the connector shares."""

from __future__ import annotations

import re

from chalicelib.contract import Account
from chalicelib.errors import ConfigError
from chalicelib.toolkit.loose import Reader

KEY = "wechat"
READ = Reader(KEY)
CURRENCY = "CNY"
STORE, MINI_PROGRAM, OFFICIAL = "store", "miniprogram", "official"
APPS = frozenset({STORE, MINI_PROGRAM, OFFICIAL})
_OPENID = re.compile(r"[A-Za-z0-9_-]{6,64}", re.ASCII)


def openid(value: str | None) -> str | None:
    """Who a person is to one appid; None where it is none."""
    return value if value and _OPENID.fullmatch(value) else None


def apps(account: Account) -> frozenset[str]:
    """What the appid is: the option `app`, a store unless it says otherwise; `store,miniprogram` where it is both."""
    found = frozenset(part.strip() for part in account.options.get("app", STORE).split(","))
    if not found <= APPS:
        raise ConfigError("option-malformed", "the option app must be of store, miniprogram and official", connector=KEY)
    return found
