"""Campaigns from drawn to bought. Pure data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

GONE = ("sent:", "unknown:")


@dataclass(frozen=True, slots=True)
class CampaignFunnel:
    """One campaign in a period. `drawn` people, of whom `held` were left alone to compare with.

    `followed`: it is about the people drawn in the period, whenever they got their message, and says what they did: how many of
    those to be written to used a link, and bought; `bought_alone` of those left alone; until `open_until` (None: past) more may
    follow. Else `sent` are the messages that left in the period, whoever was drawn when, and what they did is not known (None).
    """

    campaign: str
    drawn: int
    held: int
    sent: int
    followed: bool = False
    clicked: int | None = None
    bought: int | None = None
    bought_alone: int | None = None
    open_until: date | None = None


@dataclass(frozen=True, slots=True)
class CampaignGain:
    """What a campaign brought of the people whose windows for buying ended in a period: those drawn from `first` to `last`.

    `gain`: beyond what the holdout brought anyway, less offers and messages, in minor units of the merchant's currency; from `low`
    to `high` with 95 % confidence. None: too few people to say, or too many to look up.
    """

    campaign: str
    first: date
    last: date
    drawn: int
    gain: int | None = None
    low: int | None = None
    high: int | None = None


def funnels_by_day(
    draws: Iterable[Mapping[str, Mapping[str, int]]], outcomes: Iterable[Mapping[str, Mapping[str, int]]]
) -> tuple[CampaignFunnel, ...]:
    """From what days count by campaign: draws by arm, messages by outcome."""
    drawn, left = _added(draws), _added(outcomes)
    return tuple(
        CampaignFunnel(
            campaign=campaign,
            drawn=sum(drawn.get(campaign, {}).values()),
            held=drawn.get(campaign, {}).get("holdout:", 0),
            sent=sum(count for name, count in left.get(campaign, {}).items() if name.startswith(GONE)),
        )
        for campaign in sorted(drawn.keys() | left.keys())
        if campaign != "-"
    )


def _added(days: Iterable[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for day in days:
        for campaign, told in day.items():
            counts = found.setdefault(campaign, {})
            for name, count in told.items():
                counts[name] = counts.get(name, 0) + count
    return found
