"""Digests: the last days, weeks and months, what was told of them and what is known by now, and each as its readers see it.

Reads: the archive one item and one a month, or all months in one query; the page of one the same. The mail itself is made anew when
its frame, a file or a copy is asked for: it says what is known now, and what digests before it said otherwise.
"""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from chalicelib.console.visit import File, Go, Mail, Outcome, Page, Route, Visit
from chalicelib.daybook import Remembered
from chalicelib.digest_copies import DigestCopies, as_page
from chalicelib.domain import wording
from chalicelib.domain.daybook import TOLD
from chalicelib.domain.periods import KINDS, Kind, Period, ended, period_of
from chalicelib.domain.readers import ROLES
from chalicelib.domain.seats import Right
from chalicelib.domain.wording import LOCALES
from chalicelib.errors import Rejected

SHOWN = 30
# As whom somebody reads who is no reader of digests by the configuration.
READS_AS = {"owner": "owner", "marketing": "marketing", "ops": "supply", "viewer": "marketing"}
MEDIA = {"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8"}
_AT = "digests/{kind}/{day}"


def digests(visit: Visit) -> Outcome:
    """The archive of a kind, the newest first."""
    kind = _kind(visit.request.query.get("kind", "day"))
    periods = [ended(kind, visit.today)]
    while len(periods) < SHOWN:
        periods.append(periods[-1].before)
    found = visit.app.press.daybook.remembered(visit.merchant, periods)
    return Page("digests", {"kind": kind, "kinds": KINDS, "rows": [_row(visit, each) for each in found]})


def digest(visit: Visit) -> Outcome:
    """One of them, in a frame."""
    period = _period(visit)
    role, locale = _form(visit)
    (found,) = visit.app.press.daybook.remembered(visit.merchant, [period])
    at = ("digests", period.kind, period.first.isoformat())
    form = {"role": role, "language": locale}
    values: dict[str, Any] = _row(visit, found) | {
        "role": role,
        "roles": ROLES,
        "language": locale,
        "languages": LOCALES,
        "frame": visit.urls.at(*at, "mail", **form),
        "files": [(name, visit.urls.at(*at, "file", name, **form)) for name in MEDIA],
        "send_at": visit.urls.at(*at, "send"),
        "click": secrets.token_hex(8),
        "can_send": visit.may(Right.DIGEST) and visit.config.digest.sender is not None,
    }
    return Page("digest", values, frames=True)


def mail(visit: Visit) -> Outcome:
    """The mail itself."""
    role, locale = _form(visit)
    return Mail(as_page(_copies(visit).rendered(_period(visit), role=role, locale=locale)))


def file(visit: Visit) -> Outcome:
    """Its figures as a file: csv or json."""
    role, locale = _form(visit)
    form = visit.params["form"]
    if form not in MEDIA:
        raise Rejected("no-such-page", "not found", status=404)
    rendered = _copies(visit).rendered(_period(visit), role=role, locale=locale)
    found = next(each for each in rendered.files if each.name.endswith(f".{form}"))
    return File(found.name, found.content.decode(), MEDIA[form])


def send(visit: Visit) -> Outcome:
    """To the address that is signed in, and to no other."""
    period, asked = _period(visit), visit.request.field
    role, locale = _read_as(visit, asked("role"), asked("language"))
    _copies(visit).send(period, visit.seat.address, role=role, locale=locale, click=asked("click"))
    here = visit.urls.at("digests", period.kind, period.first.isoformat(), role=role, language=locale)
    return Go(here, said="sent")


def _row(visit: Visit, found: Remembered) -> dict[str, Any]:
    """A period in words; amounts by currency, the merchant's own first."""
    now = dict(found.now or {})
    home = visit.config.currency
    return {
        "period": found.period,
        "name": wording.long_period(found.period, visit.locale),
        "at_digest": visit.urls.at("digests", found.period.kind, found.period.first.isoformat()),
        "told": found.told is not None,
        "known": found.now is not None,
        "takings": [
            (currency, dict(zip(TOLD, now[currency], strict=True)))
            for currency in sorted(now, key=lambda code: (code != home, code))
        ],
        "changes": found.changes,
    }


def _form(visit: Visit) -> tuple[str, str]:
    asked = visit.request.query
    return _read_as(visit, asked.get("role", ""), asked.get("language", ""))


def _read_as(visit: Visit, role: str, locale: str) -> tuple[str, str]:
    """As asked; else as this person reads digests; else by their role here and in the page's language."""
    readers = (each for each in visit.config.digest.readers if each.channel == "email")
    mine = next((each for each in readers if each.name.lower() == visit.seat.address), None)
    usual = (mine.role, mine.locale) if mine else (READS_AS[visit.seat.role], visit.locale)
    return role if role in ROLES else usual[0], locale if locale in LOCALES else usual[1]


def _period(visit: Visit) -> Period:
    try:
        period = period_of(_kind(visit.params["kind"]), date.fromisoformat(visit.params["day"]))
    except (ValueError, OverflowError):
        raise Rejected("no-such-page", "not found", status=404) from None
    if not _copies(visit).is_over(period):
        raise Rejected("no-such-page", "the period is not over", status=404)
    return period


def _kind(told: str) -> Kind:
    found = next((kind for kind in KINDS if kind == told), None)
    if found is None:
        raise Rejected("no-such-page", "not found", status=404)
    return found


def _copies(visit: Visit) -> DigestCopies:
    return visit.app.press.copies


ROUTES = (
    Route("GET", "digests", Right.READ, digests, nav="digests"),
    Route("GET", _AT, Right.READ, digest, nav="digests"),
    Route("GET", f"{_AT}/mail", Right.READ, mail, nav="digests"),
    Route("GET", f"{_AT}/file/{{form}}", Right.READ, file, nav="digests"),
    Route("POST", f"{_AT}/send", Right.DIGEST, send, nav="digests", act="digest.send"),
)
