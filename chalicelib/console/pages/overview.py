"""The overview: today so far, how fresh each account is, what wants looking at, what waits for somebody's word.

Reads: three days' cells (two queries a day), the daybook (two or three reads, and at most six more days where it has gaps), the
status, and a mark for each campaign.
"""

from __future__ import annotations

from typing import Any

from chalicelib.asking import is_approved
from chalicelib.console import pictures
from chalicelib.console.visit import Outcome, Page, Route, Visit
from chalicelib.domain import wording
from chalicelib.domain.health import Health
from chalicelib.domain.health_words import lasting, said
from chalicelib.domain.seats import Right
from chalicelib.errors import Retriable
from chalicelib.glancing import Beside, DayTrend

MOST_FINDINGS = 12


def overview(visit: Visit) -> Outcome:
    """The first page."""
    app, locale = visit.app, visit.locale
    glance, health = app.lookups.glancing.glance(), _health(visit)
    large = glance.money[0]
    return Page(
        "overview",
        {
            "glance": glance,
            "large": large,
            "tiles": [
                ("orders", "count", glance.orders),
                ("gmv", "money", large.gmv),
                ("net_sales", "money", large.net_sales),
                ("new", "count", glance.new),
                ("returning", "count", glance.returning),
                ("messages", "count", glance.messages),
            ],
            "beside": _beside,
            "picture": _picture(glance.trend, locale),
            "weekday": wording.weekday(glance.day, locale),
            "health": health,
            "findings": _findings(health, locale),
            "accounts": _accounts(health, locale),
            "unapproved": _unapproved(visit),
        },
    )


def _health(visit: Visit) -> Health | None:
    """How things are; None where the queues or the table cannot be asked just now, which must not take the page away."""
    try:
        return visit.app.status.read()
    except Retriable as error:
        visit.app.failed(error)
        return None


def _findings(health: Health | None, locale: wording.Locale) -> list[dict[str, str]]:
    """What wants looking at, the gravest first; what is merely so is left to the accounts' page."""
    told = [each for each in (health.findings if health else ()) if each.grade != "ok"]
    words = [(each, said(each, locale)) for each in told[:MOST_FINDINGS]]
    return [{"grade": each.grade, "what": wording.clean(what, 300), "do": wording.clean(do, 300)} for each, (what, do) in words]


def _accounts(health: Health | None, locale: wording.Locale) -> list[dict[str, Any]]:
    return [
        {
            "name": each.look.name,
            "account": each.look.account,
            "grade": "off" if each.look.pause else each.grade,
            "pushed_at": each.look.pushed_at,
            "pulled_at": each.look.pulled_at,
            "behind": lasting(each.behind_s, locale) if each.behind_s else "",
            "paused": each.look.pause is not None,
            "heard": each.look.pushed_at is not None or each.look.pulled_at is not None,
        }
        for each in (health.accounts if health else ())
        if each.look.tells
    ]


def _unapproved(visit: Visit) -> list[str]:
    marks, merchant = visit.app.marks, visit.merchant
    return [each.key for each in visit.config.campaigns if each.enabled and not is_approved(marks, merchant, each)]


def _beside(told: Beside) -> bool:
    """Whether there is anything to hold today against."""
    return told.yesterday is not None or told.week_ago is not None


def _picture(trend: DayTrend, locale: wording.Locale) -> pictures.Trend:
    names = [wording.short_day(day, locale) for day in trend.days]
    return pictures.trend(names, trend.values, lambda minor: wording.short_money(minor, trend.currency, locale), trend.before)


ROUTES = (Route("GET", "", Right.READ, overview, nav="overview"),)
