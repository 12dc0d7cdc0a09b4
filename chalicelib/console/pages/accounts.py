"""Accounts: how each is, what it did last, and what can be done about it: pull now, hold, check, put in a new secret."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.account_check import takes_webhooks
from chalicelib.console.visit import Go, Outcome, Page, Route, Visit
from chalicelib.contract import Capability, ConnectorInfo
from chalicelib.domain.health import AccountHealth
from chalicelib.domain.health_words import REASONS, lasting, said
from chalicelib.domain.seats import Right
from chalicelib.errors import Rejected
from chalicelib.leases import JobName

COVERED = 14  # days
HISTORY = "backfill-"


def listing(visit: Visit) -> Outcome:
    """All accounts: what was read once for the status, and the backfills that are under way."""
    health = visit.app.status.read()
    backfills = {(each.platform, each.account): each for each in visit.app.backfills.all() if each.state == "running"}
    rows = [_row(visit, each) | {"backfill": backfills.get((each.look.platform, each.look.account))} for each in health.accounts]
    return Page("accounts", {"rows": rows, "findings": [], "one": None})


def one(visit: Visit) -> Outcome:
    """One account."""
    return _one(visit, None)


def check(visit: Visit) -> Outcome:
    """Ask the platform, and send ourselves a signed push; what is found shows at once."""
    platform, account = _named(visit)
    return _one(visit, visit.app.accounts.connecting.check(platform, account))


def pull(visit: Visit) -> Outcome:
    """Queue a pull now; one that waits or runs already is enough."""
    platform, account = _named(visit)
    kind = visit.request.field("kind")
    if kind not in _kinds(visit, platform, account):
        raise Rejected("job-unknown", "no job of that kind", status=400)
    visit.app.jobs.ask(kind, platform, account, force=True)
    return Go(_at(visit), said="queued")


def pause(visit: Visit) -> Outcome:
    """Hold the account's schedule, or let it go on."""
    platform, account = _named(visit)
    if visit.request.field("held") == "yes":
        visit.app.pauses.pause(platform, account, visit.seat.address)
    else:
        visit.app.pauses.resume(platform, account, visit.seat.address)
    return Go(_at(visit), said="done")


def authorise(visit: Visit) -> Outcome:
    """The platform's page on which the shop's owner consents, as a link: a form of ours may lead nowhere else."""
    platform, account = _named(visit)
    back = visit.urls.whole(visit.urls.path("authorised"))
    return _one(visit, None, visit.app.accounts.authorising.begin(platform, account, back))


def rotate(visit: Visit) -> Outcome:
    """A new value of a secret beside the one in use; or, with `finish`, the old one goes."""
    platform, account = _named(visit)
    name, connecting = visit.request.field("name"), visit.app.accounts.connecting
    if visit.request.field("finish") == "yes":
        connecting.finish(platform, account, name)
        return Go(_at(visit), said="done")
    value = visit.request.field("value").strip()
    if not value:
        raise Rejected("secret-empty", "no value was given", status=400)
    connecting.rotate(platform, account, name, value)
    return Go(_at(visit), said="done")


def _one(visit: Visit, checked: Any, consent: str | None = None) -> Page:
    platform, account = _named(visit)
    health = visit.app.status.read()
    mine = next(each for each in health.accounts if (each.look.platform, each.look.account) == (platform, account))
    about = f"{platform}/{account}"
    findings = [(each.grade, said(each, visit.locale)) for each in health.findings if each.about == about]
    first = visit.today - timedelta(days=COVERED - 1)
    values = {
        "one": _row(visit, mine),
        "findings": findings,
        "jobs": [_job(visit, kind) for kind in _kinds(visit, platform, account)],
        "coverage": list(reversed(visit.app.coverage.days(platform, account, first, visit.today))),
        "backfill": visit.app.backfills.state(platform, account),
        "url_to_register": _url(visit),
        "secrets": _secrets(visit, visit.app.hub.connector(platform).info),
        "consents": Capability.AUTHORISES in visit.app.hub.connector(platform).info.capabilities,
        "consent": consent,
        "checked": None if checked is None else [(each.ok, each.said(visit.locale), each.advice(visit.locale)) for each in checked],
    }
    return Page("accounts", values)


def _row(visit: Visit, health: AccountHealth) -> dict[str, Any]:
    look = health.look
    return {
        "platform": look.platform,
        "account": look.account,
        "name": look.name,
        "grade": "off" if look.pause else health.grade,
        "pushes": look.pushes,
        "pushed_at": look.pushed_at,
        "pulled_at": look.pulled_at,
        "every": look.every,
        "behind": lasting(health.behind_s, visit.locale) if health.behind_s else "",
        "pause": look.pause,
        "failures": [(each, _reason(each.reason, visit)) for each in look.failures],
    }


def _job(visit: Visit, kind: str) -> dict[str, Any]:
    platform, account = _named(visit)
    run = visit.app.leases.state(visit.merchant, JobName(kind, platform, account))
    state = "running" if run.is_running(visit.now) else "queued" if run.is_busy(visit.now) else "idle"
    return {"kind": kind, "state": state, "run": run, "reason": _reason(run.reason, visit) if run.reason else ""}


def _reason(slug: str, visit: Visit) -> str:
    words = REASONS.get(slug)
    return words[visit.locale] if words else slug


def _url(visit: Visit) -> str | None:
    """What to register with the platform, None where it does not push."""
    platform, account = _named(visit)
    known = visit.config.account(platform, account)
    takes = takes_webhooks(visit.app.hub.connector(platform).info, known.options if known else {})
    return visit.config.webhook_url(platform, account) if takes else None


def _kinds(visit: Visit, platform: str, account: str) -> tuple[str, ...]:
    """The jobs that this account has: a platform without reviews has no pull of them."""
    known = visit.config.account(platform, account)
    kinds = () if known is None else visit.app.jobs.kinds_of(known)
    return tuple(kind for kind in kinds if not kind.startswith(HISTORY))  # a backfill is begun by command, with its span


def _secrets(visit: Visit, info: ConnectorInfo) -> list[str]:
    """The names of what may be rotated, for who may; never a value."""
    return sorted({*info.verify_secrets, *info.api_secrets}) if visit.may(Right.SECRETS) else []


def _named(visit: Visit) -> tuple[str, str]:
    platform, account = visit.params["platform"], visit.params["account"]
    if visit.config.account(platform, account) is None:
        raise Rejected("no-such-page", "no such account", status=404)
    return platform, account


def _at(visit: Visit) -> str:
    return visit.urls.at("accounts", visit.params["platform"], visit.params["account"])


_ONE = "accounts/{platform}/{account}"
ROUTES = (
    Route("GET", "accounts", Right.READ, listing, nav="accounts"),
    Route("GET", _ONE, Right.READ, one, nav="accounts"),
    Route("POST", f"{_ONE}/check", Right.OPERATE, check, nav="accounts", act="account.check"),
    Route("POST", f"{_ONE}/pull", Right.OPERATE, pull, act="account.pull"),
    Route("POST", f"{_ONE}/pause", Right.OPERATE, pause, act="account.pause"),
    Route("POST", f"{_ONE}/authorise", Right.SECRETS, authorise, nav="accounts", act="account.authorise"),
    Route("POST", f"{_ONE}/rotate", Right.SECRETS, rotate, act="account.rotate"),
)
