"""The account's token in the table: refreshed by one worker at a time, stored with its single-use successor in one write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.adapters.table import Item, Table, Value, binary, get_bytes, get_int, get_text, key, number, opt, text
from chalicelib.contract import Account, Secrets, Token
from chalicelib.domain.health import TokenState
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.ports import Clock, Counters, Vault
from chalicelib.toolkit.decode import decoder
from chalicelib.toolkit.signing import same

LEASE = timedelta(seconds=45)
EARLY = timedelta(minutes=5)
PAUSE = 3600  # seconds until work of an account whose authorisation was revoked is looked at again
_FREE = "attribute_not_exists(lease) OR lease < :now"
_MINE = "lease = :lease"
# A shop that was authorised anew has a token that a worker, busy renewing the last one, must not overwrite.
_NO_CONSENT = "attribute_not_exists(consent)"
_SAME_CONSENT = "consent = :consent"
_NOT_KNOWN = "attribute_not_exists(revoked) OR revoked <> :given"


class _Stored(msgspec.Struct, array_like=True):
    access_token: str
    expires_at: float | None
    refresh_token: str | None


class TokenStore:
    """Tokens in the table, sealed. A lease lets one worker refresh; a single-use refresh token goes in with its access token.

    Where the platform says that the authorisation is revoked, the account is paused: that is counted once, and its work waits
    until other secrets are configured.
    """

    def __init__(self, table: Table, vault: Vault, account: Account, secrets: Secrets, *, clock: Clock, counters: Counters) -> None:
        self._table = table
        self._vault = vault
        self._clock = clock
        self._counters = counters
        self._account = account
        self._secrets = secrets
        self._pk, self._subject = place_of(account)

    def get(self, refresh: Callable[[Token | None], Token]) -> str:
        """See the contract."""
        stored, refused, revoked = self._read()
        now = self._clock.now()
        if stored and not refused and (stored.expires_at is None or stored.expires_at - now > EARLY):
            return stored.access_token
        if revoked is not None and revoked == self._given():
            raise _paused()
        lease = int(now.timestamp() * 1000) + int(LEASE.total_seconds() * 1000)
        values = {":now": number(int(now.timestamp() * 1000)), ":lease": number(lease), ":kind": text("token")}
        if not self._table.update(self._pk, "token", "SET lease = :lease, kind = :kind", values=values, condition=_FREE):
            if stored and not refused and (stored.expires_at is None or stored.expires_at > now):
                return stored.access_token
            raise Retriable("token-refreshing", "another worker refreshes the token", after=3)
        return self._refresh(refresh, lease)

    def expire(self, access_token: str) -> None:
        """See the contract."""
        stored, _, _ = self._read()
        if stored and same(stored.access_token.encode(), access_token.encode()):  # only the refused one, not its successor
            self._table.update(self._pk, "token", "SET refused = :one", values={":one": number(1)})

    def _refresh(self, refresh: Callable[[Token | None], Token], lease: int) -> str:
        held = self._table.get(self._pk, "token")
        stored, refused, _ = self._told(held)
        now = self._clock.now()
        if stored and not refused and (stored.expires_at is None or stored.expires_at - now > EARLY):
            self._release(lease)  # somebody else finished between our look and our lease
            return stored.access_token
        try:
            token = refresh(stored)
        except Permanent as error:
            self._release(lease)
            if error.reason != "token-revoked":
                raise
            self._pause()
            raise _paused() from None
        except (Retriable, ConfigError):
            self._release(lease)
            raise
        consent = get_int(held, "consent") if held else 0
        item = token_item(self._vault, self._account.merchant, self._subject, token)
        condition, given = (_SAME_CONSENT, {":consent": number(consent)}) if consent else (_NO_CONSENT, None)
        item |= opt(consent=number(consent) if consent else None)
        if not self._table.put(self._pk, "token", item, condition=condition, values=given):
            raise Retriable("token-refreshing", "the shop was authorised anew meanwhile", after=1)
        return token.access_token

    def _pause(self) -> None:
        """Remember under which secrets it was revoked; the first to do so raises the alarm."""
        given = {":given": text(self._given())}
        if self._table.update(self._pk, "token", "SET revoked = :given", values=given, condition=_NOT_KNOWN):
            self._counters.count("account_paused", platform=self._account.platform)

    def _given(self) -> str:
        """What the configured secrets are, without telling them: new ones end the pause."""
        told = msgspec.json.encode(sorted((name, list(values)) for name, values in self._secrets.values.items()))
        return self._vault.lookup(self._account.merchant, "secrets", told.decode())

    def _release(self, lease: int) -> None:
        self._table.update(self._pk, "token", "REMOVE lease", condition=_MINE, values={":lease": number(lease)})

    def _read(self) -> tuple[Token | None, bool, str | None]:
        """The token, whether it was refused, and under which secrets the authorisation was revoked."""
        return self._told(self._table.get(self._pk, "token"))

    def _told(self, item: Item | None) -> tuple[Token | None, bool, str | None]:
        sealed = get_bytes(item, "doc") if item else None
        revoked = get_text(item, "revoked") if item else None
        if item is None or sealed is None:
            return None, False, revoked
        return decoded(self._vault.open(self._account.merchant, self._subject, sealed)), bool(get_int(item, "refused")), revoked


class TokenStates:
    """What stands beside the sealed tokens, for whoever asks how accounts are: nothing is opened."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, merchant: str, shops: tuple[tuple[str, str], ...]) -> dict[tuple[str, str], TokenState]:
        """By platform and account; an account without a token is left out. One call for a hundred accounts."""
        places = {(key(merchant, "T", platform, account), "token"): (platform, account) for platform, account in shops}
        found = {}
        for place, item in self._table.get_many(list(places)).items():
            until = get_text(item, "until")
            found[places[place]] = TokenState(datetime.fromisoformat(until) if until else None, "revoked" in item)
        return found


def _paused() -> Retriable:
    return Retriable("account-paused", "the platform revoked the authorisation: authorise the shop again", after=PAUSE)


def place_of(account: Account) -> tuple[str, str]:
    """Where an account's token lies, and the subject under whose key it is sealed."""
    return key(account.merchant, "T", account.platform, account.account), f"token-{account.platform}-{account.account}"


def token_item(vault: Vault, merchant: str, subject: str, token: Token) -> dict[str, Value]:
    """The attributes of a token that holds."""
    raw = _Stored(token.access_token, token.expires_at.timestamp() if token.expires_at else None, token.refresh_token)
    until = text(token.expires_at.isoformat()) if token.expires_at else None
    sealed = vault.seal(merchant, subject, msgspec.json.encode(raw))
    return {"kind": text("token"), "doc": binary(sealed), **opt(until=until)}


def decoded(opened: bytes) -> Token:
    """The token of an item, opened."""
    raw = decoder(_Stored).decode(opened)
    expires = datetime.fromtimestamp(raw.expires_at, UTC) if raw.expires_at is not None else None
    return Token(raw.access_token, expires, raw.refresh_token)
