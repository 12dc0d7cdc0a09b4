"""Probes: signed requests to our own webhook, verified as any push is and then let go. Used by receive and by the check.

What tells a probe is a header with a keyed hash over account, minute and body: only who holds the merchant's key can make one, it
is good for this body alone and for some minutes, and a push that carries it can therefore only be one that we made ourselves.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.contract import Account, RawRequest

if TYPE_CHECKING:  # a push waits for this: it needs no port to be loaded
    from chalicelib.ports import Vault

HEADER = "x-huitou-probe"
KIND = "probe"
LIFE = timedelta(minutes=5)


def marked(vault: Vault, account: Account, request: RawRequest, now: datetime) -> RawRequest:
    """The request, marked as a probe of ours."""
    return replace(request, headers={**request.headers, HEADER: (_mark(vault, account, request.body, _minute(now)),)})


def is_probe(vault: Vault, account: Account, request: RawRequest, now: datetime) -> bool:
    """Whether a request carries a mark that we made for this account and body within the last minutes."""
    given = request.headers.get(HEADER, ())
    if len(given) != 1:
        return False
    minutes = range(_minute(now - LIFE), _minute(now + timedelta(minutes=1)) + 1)
    made = [_mark(vault, account, request.body, minute) for minute in minutes]
    return True in [hmac.compare_digest(each.encode(), given[0].encode("utf-8", "replace")) for each in made]  # all are compared


def _mark(vault: Vault, account: Account, body: bytes, minute: int) -> str:
    told = f"{account.platform}\x1f{account.account}\x1f{minute}\x1f{hashlib.sha256(body).hexdigest()}"
    return vault.lookup(account.merchant, KIND, told)


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // 60
