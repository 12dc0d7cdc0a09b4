"""The merchant's configuration: `huitou.toml`, checked on reading. It never holds a secret."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib.config_campaigns import campaign_of, check_campaigns
from chalicelib.config_console import ConsoleTerms, console_terms_of
from chalicelib.config_costs import check_costs, costs_of
from chalicelib.config_digest import DigestTerms, digest_terms_of
from chalicelib.config_members import terms_of
from chalicelib.config_retention import retention_terms_of
from chalicelib.config_reviews import ReviewTerms, review_terms_of
from chalicelib.config_surveys import SurveyTerms, check_survey, survey_terms_of
from chalicelib.config_table import SLUG, ConfigTable
from chalicelib.domain.campaign import CHANNELS, Campaign
from chalicelib.domain.cost_terms import CostTerms
from chalicelib.domain.money import exponent
from chalicelib.domain.portrait import Terms
from chalicelib.domain.retention import LIMITS, RetentionTerms
from chalicelib.errors import ConfigError

# No single capital letter: functions are let at rows by the letter of their kind, wherever it stands alone in a key.
_ACCOUNT = re.compile(r"(?![A-Z]\Z)[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
LOCALES = ("en", "zh-CN")


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """A connected shop. `options` are what the connector's page names; `pull_minutes` is how often it is pulled (0: never).

    `pushes_per_second`: what each process takes of it in the long run, ten seconds' worth at once (0: without limit).
    """

    platform: str
    account: str
    options: Mapping[str, str] = field(default_factory=dict)
    pull_minutes: int = 15
    pushes_per_second: int = 1000
    paused: bool = False
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages in so many days, a rolling window."""

    messages: int
    days: int


@dataclass(frozen=True, slots=True)
class Sending:
    """The gate's limits. `enabled` is the one switch: False, nothing goes to a member.

    `channel_caps`: besides that over all channels. `speaks`: a person is written to in the language of the country they have things
    sent to (buyer), or always in the shop's.
    """

    enabled: bool = False
    sender: str | None = None
    reply_to: str | None = None
    postal: str | None = None
    cap_messages: int = 1
    cap_days: int = 7
    quiet_from: time = time(21, 0)
    quiet_until: time = time(9, 0)
    channel_caps: Mapping[str, Cap] = field(default_factory=dict)
    speaks: str = "buyer"


@dataclass(frozen=True, slots=True)
class Config:
    """All of `huitou.toml`."""

    merchant: str
    name: str
    zone: ZoneInfo
    currency: str
    locale: str
    base_url: str
    members: Terms
    reviews: ReviewTerms
    accounts: tuple[AccountConfig, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    sending: Sending = Sending()
    digest: DigestTerms = field(default_factory=DigestTerms)
    survey: SurveyTerms = field(default_factory=SurveyTerms)
    removed: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)  # disconnected accounts, and their options
    costs: CostTerms = field(default_factory=CostTerms)
    console: ConsoleTerms = field(default_factory=ConsoleTerms)
    retention: RetentionTerms = field(default_factory=RetentionTerms)

    def account(self, platform: str, account: str) -> AccountConfig | None:
        """The configured account, None when there is none of that name."""
        return next((entry for entry in self.accounts if (entry.platform, entry.account) == (platform, account)), None)

    def webhook_url(self, platform: str, account: str) -> str:
        """The URL to register with the platform."""
        return f"{self.base_url}/webhooks/{platform}/{account}"


def parse(text: str) -> Config:
    """Read TOML. ConfigError names the key on anything missing, unknown or out of range."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("config-malformed", str(error)) from None
    table = ConfigTable(raw, "")
    currency = _currency(table)
    zone = _zone(table)
    accounts = tuple(_account(entry) for entry in table.tables("accounts"))
    config = Config(
        merchant=table.match("merchant", SLUG),
        name=table.text("name", ""),
        zone=zone,
        currency=currency,
        locale=table.choice("locale", LOCALES, "en"),
        base_url=table.text("base_url", "http://localhost:8000").rstrip("/"),
        reviews=review_terms_of(table.table("reviews"), zone),
        members=terms_of(table.table("members"), table.tables("rates"), currency),
        accounts=accounts,
        campaigns=tuple(campaign_of(entry) for entry in table.tables("campaigns")),
        sending=_sending(table.table("sending")),
        digest=digest_terms_of(table.table("digest")),
        survey=survey_terms_of(table.table("survey")),
        costs=costs_of(table.table("costs"), currency),
        console=console_terms_of(table.table("console")),
        retention=retention_terms_of(table.table("retention"), limited=any(each.platform in LIMITS for each in accounts)),
    )
    table.done()
    _unique([(a.platform, a.account) for a in config.accounts], "accounts")
    _unique([c.key for c in config.campaigns], "campaigns")
    platforms, tiers = {account.platform for account in config.accounts}, {tier.name for tier in config.members.tiers}
    check_campaigns(config.campaigns, platforms, tiers)
    check_survey(config.survey, platforms, {campaign.key for campaign in config.campaigns})
    check_costs(config.costs, {(account.platform, account.account) for account in config.accounts})
    if config.sending.enabled and not (config.sending.sender and config.sending.reply_to and config.sending.postal):
        raise ConfigError("config-invalid", "sending.enabled needs sender, reply_to and postal", path="sending")
    robots = (reader.name for reader in config.digest.readers if reader.channel == "robot")
    if strange := [name for name in robots if config.account("robots", name) is None]:
        raise ConfigError("config-invalid", f"no account robots/{strange[0]}", path="digest.robots")
    return _present(config)


def _present(config: Config) -> Config:
    """What was disconnected is no account any more; what else names it stays as it is."""
    gone = {(each.platform, each.account): each.options for each in config.accounts if each.removed}
    kept = tuple(each for each in config.accounts if not each.removed)
    return replace(config, accounts=kept, removed=gone) if gone else config


def _account(table: ConfigTable) -> AccountConfig:
    account = AccountConfig(
        platform=table.match("platform", SLUG),
        account=table.match("account", _ACCOUNT),
        options={key: str(value) for key, value in table.pop("options", dict, {}).items()},
        pull_minutes=table.number("pull_minutes", 15, 0, 1440),
        pushes_per_second=table.number("pushes_per_second", 1000, 0, 100_000),
        paused=table.flag("paused", default=False),
        removed=table.flag("removed", default=False),
    )
    table.done()
    return account


def _sending(table: ConfigTable) -> Sending:
    sending = Sending(
        enabled=table.flag("enabled", default=False),
        sender=table.text("sender", None),
        reply_to=table.text("reply_to", None),
        postal=table.text("postal", None),
        cap_messages=table.number("cap_messages", 1, 1, 100),
        cap_days=table.number("cap_days", 7, 1, 365),
        quiet_from=table.pop("quiet_from", time, time(21, 0)),
        quiet_until=table.pop("quiet_until", time, time(9, 0)),
        channel_caps=_caps(table.table("caps")),
        speaks=table.choice("speaks", ("buyer", "shop"), "buyer"),
    )
    table.done()
    return sending


def _caps(table: ConfigTable) -> Mapping[str, Cap]:
    """`[sending.caps.sms]` and the like."""
    found = {}
    for channel in CHANNELS:
        if table.has(channel):
            entry = table.table(channel)
            found[channel] = Cap(entry.number("messages", None, 1, 100), entry.number("days", None, 1, 365))
            entry.done()
    table.done()
    return found


def _zone(table: ConfigTable) -> ZoneInfo:
    name = table.text("time_zone", "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError("config-invalid", "not an IANA time zone", path="time_zone") from None


def _currency(table: ConfigTable) -> str:
    code: str = table.pop("currency", str, "CNY")
    try:
        exponent(code)
    except ValueError as error:
        raise ConfigError("config-invalid", str(error), path="currency") from None
    return code


def _unique(keys: list[Any], path: str) -> None:
    if len(set(keys)) != len(keys):
        raise ConfigError("config-invalid", "an entry is given twice", path=path)
