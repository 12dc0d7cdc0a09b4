"""The merchants of one deployment and their configurations: `huitou` is the only one's, or names several, who have one each.

They are read again after a while. One that is broken concerns its own merchant alone, and the last good one stays in use.
"""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from chalicelib import logs
from chalicelib.config import Config, parse
from chalicelib.config_table import SLUG
from chalicelib.errors import ConfigError, HuitouError

if TYPE_CHECKING:
    from chalicelib.ports import Clock, Counters

ROOT = "huitou"
CONFIG_SECONDS = 60
AT_ONCE = 8
_MENTIONED = re.compile(r"^\s*merchants\b", re.MULTILINE)

Pair = tuple[str, str]  # platform, account


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read at one time. `faults` are of the merchants without a usable configuration; `owners` says whose a shop is.

    `flaws`: all that was wrong with what was read, though an earlier one may still be used.
    """

    at: datetime
    merchants: tuple[str, ...]
    configs: Mapping[str, Config] = field(default_factory=dict)
    faults: Mapping[str, HuitouError] = field(default_factory=dict)
    owners: Mapping[Pair, str] = field(default_factory=dict)
    several: bool = False
    flaws: tuple[tuple[str, HuitouError], ...] = ()


class Merchants:
    """Read on first use, at most `seconds` old. `read` gives the text of a name: `huitou`, or a merchant; `at_once` of them."""

    def __init__(
        self,
        read: Callable[[str], str],
        clock: Clock,
        counters: Counters,
        *,
        seconds: int = CONFIG_SECONDS,
        at_once: int = AT_ONCE,
    ) -> None:
        self._read = read
        self._clock = clock
        self._counters = counters
        self._seconds = seconds
        self._at_once = at_once
        self._kept: Snapshot | None = None
        self._parsed: dict[str, tuple[str, Config]] = {}  # so that what has not changed is not parsed again
        self._told: dict[tuple[str, str], datetime] = {}  # what was said to be wrong, and when

    def config(self) -> Config:
        """The only merchant's. ConfigError("merchant-unnamed") where there are several."""
        found = self.snapshot()
        if found.several:
            raise ConfigError("merchant-unnamed", f"say which merchant: {', '.join(found.merchants)}")
        return self._of(found, found.merchants[0])

    def of(self, merchant: str) -> Config:
        """A merchant's. ConfigError for one that the deployment does not serve; else what was wrong with theirs."""
        return self._of(self.snapshot(), merchant)

    def configs(self) -> tuple[Config, ...]:
        """All that can be read, in the order in which they are named."""
        found = self.snapshot()
        return tuple(found.configs[each] for each in found.merchants if each in found.configs)

    def snapshot(self) -> Snapshot:
        """All of them. Raises what was wrong when there was never a good one of the name `huitou`."""
        now, kept = self._clock.now(), self._kept
        if kept is None or not 0 <= (now - kept.at).total_seconds() <= self._seconds:
            kept = self._kept = self._again(now, kept)
        return kept

    @staticmethod
    def _of(found: Snapshot, merchant: str) -> Config:
        config = found.configs.get(merchant)
        if config is None:
            raise found.faults.get(merchant) or ConfigError("merchant-unknown", "this deployment serves no such merchant")
        return config

    def _again(self, now: datetime, before: Snapshot | None) -> Snapshot:
        try:
            text = self._read(ROOT)
            merchants = named(text)
            if merchants is None:
                only = self._parse(ROOT, text)
                return Snapshot(now, (only.merchant,), {only.merchant: only}, owners=_pairs(only))
        except HuitouError as error:
            if before is None:
                raise
            self._fault(ROOT, error)
            return replace(before, at=now, flaws=((ROOT, error),))
        return self._several(now, merchants, before)

    def _several(self, now: datetime, merchants: tuple[str, ...], before: Snapshot | None) -> Snapshot:
        configs: dict[str, Config] = {}
        faults: dict[str, HuitouError] = {}
        flaws: list[tuple[str, HuitouError]] = []
        for merchant, found in self._all(merchants):
            if isinstance(found, Config):
                configs[merchant] = found
                continue
            flaws.append((merchant, found))
            if before and merchant in before.configs:
                configs[merchant] = before.configs[merchant]
            else:
                faults[merchant] = found
        owners: dict[Pair, str] = {}
        for merchant in (each for each in merchants if each in configs):
            if taken := sorted(_pairs(configs[merchant]).keys() & owners.keys()):
                flaws.append((merchant, ConfigError("account-taken", "the shop is another merchant's", path="/".join(taken[0]))))
                configs[merchant] = _without(configs[merchant], taken)
            owners |= _pairs(configs[merchant])
        for merchant, error in flaws:
            self._fault(merchant, error)
        frozen = (MappingProxyType(configs), MappingProxyType(faults), MappingProxyType(owners))
        return Snapshot(now, merchants, *frozen, several=True, flaws=tuple(flaws))

    def _all(self, merchants: tuple[str, ...]) -> Iterable[tuple[str, Config | HuitouError]]:
        if self._at_once == 1:
            return [(each, self._one(each)) for each in merchants]
        from concurrent.futures import ThreadPoolExecutor  # not for the only merchant, whose webhook waits for it

        with ThreadPoolExecutor(min(self._at_once, len(merchants))) as pool:  # a configuration each, and one of them waits for all
            return list(zip(merchants, pool.map(self._one, merchants), strict=True))

    def _one(self, merchant: str) -> Config | HuitouError:
        try:
            found = self._parse(merchant, self._read(merchant))
        except HuitouError as error:
            return error
        if found.merchant != merchant:  # else a file under another name would open another merchant's rows
            return ConfigError("merchant-differs", "the configuration names another merchant than its file", path="merchant")
        return found

    def _parse(self, name: str, text: str) -> Config:
        kept = self._parsed.get(name)
        if kept is None or kept[0] != text:
            kept = self._parsed[name] = (text, parse(text))
        return kept[1]

    def _fault(self, name: str, error: HuitouError) -> None:
        """Say what is wrong, at most once a minute."""
        now, index = self._clock.now(), (name, error.reason)
        last = self._told.get(index)
        if last is None or (now - last).total_seconds() >= CONFIG_SECONDS:
            self._told[index] = now
            self._counters.count("config_error", platform="-", reason=error.reason)
            logs.note("configuration not taken", level=logging.WARNING, merchant=name, reason=error.reason)


def named(text: str) -> tuple[str, ...] | None:
    """The merchants that a text names, None when it is a merchant's own configuration. ConfigError on anything between."""
    if not _MENTIONED.search(text):
        return None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("config-malformed", str(error)) from None
    if "merchants" not in raw:
        return None
    merchants = raw.pop("merchants")
    if raw:
        raise ConfigError("config-invalid", "beside merchants there is nothing else", path=next(iter(raw)))
    if not isinstance(merchants, list) or not merchants:
        raise ConfigError("config-invalid", "not a list of merchants", path="merchants")
    for each in merchants:
        if not isinstance(each, str) or not SLUG.fullmatch(each) or each == ROOT:
            raise ConfigError("config-invalid", "not a merchant's name", path="merchants")
    if len(set(merchants)) != len(merchants):
        raise ConfigError("config-invalid", "a merchant is named twice", path="merchants")
    return tuple(merchants)


def _pairs(config: Config) -> dict[Pair, str]:
    return {(each.platform, each.account): config.merchant for each in config.accounts}


def _without(config: Config, taken: Iterable[Pair]) -> Config:
    """Without shops that an earlier merchant has. Nothing of it goes to the other, and nothing of the other comes here."""
    lost = frozenset(taken)
    return replace(config, accounts=tuple(each for each in config.accounts if (each.platform, each.account) not in lost))
