"""The accounts' tokens, for those who authorise and disconnect them. What calls use is `tokens.TokenStore`, over the same items."""

from __future__ import annotations

from chalicelib.adapters.table import Table, get_bytes, number
from chalicelib.adapters.tokens import decoded, place_of, token_item
from chalicelib.contract import Account, Token
from chalicelib.ports import Clock, Vault


class DynamoTokenShelf:
    """TokenShelf on DynamoDB."""

    def __init__(self, table: Table, vault: Vault, clock: Clock) -> None:
        self._table = table
        self._vault = vault
        self._clock = clock

    def keep(self, account: Account, token: Token) -> None:
        """See the port. A worker that renews the last token at this moment finds that it came too late."""
        pk, subject = place_of(account)
        item = token_item(self._vault, account.merchant, subject, token)
        self._table.put(pk, "token", item | {"consent": number(int(self._clock.now().timestamp() * 1000))})

    def stored(self, account: Account) -> Token | None:
        """See the port."""
        pk, subject = place_of(account)
        item = self._table.get(pk, "token")
        sealed = get_bytes(item, "doc") if item else None
        return decoded(self._vault.open(account.merchant, subject, sealed)) if sealed is not None else None

    def forget(self, account: Account) -> None:
        """See the port."""
        pk, subject = place_of(account)
        self._vault.destroy(account.merchant, subject)
        self._table.delete(pk, "token")
