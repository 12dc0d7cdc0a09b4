"""`[reviews]` of `huitou.toml`: who answers what, with whose yes, and by when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from chalicelib.config_table import ConfigTable
from chalicelib.domain.opening import Opening
from chalicelib.errors import ConfigError

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


JUDGES = ("bedrock",)
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:/_-]{2,255}")  # a model's id, an inference profile's, or the ARN of one
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")


@dataclass(frozen=True, slots=True)
class JudgeTerms:
    """Who reads what our own reading is unsure of: which model, in which region (None: where Huitou runs)."""

    model: str
    region: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewTerms:
    """How reviews are answered.

    `enabled`: whether anything is drafted and answered. `auto_positive`: praise is answered at once by a varied template, without
    anybody's yes. `four_eyes_stars`: up to so many stars two different people have to agree. Deadlines in business hours; None:
    there is none. `robots` and `recipients` get reminders and alarms. `defaults`: default praise of the platform is answered too.
    `banned`: words of the merchant's own that no answer may hold. `faq_auto`: a question that was answered before gets that answer
    at once; else it is drafted with it. `judge` None: nobody but our own rules reads.
    """

    opening: Opening
    enabled: bool = False
    auto_positive: bool = True
    defaults: bool = False
    four_eyes_stars: int = 2
    owner: str = "service"
    first_answer_hours: int | None = 24
    solve_hours: int | None = 72
    robots: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    faq_auto: bool = False
    judge: JudgeTerms | None = None


def review_terms_of(table: ConfigTable, zone: ZoneInfo) -> ReviewTerms:
    """Read the table."""
    terms = ReviewTerms(
        opening=_opening(table.table("opening"), zone),
        enabled=table.flag("enabled", default=False),
        auto_positive=table.flag("auto_positive", default=True),
        defaults=table.flag("defaults", default=False),
        four_eyes_stars=table.number("four_eyes_stars", 2, 0, 5),
        owner=table.text("owner", "service"),
        first_answer_hours=table.number("first_answer_hours", 24, 0, 1000) or None,
        solve_hours=table.number("solve_hours", 72, 0, 5000) or None,
        robots=table.texts("robots"),
        recipients=table.texts("recipients"),
        banned=table.texts("banned"),
        faq_auto=table.flag("faq_auto", default=False),
        judge=_judge(table),
    )
    table.done()
    return terms


def _judge(table: ConfigTable) -> JudgeTerms | None:
    """`judge` with its model and region; None without. A model without a judge is left over, and refused."""
    if not table.has("judge"):
        return None
    table.choice("judge", JUDGES, "")
    region = table.match("judge_region", _REGION) if table.has("judge_region") else None
    return JudgeTerms(table.match("judge_model", _MODEL), region)


def _opening(table: ConfigTable, zone: ZoneInfo) -> Opening:
    opening = Opening(
        zone=zone,
        weekdays=frozenset(_WEEKDAYS.index(day) for day in table.texts("weekdays", _WEEKDAYS)) or frozenset(range(7)),
        opens=table.pop("opens", time, time(9, 0)),
        closes=table.pop("closes", time, time(21, 0)),
        holidays=_days(table, "holidays"),
        extra_days=_days(table, "extra_days"),
    )
    if opening.opens >= opening.closes:  # a shop that works past midnight says 23:59:59
        raise ConfigError("config-invalid", "not after opens", path=table.path("closes"))
    table.done()
    return opening


def _days(table: ConfigTable, key: str) -> frozenset[date]:
    days = table.pop(key, list, [])
    if not all(type(day) is date for day in days):
        raise ConfigError("config-invalid", "a list of days such as 2026-10-01", path=table.path(key))
    return frozenset(days)
