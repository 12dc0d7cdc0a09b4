"""Campaigns: whom they are for, what is said in which steps, and what they may cost. Pure data; `config_campaigns` reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from chalicelib.domain.lifecycle import State
from chalicelib.domain.rfm import Segment

if TYPE_CHECKING:
    from chalicelib.domain.portrait import Portrait

Occasion = Literal["silent", "rhythm", "first_purchase", "second_purchase", "birthday", "offer_expiring"]
BY_LAST_ORDER = ("silent", "first_purchase", "second_purchase")  # occasions that are days counted from it
CHANNELS = ("email", "sms", "wechat", "wecom", "whatsapp")
# The platform whose account a channel speaks through; e-mail needs none.
SPEAKS_FOR = MappingProxyType({"sms": "sms", "wechat": "wechat", "wecom": "wecom", "whatsapp": "meta"})


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant, all of it together; what is empty or None asks nothing.

    `platforms` are those a member has bought on. `value_from` and `value_until` bound what they brought net, in minor units of the
    merchant's currency: at least the one, less than the other. `states` are those of lifecycle.
    """

    segments: frozenset[Segment] = frozenset()
    states: frozenset[State] = frozenset()
    tiers: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    value_from: int | None = None
    value_until: int | None = None

    def objection(self, portrait: Portrait) -> str | None:
        """The first thing asked that a member is not; None: they are meant."""
        if self.segments and portrait.segment not in self.segments:
            return "segment"
        if self.states and portrait.stage.state not in self.states:
            return "state"
        if self.tiers and portrait.tier not in self.tiers:
            return "tier"
        if self.platforms and not self.platforms & portrait.platforms:
            return "platform"
        if self.value_from is not None and portrait.money < self.value_from:
            return "value"
        if self.value_until is not None and portrait.money >= self.value_until:
            return "value"
        return None


@dataclass(frozen=True, slots=True)
class Step:
    """One message: the channels in order of preference, and how many days after the draw it is due."""

    template: str
    channels: tuple[str, ...] = ("email",)
    after_days: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """What comes with a message: one code for all, or one of its own for each from `pool`. `cost` is that of one taken up."""

    code: str | None = None
    pool: str | None = None
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """When messages become due: these weekdays (0 is Monday; none: all), from this local time on; first and last day of drawing."""

    weekdays: frozenset[int] = frozenset()
    at: time | None = None
    starts: date | None = None
    ends: date | None = None

    def due(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The first moment from `now` on that fits. A local time that a changing clock leaves out is that much later."""
        today = now.astimezone(zone).date()
        days = [today + timedelta(days=ahead) for ahead in range(8)]
        allowed = [day for day in days if not self.weekdays or day.weekday() in self.weekdays]
        opens = [datetime.combine(day, self.at or time.min, zone).astimezone(UTC) for day in allowed]
        # A day that has opened is open until it ends: only one that begins today can have opened already.
        return max(opens[0], now.astimezone(UTC))

    def is_open(self, today: date) -> bool:
        """Whether members are drawn on a day."""
        return (self.starts is None or today >= self.starts) and (self.ends is None or today <= self.ends)


@dataclass(frozen=True, slots=True)
class Campaign:
    """What is said to whom, and within which bounds.

    `silent_days`: for the occasion silent, days without a counted order; for first and second purchase, days since the one there
    is; for offer_expiring, days before the code's last day. Found late, at most `window_days` more. `daily_cap` and `warm_up_days`:
    the day's sends rise evenly to the cap over so many days. `budget`: messages and offers together never cost more (minor units).
    `conversion_days`: so long after the draw an order counts as the campaign's or the holdout's. `expires_days`: so long after it
    was due a message may still go. `remind_pool`: whose codes offer_expiring reminds of.
    """

    key: str
    silent_days: int
    window_days: int
    holdout_permille: int
    daily_cap: int
    steps: tuple[Step, ...]
    occasion: Occasion = "silent"
    audience: Audience = Audience()
    offer: Offer | None = None
    schedule: Schedule = Schedule()
    shop_url: str | None = None
    warm_up_days: int = 0
    budget: int | None = None
    message_costs: Mapping[str, int] = field(default_factory=dict)
    margin_permille: int = 1000
    conversion_days: int = 30
    expires_days: int = 7
    remind_pool: str | None = None
    enabled: bool = True

    @property
    def version(self) -> str:
        """A name for exactly this content: what was approved, and what a message was drawn under. The switch is no content."""
        told = [(each.name, _plain(getattr(self, each.name))) for each in fields(self) if each.name != "enabled"]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]

    @property
    def channels(self) -> tuple[str, ...]:
        """All channels of its steps, each once."""
        return tuple(dict.fromkeys(channel for step in self.steps for channel in step.channels))

    def cap_on(self, day: date, first_day: date | None) -> int:
        """How many messages may go on a day: a share of the cap that grows day by day while the campaign warms up."""
        gone = max((day - first_day).days, 0) if first_day else 0  # days of two zones: it may not have begun on one
        if gone >= self.warm_up_days:
            return self.daily_cap
        return max(1, self.daily_cap * (gone + 1) // (self.warm_up_days + 1))

    def cost_of(self, channel: str) -> int:
        """What one message costs at most: itself, and its offer taken up."""
        return self.message_costs.get(channel, 0) + (self.offer.cost if self.offer else 0)


def _plain(value: Any) -> Any:
    """Sets and mappings in an order of their own, so that the same content has the same name."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return sorted(value.items())
    if isinstance(value, (Audience, Schedule)):
        return [(each.name, _plain(getattr(value, each.name))) for each in fields(value)]
    return value
