"""Authorising an account by a link: the owner consents on the platform's page, and comes back with a code.

The way back is tied by a state: signed for the merchant and the account, good for ten minutes, for the last link asked for, and
once. It is used up before the code is exchanged, so that no code is exchanged twice.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets as random_bytes
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from chalicelib.connecting import Connecting
from chalicelib.contract import Account, Authorises
from chalicelib.errors import ConfigError, Permanent, Rejected
from chalicelib.ports import Clock, Connectors, Counters, Marks, Vault
from chalicelib.ports_accounts import SecretKeeper, TokenShelf

LIFE = timedelta(minutes=10)
KIND = "consent"
_PART = "\x1f"


class Authorising:
    """The service behind `huitou accounts authorise`, and behind the console's way back."""

    def __init__(
        self,
        *,
        merchant: Callable[[], str],
        connecting: Connecting,
        connectors: Connectors,
        keeper: SecretKeeper,
        tokens: TokenShelf,
        marks: Marks,
        vault: Vault,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._merchant = merchant
        self._connecting = connecting
        self._connectors = connectors
        self._keeper = keeper
        self._tokens = tokens
        self._marks = marks
        self._vault = vault
        self._clock = clock
        self._counters = counters

    def begin(self, platform: str, account: str, redirect_uri: str) -> str:
        """The platform's page for the shop's owner. A link that was asked for before is good no more.

        ConfigError: no such account, a platform without consent by link, an option or secret that is missing.
        """
        return self.asked(platform, account, redirect_uri)[0]

    def asked(self, platform: str, account: str, redirect_uri: str) -> tuple[str, str]:
        """The same with its state, for a command that is given the bare code afterwards."""
        connector, shop = self._authoriser(platform), self._shop(platform, account)
        now, nonce = self._clock.now(), random_bytes.token_urlsafe(24)
        state = self._state(shop, int((now + LIFE).timestamp()), nonce)
        url = connector.authorise_url(shop, self._keeper.fresh(shop), redirect_uri, state, now)
        value = json.dumps({"nonce": _digest(nonce), "back": redirect_uri})
        _, version = self._marks.get(shop.merchant, _name(platform, account)) or ("", 0)
        if not self._marks.put(shop.merchant, _name(platform, account), value, expected_version=version):
            raise Rejected("consent-contended", "somebody else asks for a link at this moment: try again", status=409)
        return url, state

    def finish(self, state: str, answer: Mapping[str, str]) -> Account:
        """Exchange what the owner came back with, and keep the token; returns the account.

        Rejected 400: a state that is none of ours, over, used or replaced by a newer link; an owner who refused; a code that the
        platform refuses; another shop than the account's. ConfigError: the application is refused.
        """
        shop = self._named(state)
        back = self._use_up(shop, state)
        connector = self._authoriser(shop.platform)
        try:
            found = connector.exchange(answer, back, self._connectors.api(shop))
        except Permanent as error:
            raise Rejected("code-refused", error.detail or error.reason, status=400, connector=shop.platform) from None
        self._same_shop(shop, found.options)
        new = {name: value for name, value in found.options.items() if name not in shop.options}
        if new:
            self._connecting.add(shop.platform, shop.account, options=new, secrets={})
        self._tokens.keep(shop, found.token)
        self._counters.count("authorised", platform=shop.platform)
        return shop

    def _authoriser(self, platform: str) -> Authorises:
        connector = self._connectors.connector(platform)
        if not isinstance(connector, Authorises):
            raise ConfigError("no-consent", "this platform's tokens are made in its console", connector=platform)
        return connector

    def _shop(self, platform: str, account: str) -> Account:
        return Account(self._merchant(), platform, account, self._connecting.account(platform, account).options)

    def _state(self, shop: Account, until: int, nonce: str) -> str:
        told = _PART.join((shop.platform, shop.account, str(until), nonce))
        name = base64.urlsafe_b64encode(told.encode()).decode("ascii").rstrip("=")
        return f"{name}.{self._vault.lookup(shop.merchant, KIND, told)}"

    def _named(self, state: str) -> Account:
        """The account that a state of ours is for."""
        name, _, mark = state.partition(".")
        told = _decoded(name)
        signed = self._vault.lookup(self._merchant(), KIND, told or "")
        if not hmac.compare_digest(signed.encode(), mark.encode("utf-8", "replace")) or told is None:
            raise _unknown("the state is none of ours")
        platform, account, until, _ = told.split(_PART)
        if self._clock.now() > datetime.fromtimestamp(int(until), self._clock.now().tzinfo):
            raise _unknown("the link is older than ten minutes: ask for another")
        return self._shop(platform, account)

    def _use_up(self, shop: Account, state: str) -> str:
        """Where the owner was to come back to; from now on the state is used."""
        name = _name(shop.platform, shop.account)
        stored, version = self._marks.get(shop.merchant, name) or ("", 0)
        kept = json.loads(stored) if stored else {}
        nonce = (_decoded(state.partition(".")[0]) or "").rpartition(_PART)[2]
        if not hmac.compare_digest(_digest(nonce), str(kept.get("nonce", ""))):
            raise _unknown("the link was used, or another was asked for after it")
        if not self._marks.put(shop.merchant, name, "{}", expected_version=version):
            raise _unknown("the link was used")
        return str(kept["back"])

    @staticmethod
    def _same_shop(shop: Account, told: Mapping[str, str]) -> None:
        other = [name for name, value in told.items() if shop.options.get(name, value) != value]
        if other:
            detail = f"another shop than this account's gave its consent: {', '.join(other)}"
            raise Rejected("shop-mismatch", detail, status=400, connector=shop.platform)


def _name(platform: str, account: str) -> str:
    return f"{platform}#{account}"


def _digest(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()


def _decoded(name: str) -> str | None:
    try:
        told = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return told if told.count(_PART) == 3 else None


def _unknown(detail: str) -> Rejected:
    return Rejected("state-unknown", detail, status=400)
