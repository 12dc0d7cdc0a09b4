"""Keys that platforms sign their pushes with, fetched by id, kept in the table and in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.adapters.table import Table, get_text, key, text
from chalicelib.adapters.throttle import Throttle
from chalicelib.contract import Account, Rate
from chalicelib.errors import Rejected
from chalicelib.ports import Clock

KEPT = timedelta(hours=1)  # eBay asks that a key be kept, and that it be renewed at times
UNKNOWN_KEPT = timedelta(minutes=10)
MOST = 256
# A forger may name a new id with each request. What that costs the platform is bounded, and with it what it costs us.
FETCHES = Rate("public-keys", every=6.0, burst=10)


class PublicKeys:
    """KeySource on DynamoDB."""

    def __init__(self, table: Table, clock: Clock, pause: Callable[[float], None]) -> None:
        self._table = table
        self._clock = clock
        self._pause = pause
        self._kept: dict[tuple[str, str, str], tuple[datetime, str | None]] = {}

    def get(self, account: Account, key_id: str, fetch: Callable[[], str]) -> str:
        """See the port."""
        now, index = self._clock.now(), (account.merchant, account.platform, key_id)
        until, pem = self._kept.get(index, (now, None))
        if until <= now:
            until, pem = self._look(account, key_id, fetch, now)
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[index] = (until, pem)
        if pem is None:
            raise Rejected("key-unknown", "the platform knows no such key", connector=account.platform)
        return pem

    def _look(self, account: Account, key_id: str, fetch: Callable[[], str], now: datetime) -> tuple[datetime, str | None]:
        place = key(account.merchant, "Y", account.platform)
        item = self._table.get(place, key_id)
        if item:
            until = datetime.fromisoformat(get_text(item, "until") or "")
            if until > now:
                return until, get_text(item, "pem")
        Throttle(self._table, self._clock, account, self._pause).take(FETCHES)
        try:
            pem = fetch()
        except Rejected:  # kept in memory alone: an invented id must not cost an item
            return now + UNKNOWN_KEPT, None
        until = now + KEPT
        self._table.put(place, key_id, {"kind": text("public-key"), "pem": text(pem), "until": text(until.isoformat())})
        return until, pem
