"""Connecting an account: its place in the configuration, its secrets, their rotation, and whether it works.

The secrets are kept before the configuration names the account: broken off between the two, nothing is half connected, and the same
call again ends where it would have ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from chalicelib.account_check import AccountCheck, lacking, takes_webhooks, unnamed
from chalicelib.account_words import finding
from chalicelib.config import AccountConfig, Config, parse
from chalicelib.config_edit import with_account, with_options, without_account
from chalicelib.contract import Account, Capability, ConnectorInfo, Secrets
from chalicelib.domain.finding import Finding
from chalicelib.errors import ConfigError, HuitouError
from chalicelib.ports import Connectors
from chalicelib.ports_accounts import Configurations, SecretKeeper
from chalicelib.toolkit.signing import same

LIVE_VALUES = 2  # of a secret that is being rotated

NEW_CONFIGURATION = """merchant = "{merchant}"
name = "{merchant}"
time_zone = "Asia/Shanghai"
currency = "CNY"
locale = "en"
base_url = "http://localhost:8000"
"""


@dataclass(frozen=True, slots=True)
class Connected:
    """An account as it stands after `Connecting.add`.

    `change`: `connected` anew, `completed` by options or secrets, `unchanged`. `way`: how its events come. `webhook_url`: what to
    register with the platform, None where there is nothing to register. `missing`: secrets that its pushes still need;
    `unnamed`: what else they need.
    """

    change: Literal["connected", "completed", "unchanged"]
    way: Literal["webhook", "feed", "pull"]
    webhook_url: str | None
    missing: tuple[str, ...]
    unnamed: str | None


class Connecting:
    """The service behind `huitou accounts`, and behind the console's page of accounts."""

    def __init__(
        self,
        *,
        merchant: Callable[[], str],
        configurations: Configurations,
        keeper: SecretKeeper,
        connectors: Connectors,
        check: AccountCheck,
        returned: Callable[[Account], None] = lambda _account: None,
    ) -> None:
        self._merchant = merchant
        self._configurations = configurations
        self._keeper = keeper
        self._connectors = connectors
        self._check = check
        self._returned = returned

    def wanted(self, platform: str) -> ConnectorInfo:
        """What is known of a platform; Rejected 404 when it is not known."""
        return self._connectors.connector(platform).info

    def account(self, platform: str, account: str) -> AccountConfig:
        """A connected account as the configuration has it now; ConfigError when there is none."""
        return self._entry(self._config(), platform, account)

    def add(self, platform: str, account: str, *, options: Mapping[str, str], secrets: Mapping[str, Sequence[str]]) -> Connected:
        """Connect an account, or complete one that is connected; the same again changes nothing.

        ConfigError, and nothing written: an unknown secret, a name that does not fit, an option or secret that is there with
        another value (`account-exists`, `secret-exists`: an option is edited by hand, a secret is rotated).
        """
        info, config = self.wanted(platform), self._config()
        self._known_names(info, secrets)
        shop, text = Account(config.merchant, platform, account, options), self._configurations.read(config.merchant)
        entry = config.account(platform, account)
        edited = self._edited(text, entry, shop)
        parse(edited)
        if entry is None:
            self._returned(shop)
        kept = self._keeper.fresh(shop)
        merged = _merged(kept, secrets)
        if merged != {name: tuple(values) for name, values in kept.values.items()}:
            self._keeper.save(shop, merged)
        if edited != text:
            self._configurations.replace(config.merchant, edited, read=text)
        changed = edited != text or set(merged) != set(kept.values)
        return self._connected(
            "connected" if entry is None else "completed" if changed else "unchanged", platform, account, info, merged
        )

    def rotate(self, platform: str, account: str, name: str, value: str) -> int:
        """Put a new value before the one in use; both are taken from now on. Returns how many are live.

        The same value again changes nothing. ConfigError: `rotation-open` while two others are live, an unknown or empty secret.
        """
        shop, info = self._shop(platform, account), self.wanted(platform)
        self._known_names(info, {name: (value,)})
        kept = self._keeper.fresh(shop)
        live = kept.values.get(name, ())
        if live and same(live[0].encode(), value.encode()):
            return len(live)
        if len(live) >= LIVE_VALUES:
            raise ConfigError(
                "rotation-open", f"{name} has {len(live)} live values: finish that rotation first", connector=platform
            )
        self._keeper.save(shop, {**kept.values, name: (value, *live)})
        return len(live) + 1

    def finish(self, platform: str, account: str, name: str) -> int:
        """Drop all but the newest value of a secret; returns how many were dropped. ConfigError when it has none."""
        shop = self._shop(platform, account)
        kept = self._keeper.fresh(shop)
        live = kept.values.get(name, ())
        if not live:
            raise ConfigError("secret-missing", f"secret {name} is not configured", connector=platform)
        if len(live) > 1:
            self._keeper.save(shop, {**kept.values, name: live[:1]})
        return len(live) - 1

    def check(self, platform: str, account: str) -> tuple[Finding, ...]:
        """What is right and wrong with an account, in words for its merchant; reads the platform once and changes nothing."""
        try:
            config = self._config()
            entry = config.account(platform, account)
        except HuitouError as error:
            return (finding("configuration", False, "misconfigured", f"{platform}/{account}", error.detail or error.reason),)
        if entry is None:
            return (finding("configuration", False, "account-unknown", f"{platform}/{account}"),)
        shop = Account(config.merchant, platform, account, entry.options)
        return self._check.run(config, entry, self._keeper.fresh(shop))

    def url(self, platform: str, account: str) -> str | None:
        """What to register with the platform; None where there is nothing to register."""
        config = self._config()
        info, entry = self.wanted(platform), config.account(platform, account)
        takes = takes_webhooks(info, entry.options if entry else {})
        return config.webhook_url(platform, account) if takes else None

    def _config(self) -> Config:
        return parse(self._configurations.read(self._merchant()))

    def _shop(self, platform: str, account: str) -> Account:
        config = self._config()
        return Account(config.merchant, platform, account, self._entry(config, platform, account).options)

    @staticmethod
    def _entry(config: Config, platform: str, account: str) -> AccountConfig:
        entry = config.account(platform, account)
        if entry is None:
            raise ConfigError("account-unknown", f"{platform}/{account} is not connected")
        return entry

    @staticmethod
    def _known_names(info: ConnectorInfo, secrets: Mapping[str, Sequence[str]]) -> None:
        known = {*info.verify_secrets, *info.api_secrets}
        if strange := sorted(set(secrets) - known):
            told = ", ".join(sorted(known)) or "no secrets"
            raise ConfigError("secret-unknown", f"{info.key} knows {told}, not {', '.join(strange)}")
        if empty := sorted(name for name, values in secrets.items() if not values or not all(values)):
            raise ConfigError("secret-empty", f"nothing was given for {', '.join(empty)}", connector=info.key)

    @staticmethod
    def _edited(text: str, entry: AccountConfig | None, shop: Account) -> str:
        """The configuration with the account and its options in it."""
        if entry is None:
            return with_account(without_account(text, shop.platform, shop.account), shop.platform, shop.account, shop.options)
        if other := sorted(name for name, value in shop.options.items() if entry.options.get(name, value) != value):
            raise ConfigError(
                "account-exists", f"{shop.platform}/{shop.account} is connected already, with another {', '.join(other)}"
            )
        new = {name: value for name, value in shop.options.items() if name not in entry.options}
        return with_options(text, shop.platform, shop.account, new) if new else text

    def _connected(
        self,
        change: Literal["connected", "completed", "unchanged"],
        platform: str,
        account: str,
        info: ConnectorInfo,
        secrets: Mapping[str, Sequence[str]],
    ) -> Connected:
        options = self.account(platform, account).options
        url = self.url(platform, account)
        feed = Capability.RECEIVES_FEED in info.capabilities
        missing = lacking(info, options, secrets) if url else []
        return Connected(
            change, "webhook" if url else "feed" if feed else "pull", url, tuple(missing), unnamed(info, options, secrets)
        )


def _merged(kept: Secrets, given: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The secrets with those that are new; one that is there with another value is rotated, never overwritten."""
    for name, values in given.items():
        live = kept.values.get(name, ())
        if live and not all(True in [same(value.encode(), each.encode()) for each in live] for value in values):
            raise ConfigError("secret-exists", f"secret {name} is there with another value: huitou accounts rotate")
    new = {name: tuple(values) for name, values in given.items() if name not in kept.values}
    return {**kept.values, **new}
