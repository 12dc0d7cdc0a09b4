"""What advertising cost: one row a campaign and day, as the platform's own report states it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class SpendRow:
    """One day of one campaign. `spend` and `revenue` in minor units of `currency`; None: the report does not tell.

    `day` is the report's day in `zone` (an IANA name, or an offset such as `+08:00`), never converted: a day's spend cannot be
    cut at another midnight. `product` names the advertising product (`search`, `affiliate` ...). `orders` and `revenue` are
    what the platform attributes under its own `attribution` window. Reports are restated for weeks; `reported_at` is when this
    one was read, and the later one holds.
    """

    merchant: str
    platform: str
    account: str
    product: str
    campaign_id: str
    campaign: str | None
    day: date
    zone: str
    currency: str
    impressions: int | None
    clicks: int | None
    spend: int | None
    orders: int | None
    revenue: int | None
    attribution: str | None = None
    reported_at: datetime | None = None
