"""What connecting, authorising and disconnecting an account need from the outside. `ports` for accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from chalicelib.contract import Account, HttpResponse, RawRequest, Secrets, Token
from chalicelib.domain.record import OrderKey


class Configurations(Protocol):
    """The merchants' configurations as the text that people edit."""

    def read(self, merchant: str) -> str:
        """The text of a merchant's configuration; ConfigError("config-missing") when there is none."""

    def replace(self, merchant: str, text: str, *, read: str) -> None:
        """Put `text` in the place of what was `read`, whole or not at all.

        Retriable("config-contended") when it says something else by now.
        """


class SecretKeeper(Protocol):
    """Where the accounts' secrets are kept, to read as they are now and to write. Values: the newest first."""

    def fresh(self, account: Account) -> Secrets:
        """All secrets by name, as they are kept now; none of an unknown account."""

    def save(self, account: Account, values: Mapping[str, Sequence[str]]) -> None:
        """Put these in the place of all of the account's, whole or not at all. Retriable when it fails."""

    def forget(self, account: Account) -> None:
        """Destroy them for good; none is no error. Retriable when it fails."""


class TokenShelf(Protocol):
    """Where the accounts' access tokens are kept."""

    def keep(self, account: Account, token: Token) -> None:
        """Put a token that was granted just now in the place of the account's; what was known of the last one is forgotten."""

    def stored(self, account: Account) -> Token | None:
        """The account's token, None where there is none."""

    def forget(self, account: Account) -> None:
        """Destroy it with the key that sealed it; none is no error."""


class OwnDoor(Protocol):
    """Our own webhook URL, as the platforms reach it."""

    def post(self, request: RawRequest) -> HttpResponse:
        """Send a request to its URL as it is. Retriable when nobody answers there; never follows redirects."""


class Holdings(Protocol):
    """What an account holds."""

    def orders_of(self, merchant: str, platform: str, account: str, day: date) -> Iterator[OrderKey]:
        """The orders that lie on a day, those included that do not count or have moved to another; by consistent reads."""
