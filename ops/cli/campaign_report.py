"""`huitou winback report`: what became of those whom a campaign drew, and what it earned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Application
from chalicelib.campaign_report import CampaignReport
from chalicelib.domain.attribution import ArmOutcome
from chalicelib.domain.lift import LEAST_CONVERSIONS, LEAST_MEMBERS, Interval
from chalicelib.domain.order import local_day
from ops.cli.output import calendar_day, money, out, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

MOST_DAYS = 366
USUAL_DAYS = 90


def report(
    campaign: str,
    *,
    since: Annotated[str | None, typer.Option(help="first day of drawing (2026-11-01); without it the campaign's first")] = None,
    until: Annotated[str | None, typer.Option(help="last day of drawing; without it today")] = None,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """From drawn to bought, and what came of the campaign beyond what those left alone bought anyway."""
    application = open_application(data_dir, config)
    last = calendar_day(until) if until else local_day(application.parts.clock.now(), application.parts.config().zone)
    first = calendar_day(since) if since else _first(application, campaign, last)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise typer.BadParameter(f"from the first day to the last are 1 to {MOST_DAYS} days", param_hint="--since")
    found = application.campaign_reports.report(campaign, first, last)
    if as_json:
        print_json(plain(found))
    else:
        show(found)


def _first(application: Application, campaign: str, last: date) -> date:
    """The first day that it drew, as far as a report reaches back."""
    started = application.marks.get(application.parts.config().merchant, f"started#{campaign}")
    told = date.fromisoformat(started[0]) if started else None
    return min(last, max(told or last - timedelta(days=USUAL_DAYS), last - timedelta(days=MOST_DAYS - 1)))


def show(found: CampaignReport) -> None:
    """For people, within 100 columns."""
    table(
        f"{found.campaign}: drawn from {found.first} to {found.last}",
        [("from drawn to bought", "left"), ("count", "right")],
        _funnel(found),
    )
    out().print()
    arms = (found.treated, found.holdout)
    table(
        f"what they did within {found.conversion_days} days, as drawn",
        [("by person", "left"), ("written to", "right"), ("left alone", "right")],
        [(name, *(each(arm) for arm in arms)) for name, each in _arm_rows(found)],
    )
    out().print()
    table("what the campaign made of it", [("difference", "left"), ("estimate", "right"), ("between (95 %)", "left")], _lift(found))
    for note in _notes(found):
        out().print(f"· {note}", highlight=False, markup=False)


def _funnel(found: CampaignReport) -> list[tuple[str, Any]]:
    funnel = found.funnel
    return [
        ("people drawn", funnel.drawn),
        ("  to be written to", funnel.treated),
        ("  to be left alone", funnel.holdout),
        *([("  of both, counted in neither", funnel.apart)] if funnel.apart else []),
        *((f"messages sent, step {step}, {channel}", count) for (channel, step), count in funnel.sent.items()),
        *((f"messages {state}: {reason or 'not yet due'}", count) for (state, reason), count in funnel.reasons.items()),
        ("people who used a link", funnel.clicked),
        ("people who bought, of those to be written to", funnel.converted),
    ]


def _arm_rows(found: CampaignReport) -> list[tuple[str, Any]]:
    def amount(minor: int) -> str | None:
        return money(minor, found.currency)

    def of_each(arm: ArmOutcome, hits: int) -> str:
        return f"{hits / arm.members * 100:.2f} %" if arm.members else "—"

    def apart(arm: ArmOutcome) -> str:
        return ", ".join(money(minor, currency) or "" for currency, minor in arm.unrated.items()) or "—"

    unrated = [("in currencies without a rate", apart)] if found.treated.unrated or found.holdout.unrated else []
    return [
        ("people", lambda arm: arm.members),
        ("bought", lambda arm: arm.conversions),
        ("bought, of all", lambda arm: of_each(arm, arm.conversions)),
        ("orders", lambda arm: arm.orders),
        ("revenue", lambda arm: amount(arm.total)),
        ("revenue for each", lambda arm: amount(round(arm.total / arm.members)) if arm.members else "—"),
        *unrated,
        ("orders with a code of the campaign", lambda arm: arm.with_code),
        ("what these came to", lambda arm: amount(arm.with_code_revenue)),
        ("bought after using a link", lambda arm: arm.clicked_bought if arm is found.treated else "—"),
    ]


def _lift(found: CampaignReport) -> Iterable[tuple[str, str | None, str]]:
    if found.lift is None or found.earned is None or found.profit is None:
        yield "more who bought", "not enough data", ""
        return

    def signed(minor: int) -> str:
        return f"{'+' if minor > 0 else ''}{money(minor, found.currency)}"

    share, each = found.lift.conversion, found.lift.revenue
    yield (
        "more who bought",
        f"{share.value * 100:+.2f} points",
        _between(share, [f"{end * 100:+.2f}" for end in (share.low, share.high)]),
    )
    yield "more revenue for each", signed(round(each.value)), _between(each, [signed(round(end)) for end in (each.low, each.high)])
    made = found.earned
    yield "more revenue of all", signed(made.revenue), ""
    yield "margin of that", signed(made.margin), ""
    yield "codes taken up", signed(-made.offers), ""
    yield "messages", signed(-made.messages), ""
    yield "profit", signed(made.profit), " and ".join(signed(end) for end in found.profit)
    yield "profit on what was spent", "—" if made.roi_permille is None else f"{made.roi_permille / 10:.1f} %", ""


def _between(interval: Interval, ends: Iterable[str]) -> str:
    return " and ".join(ends) + ("" if interval.is_clear else ": may be nothing")


def _notes(found: CampaignReport) -> Iterable[str]:
    if found.lift is None:
        yield f"A difference is told from {LEAST_MEMBERS} people and {LEAST_CONVERSIONS} buyers in each arm on."
    if found.open_until:
        yield f"Orders until {found.open_until} still count: these figures will grow."
    if len(found.versions) > 1:
        yield f"The campaign was edited in between ({len(found.versions)} versions): these are figures over all."
    if found.funnel.clicked:
        yield "Links are opened by programs that check mails, too: what was bought after one proves nothing."


def plain(found: CampaignReport) -> dict[str, Any]:
    """As JSON; amounts in minor units."""
    funnel, made = found.funnel, found.earned
    return {
        "campaign": found.campaign,
        "currency": found.currency,
        "first": found.first,
        "last": found.last,
        "conversion_days": found.conversion_days,
        "open_until": found.open_until,
        "versions": list(found.versions),
        "funnel": {
            "drawn": funnel.drawn,
            "treated": funnel.treated,
            "holdout": funnel.holdout,
            "apart": funnel.apart,
            "reasons": [{"state": state, "reason": reason, "count": count} for (state, reason), count in funnel.reasons.items()],
            "sent": [{"channel": channel, "step": step, "count": count} for (channel, step), count in funnel.sent.items()],
            "clicked": funnel.clicked,
            "converted": funnel.converted,
        },
        "treated": _arm_json(found.treated),
        "holdout": _arm_json(found.holdout),
        "lift": {"conversion": _interval(found.lift.conversion), "revenue": _interval(found.lift.revenue)} if found.lift else None,
        "earned": {
            "revenue": made.revenue,
            "margin": made.margin,
            "offers": made.offers,
            "messages": made.messages,
            "profit": made.profit,
            "profit_between": list(found.profit or ()),
            "roi_permille": made.roi_permille,
        }
        if made
        else None,
    }


def _arm_json(arm: ArmOutcome) -> dict[str, Any]:
    return {
        "members": arm.members,
        "conversions": arm.conversions,
        "orders": arm.orders,
        "revenue": arm.total,
        "unrated": dict(arm.unrated),
        "with_code": arm.with_code,
        "with_code_revenue": arm.with_code_revenue,
        "clicked": arm.clicked,
        "clicked_bought": arm.clicked_bought,
    }


def _interval(found: Interval) -> dict[str, Any]:
    return {"value": found.value, "low": found.low, "high": found.high, "clear": found.is_clear}
