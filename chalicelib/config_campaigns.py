"""Campaigns as `huitou.toml` has them.

A campaign of one step says `template` and `channels` itself; one of several has them in `[[campaigns.steps]]`. An offer is a code
for all, or a table `[campaigns.offer]` with `code` or `pool` and `cost`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, get_args

from chalicelib.config_table import SLUG, ConfigTable
from chalicelib.domain.campaign import CHANNELS, SPEAKS_FOR, Audience, Campaign, Occasion, Offer, Schedule, Step
from chalicelib.domain.lifecycle import State
from chalicelib.domain.rfm import Segment
from chalicelib.errors import ConfigError

_URL = re.compile(r"https?://[A-Za-z0-9][!#-;=?-\[\]_a-z~]*", re.ASCII)  # RFC 3986's letters
_CODE = re.compile(r"[^\s\x00-\x1f\x7f]{1,64}")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_STEPS = 4
_MOST_MONEY = 10**15
BY_RHYTHM: frozenset[State] = frozenset({"cooling", "silent", "lost"})
_OCCASIONS: tuple[str, ...] = get_args(Occasion)


def campaign_of(table: ConfigTable) -> Campaign:
    """One `[[campaigns]]`."""
    occasion: Any = table.choice("occasion", _OCCASIONS, "silent")
    campaign = Campaign(
        key=table.match("key", SLUG),
        occasion=occasion,
        # By one's own rhythm, and on a birthday, there is nothing to count.
        silent_days=table.number("silent_days", 0 if occasion in ("rhythm", "birthday") else None, 0, 3650),
        window_days=table.number("window_days", 14, 0, 3650),
        audience=_audience(table.table("audience")),
        steps=_steps(table),
        offer=_offer(table),
        schedule=_schedule(table.table("schedule")),
        shop_url=table.match("shop_url", _URL) if table.has("shop_url") else None,
        holdout_permille=table.number("holdout_permille", 100, 0, 1000),
        daily_cap=table.number("daily_cap", None, 1, 10_000_000),
        warm_up_days=table.number("warm_up_days", 0, 0, 90),
        budget=_amount(table, "budget"),
        message_costs=_costs(table.table("message_costs")),
        margin_permille=table.number("margin_permille", 1000, 0, 1000),
        conversion_days=table.number("conversion_days", 30, 1, 365),
        expires_days=table.number("expires_days", 7, 1, 90),
        remind_pool=table.match("remind_pool", SLUG) if table.has("remind_pool") else None,
        enabled=table.flag("enabled", default=True),
    )
    _check(table, campaign)
    table.done()
    return campaign


def check_campaigns(campaigns: Collection[Campaign], platforms: Collection[str], tiers: Collection[str]) -> None:
    """What a campaign needs of the rest of the configuration: an account for each channel, tiers that exist."""
    for index, campaign in enumerate(campaigns):
        for number, channel in ((number, channel) for number, step in enumerate(campaign.steps) for channel in step.channels):
            if SPEAKS_FOR.get(channel, channel) not in {"email", *platforms}:
                within = f"steps[{number}]." if len(campaign.steps) > 1 else ""
                raise ConfigError(
                    "config-invalid",
                    f"channel {channel} needs an account of the platform {SPEAKS_FOR[channel]}",
                    path=f"campaigns[{index}].{within}channels",
                )
        if strange := sorted(campaign.audience.tiers - set(tiers)):
            raise ConfigError("config-invalid", f"no tier {strange[0]} in members.tiers", path=f"campaigns[{index}].audience.tiers")


def _audience(table: ConfigTable) -> Audience:
    segments: Any = frozenset(table.texts("segments", get_args(Segment)))
    states: Any = frozenset(table.texts("states", get_args(State)))
    audience = Audience(
        segments=segments,
        states=states,
        tiers=frozenset(table.texts("tiers")),
        platforms=frozenset(table.texts("platforms")),
        value_from=_amount(table, "value_from"),
        value_until=_amount(table, "value_until"),
    )
    if audience.value_from is not None and audience.value_until is not None and audience.value_from >= audience.value_until:
        raise ConfigError("config-invalid", "nobody lies between value_from and value_until", path=table.path("value_until"))
    table.done()
    return audience


def _steps(table: ConfigTable) -> tuple[Step, ...]:
    if table.has("template"):
        if table.has("steps"):
            raise ConfigError("config-invalid", "either template or steps", path=table.path("steps"))
        return (_step(table, 0, 0),)
    steps: list[Step] = []
    for entry in table.tables("steps"):
        step = _step(entry, entry.number("after_days", 0, 0, 365), len(steps))
        if steps and step.after_days <= steps[-1].after_days:
            raise ConfigError("config-invalid", "later than the step before", path=entry.path("after_days"))
        entry.done()
        steps.append(step)
    if not 1 <= len(steps) <= _MOST_STEPS:
        raise ConfigError("config-invalid", f"a template, or 1 to {_MOST_STEPS} steps", path=table.path("steps"))
    return tuple(steps)


def _step(table: ConfigTable, after_days: int, index: int) -> Step:
    if index == 0 and after_days:
        raise ConfigError("config-invalid", "the first step is due at once", path=table.path("after_days"))
    return Step(table.match("template", SLUG), table.texts("channels", CHANNELS) or ("email",), after_days)


def _offer(table: ConfigTable) -> Offer | None:
    if not table.has("offer"):
        return None
    if table.holds("offer", str):
        return Offer(code=table.match("offer", _CODE))
    within = table.table("offer")
    offer = Offer(
        code=within.match("code", _CODE) if within.has("code") else None,
        pool=within.match("pool", SLUG) if within.has("pool") else None,
        cost=_amount(within, "cost") or 0,
    )
    if (offer.code is None) == (offer.pool is None):
        raise ConfigError("config-invalid", "either code or pool", path=within.path("code"))
    within.done()
    return offer


def _schedule(table: ConfigTable) -> Schedule:
    schedule = Schedule(
        weekdays=frozenset(_WEEKDAYS.index(day) for day in table.texts("weekdays", _WEEKDAYS)),
        at=table.pop("at", time, None),
        starts=_day(table, "starts"),
        ends=_day(table, "ends"),
    )
    if schedule.starts and schedule.ends and schedule.ends < schedule.starts:
        raise ConfigError("config-invalid", "before starts", path=table.path("ends"))
    table.done()
    return schedule


def _day(table: ConfigTable, key: str) -> date | None:
    day: date | None = table.pop(key, date, None)
    if isinstance(day, datetime):  # which is a date as well, and cannot be compared with one
        raise ConfigError("config-invalid", "a day without a time: 2026-11-01, without quotes", path=table.path(key))
    return day


def _costs(table: ConfigTable) -> MappingProxyType[str, int]:
    found = {channel: amount for channel in CHANNELS if (amount := _amount(table, channel)) is not None}
    table.done()
    return MappingProxyType(found)


def _amount(table: ConfigTable, key: str) -> int | None:
    """Minor units of the merchant's currency."""
    return table.number(key, None, 0, _MOST_MONEY) if table.has(key) else None


def _check(table: ConfigTable, campaign: Campaign) -> None:
    last = campaign.steps[-1]
    if campaign.occasion == "silent" and campaign.silent_days < 1:
        raise ConfigError("config-invalid", "an integer from 1 to 3650", path=table.path("silent_days"))
    if campaign.occasion == "rhythm" and campaign.audience.states - BY_RHYTHM:
        path = table.path("audience.states")
        raise ConfigError("config-invalid", f"of the occasion rhythm: {', '.join(sorted(BY_RHYTHM))}", path=path)
    if (campaign.occasion == "offer_expiring") != (campaign.remind_pool is not None):
        raise ConfigError("config-invalid", "named by offer_expiring, and by no other occasion", path=table.path("remind_pool"))
    if campaign.occasion == "offer_expiring" and campaign.offer is not None:
        raise ConfigError("config-invalid", "a reminder names the code it reminds of, and gives no other", path=table.path("offer"))
    if timedelta(days=last.after_days) >= timedelta(days=campaign.conversion_days):
        raise ConfigError("config-invalid", "ends before the last step is due", path=table.path("conversion_days"))
