"""Win-back campaigns: how each is, whom it would write to and in which words, a yes to exactly that, a stop, and what it brought.

Reads: the list three queries and two items a campaign; a campaign six items. The look ahead is at the first LOOKED members that the
next sweep looks at, and says when there are more. What a campaign brought is reckoned when somebody asks, and kept.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from chalicelib.adapters.console_pages import Say
from chalicelib.campaign_desk import CampaignDesk, CampaignState
from chalicelib.campaign_results import Result, funnel
from chalicelib.console import pictures
from chalicelib.console.visit import Go, Mail, Outcome, Page, Route, Visit
from chalicelib.domain import wording
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.lift import LEAST_CONVERSIONS, LEAST_MEMBERS
from chalicelib.domain.seats import Right
from chalicelib.domain.wording import MESSAGE_LOCALES
from chalicelib.errors import ConfigError, Rejected
from chalicelib.foresight import Foreseen, by_segment

LOOKED = 200
GRADES = {"running": "ok", "waits": "warn", "halted": "bad", "sending_off": "warn"}
_AT = "campaigns/{campaign}"


def campaigns(visit: Visit) -> Outcome:
    """All of them."""
    return Page("campaigns", {"states": _desk(visit).all(), "grades": GRADES, "sending": visit.config.sending.enabled})


def campaign(visit: Visit) -> Outcome:
    """One of them: how it is, what it says, what it brought."""
    state = _desk(visit).one(visit.params["campaign"])
    locale = _message_locale(visit)
    found = visit.app.outreach.results.kept(state.campaign.key)
    values: dict[str, Any] = _about(visit, state) | _said(visit, state.campaign, locale) | _brought(visit, found)
    return Page("campaign", values, frames=True)


def preview(visit: Visit) -> Outcome:
    """Whom the next sweep would write to if it came now, and why not to the others."""
    state = _desk(visit).one(visit.params["campaign"])
    found: list[Foreseen] = []
    wrong = ""
    try:
        found = visit.app.outreach.foresight.foresee(state.campaign, LOOKED)
    except ConfigError as error:
        wrong = error.reason
    rows = Counter((each.outcome, each.channel or each.reason) for each in found)
    going = sum(each.outcome != "not" for each in found)
    values = _about(visit, state) | {
        "wrong": wrong,
        "looked": len(found),
        "cut": len(found) >= LOOKED,
        "at_once": sum(each.outcome == "send" for each in found),
        "going": going,
        "rows": sorted(rows.items(), key=lambda row: (("send", "later", "not").index(row[0][0]), -row[1], row[0][1])),
        "segments": by_segment(found),
        "cost": _dearest(state.campaign) * going if state.campaign.budget is not None else None,
    }
    return Page("campaign_preview", values)


def mail(visit: Visit) -> Outcome:
    """A step's mail in one variant, to nobody in particular."""
    known = _desk(visit).known(visit.params["campaign"])
    told = visit.params["step"]
    if not told.isascii() or not told.isdigit() or not 1 <= int(told[:3]) <= len(known.steps):
        raise Rejected("no-such-page", "not found", status=404)
    samples = visit.app.outreach.foresight.samples(known, int(told[:3]) - 1, _message_locale(visit))
    shown = next((each.mail for each in samples if each.variant == visit.params["variant"]), None)
    if shown is None:
        raise Rejected("no-such-page", "not found", status=404)
    return Mail(shown.html)


def approve(visit: Visit) -> Outcome:
    """A yes to the campaign as it was shown; it runs from the next sweep on."""
    key = visit.params["campaign"]
    _desk(visit).approve(key, visit.request.field("version"), visit.seat.address)
    return Go(visit.urls.at("campaigns", key), said="campaign_runs")


def stop(visit: Visit) -> Outcome:
    """Nothing of it goes any more."""
    key = visit.params["campaign"]
    _desk(visit).stop(key, visit.seat.address)
    return Go(visit.urls.at("campaigns", key), said="campaign_stopped")


def resume(visit: Visit) -> Outcome:
    """Send on a channel again that has stopped itself."""
    key = visit.params["campaign"]
    _desk(visit).resume(key, visit.request.field("channel"))
    return Go(visit.urls.at("campaigns", key), said="done")


def reckon(visit: Visit) -> Outcome:
    """What it brought, reckoned now."""
    key = _desk(visit).known(visit.params["campaign"]).key
    visit.app.outreach.results.reckon(key, _day(visit.request.field("first")), _day(visit.request.field("last")))
    return Go(visit.urls.at("campaigns", key), said="reckoned")


def _about(visit: Visit, state: CampaignState) -> dict[str, Any]:
    key = state.campaign.key
    return {
        "state": state,
        "campaign": state.campaign,
        "grade": GRADES.get(state.state, "off"),
        "at_campaign": visit.urls.at("campaigns", key),
        "deeds": {name: visit.urls.at("campaigns", key, name) for name in ("approve", "stop", "resume", "reckon", "preview")},
        "holdout": wording.percent(state.campaign.holdout_permille, visit.locale),
    }


def _said(visit: Visit, known: Campaign, locale: str) -> dict[str, Any]:
    """Each step in its variants; what cannot be said tells why."""
    steps, wrong = [], ""
    for index, step in enumerate(known.steps):
        try:
            samples = visit.app.outreach.foresight.samples(known, index, locale)
        except ConfigError as error:
            samples, wrong = [], error.reason
        number = str(index + 1)
        shown = [
            (each, visit.urls.at("campaigns", known.key, "mail", number, each.variant, language=locale) if each.mail else "")
            for each in samples
        ]
        steps.append((step, shown))
    return {"steps": steps, "wrong": wrong, "language": locale, "languages": MESSAGE_LOCALES}


def _brought(visit: Visit, found: Result | None) -> dict[str, Any]:
    if found is None:
        return {"result": None, "picture": None, "least": (LEAST_MEMBERS, LEAST_CONVERSIONS)}
    say = Say(visit.locale)
    steps = [(say(f"campaigns.funnel_{name}"), count) for name, count in funnel(found)]
    return {
        "result": found,
        "picture": pictures.funnel(steps, lambda number: wording.count(number, visit.locale)),
        "least": (LEAST_MEMBERS, LEAST_CONVERSIONS),
        "points": lambda number: f"{'+' if number > 0 else ''}{wording.hundredths(number, visit.locale)}",
        "share": lambda part, whole: wording.percent(round(part * 1000 / whole), visit.locale) if whole else "—",
        "signed": lambda minor: f"{'+' if minor > 0 else ''}{wording.money(minor, found.currency, visit.locale)}",
    }


def _dearest(known: Campaign) -> int:
    """What one member comes to at most: every step goes by its dearest channel, and every offer is taken up."""
    return sum(max(known.cost_of(channel) for channel in step.channels) for step in known.steps)


def _message_locale(visit: Visit) -> str:
    told = visit.request.query.get("language", "")
    return told if told in MESSAGE_LOCALES else visit.config.locale


def _day(told: str) -> date | None:
    try:
        return date.fromisoformat(told) if told else None
    except ValueError:
        raise Rejected("days-unfit", "no day", status=409) from None


def _desk(visit: Visit) -> CampaignDesk:
    return visit.app.outreach.campaigns


ROUTES = (
    Route("GET", "campaigns", Right.READ, campaigns, nav="campaigns"),
    Route("GET", _AT, Right.READ, campaign, nav="campaigns"),
    Route("GET", f"{_AT}/preview", Right.READ, preview, nav="campaigns"),
    Route("GET", f"{_AT}/mail/{{step}}/{{variant}}", Right.READ, mail, nav="campaigns"),
    Route("POST", f"{_AT}/approve", Right.CAMPAIGN, approve, nav="campaigns", act="campaign.approve"),
    Route("POST", f"{_AT}/stop", Right.CAMPAIGN, stop, nav="campaigns", act="campaign.stop"),
    Route("POST", f"{_AT}/resume", Right.CAMPAIGN, resume, nav="campaigns", act="campaign.resume"),
    Route("POST", f"{_AT}/reckon", Right.READ, reckon, nav="campaigns", act="campaign.reckon"),
)
