"""Sign-in links and sessions in the table: `m#H#signin` and `m#H#sessions`, by the hash of what the browser holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.adapters.table import Item, Table, binary, get_bytes, key, number, text
from chalicelib.ports_console import OpenSession, SignIn

IS_THERE = "attribute_exists(pk)"
TIDY_AT_ONCE = 100  # of each kind; whoever signs in next tidies on


class DynamoSessions:
    """SessionStore on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put_sign_in(self, merchant: str, sign_in: SignIn) -> None:
        """See the port."""
        item = {
            "kind": text("signin"),
            "who": binary(sign_in.who),
            "knock": text(sign_in.knock),
            "until": text(sign_in.until.isoformat()),
            "ttl": _gone_at(sign_in.until),
        }
        self._table.put(_links(merchant), sign_in.token, item)

    def sign_in(self, merchant: str, token: str) -> SignIn | None:
        """See the port."""
        item = self._table.get(_links(merchant), token)
        return None if item is None else SignIn(token, get_bytes(item, "who") or b"", item["knock"]["S"], _at(item, "until"))

    def use(self, merchant: str, token: str) -> bool:
        """See the port."""
        return self._table.delete(_links(merchant), token, IS_THERE)

    def put(self, merchant: str, session: OpenSession) -> None:
        """See the port."""
        self._table.put(_sessions(merchant), session.secret, _attributes(session))

    def touch(self, merchant: str, session: OpenSession) -> None:
        """See the port."""
        self._table.put(_sessions(merchant), session.secret, _attributes(session), condition=IS_THERE)

    def session(self, merchant: str, secret: str) -> OpenSession | None:
        """See the port."""
        item = self._table.get(_sessions(merchant), secret)
        return None if item is None else _session(item)

    def sessions(self, merchant: str) -> Sequence[OpenSession]:
        """See the port."""
        return [_session(item) for item in self._table.query(_sessions(merchant))]

    def revoke(self, merchant: str, secret: str) -> None:
        """See the port."""
        self._table.delete(_sessions(merchant), secret)

    def tidy(self, merchant: str, now: datetime) -> None:
        """See the port."""
        for place in (_links(merchant), _sessions(merchant)):
            for item in self._table.query(place, limit=TIDY_AT_ONCE):
                if _at(item, "until") < now:
                    self._table.delete(place, item["sk"]["S"])


def _links(merchant: str) -> str:
    return key(merchant, "H", "signin")


def _sessions(merchant: str) -> str:
    return key(merchant, "H", "sessions")


def _attributes(session: OpenSession) -> dict[str, Any]:
    return {
        "kind": text("session"),
        "who": binary(session.who),
        "made": text(session.made.isoformat()),
        "seen": text(session.seen.isoformat()),
        "until": text(session.until.isoformat()),
        "ttl": _gone_at(session.until),
    }


def _session(item: Item) -> OpenSession:
    return OpenSession(item["sk"]["S"], get_bytes(item, "who") or b"", _at(item, "made"), _at(item, "seen"), _at(item, "until"))


def _gone_at(until: datetime) -> Any:
    """When DynamoDB may take the item away by itself, seconds since 1970; it may be days late, so that `until` decides."""
    return number(int(until.timestamp()))


def _at(item: Item, name: str) -> datetime:
    return datetime.fromisoformat(item[name]["S"])
