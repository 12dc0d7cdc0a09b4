"""Accounts whose schedule a person holds: what it would do to them is left out. Pushes are taken all the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.config import AccountConfig, Config
from chalicelib.errors import ConfigError, Retriable
from chalicelib.ports import Clock, Marks
from chalicelib.toolkit.decode import decoder

PREFIX = "pause#"
TRIES = 5


class _Held(msgspec.Struct):
    """The mark: whether it is held, who said so last, and when."""

    held: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """Whether an account is paused. `source`: a person's word, or `paused = true` in the configuration. `at` is UTC."""

    paused: bool
    source: Literal["person", "configuration"] | None = None
    by: str | None = None
    at: datetime | None = None


class Pauses:
    """Pauses of a merchant's accounts. The configuration's `paused` cannot be lifted here: it says what its owner wrote."""

    def __init__(self, *, config: Callable[[], Config], marks: Marks, clock: Clock) -> None:
        self._config = config
        self._marks = marks
        self._clock = clock

    def pause(self, platform: str, account: str, by: str) -> Pause:
        """Hold an account's schedule. Again is the same, by whoever said so first. ConfigError: it is not connected."""
        return self._say(self._known(platform, account), by, held=True)

    def resume(self, platform: str, account: str, by: str) -> Pause:
        """Let it go on. ConfigError: it is not connected, or the configuration pauses it."""
        known = self._known(platform, account)
        if known.paused:
            raise ConfigError("paused-by-configuration", "huitou.toml says `paused = true` of this account", connector=platform)
        return self._say(known, by, held=False)

    def state(self, platform: str, account: str) -> Pause:
        """As it is now. ConfigError: it is not connected."""
        known = self._known(platform, account)
        stored = self._marks.get(self._config().merchant, _mark(platform, account))
        return _state(known, decoder(_Held).decode(stored[0]) if stored else None)

    def all(self) -> dict[tuple[str, str], Pause]:
        """Of every connected account, by platform and account: one query."""
        config = self._config()
        held = self._held(config)
        return {(one.platform, one.account): _state(one, held.get(_mark(one.platform, one.account))) for one in config.accounts}

    def config(self) -> Config:
        """The configuration as schedules go by it: accounts that a person holds are `paused` too."""
        config = self._config()
        held = {name for name, one in self._held(config).items() if one.held}
        if not held:
            return config
        accounts = (replace(one, paused=True) if _mark(one.platform, one.account) in held else one for one in config.accounts)
        return replace(config, accounts=tuple(accounts))

    def _held(self, config: Config) -> dict[str, _Held]:
        return {name: decoder(_Held).decode(value) for name, value in self._marks.named(config.merchant, PREFIX).items()}

    def _say(self, account: AccountConfig, by: str, *, held: bool) -> Pause:
        merchant, name = self._config().merchant, _mark(account.platform, account.account)
        for _ in range(TRIES):
            stored = self._marks.get(merchant, name)
            told = decoder(_Held).decode(stored[0]) if stored else None
            if (told.held if told else False) is held:
                return _state(account, told)
            said = _Held(held, by, self._clock.now())
            if self._marks.put(merchant, name, msgspec.json.encode(said).decode(), expected_version=stored[1] if stored else 0):
                return _state(account, said)
        raise Retriable("pause-contended", f"{TRIES} writers were faster")

    def _known(self, platform: str, account: str) -> AccountConfig:
        known = self._config().account(platform, account)
        if known is None:
            raise ConfigError("account-unknown", f"{platform}/{account} is not connected", connector=platform)
        return known


def _mark(platform: str, account: str) -> str:
    return f"{PREFIX}{platform}#{account}"


def _state(account: AccountConfig, told: _Held | None) -> Pause:
    if account.paused:
        return Pause(True, "configuration")
    if told is None:
        return Pause(False)
    return Pause(told.held, "person" if told.held else None, told.by, told.at)
