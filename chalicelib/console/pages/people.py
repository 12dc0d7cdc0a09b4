"""The shop's own people: who may sign in, who is signed in, and what was done. For owners.

Reads: one query for sessions; at most a thousand rows of a month of what was done, some 150 KB.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from chalicelib.console.visit import Go, Outcome, Page, Route, Visit
from chalicelib.domain.seats import Right

ROWS = 100
MONTHS = 12
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII)
_PLACE = re.compile(r"[0-9T:.+#a-f-]{20,60}", re.ASCII)


def people(visit: Visit) -> Outcome:
    """Who, and what."""
    query = visit.request.query
    months = _months(visit.today)
    month = query.get("month", "") if _MONTH.fullmatch(query.get("month", "")) else months[0]
    before = query.get("before", "") if _PLACE.fullmatch(query.get("before", "")) else ""
    actor = query.get("actor", "")[:320]
    rows, after = visit.app.audit.page(visit.merchant, month, actor=actor, before=before, limit=ROWS)
    seats = visit.config.console.people
    return Page(
        "people",
        {
            "seats": seats,
            "sessions": _sessions(visit),
            "rows": rows,
            "month": month,
            "months": months,
            "actor": actor,
            "actors": sorted({seat.address for seat in seats} | {row.actor for row in rows} | ({actor} if actor else set())),
            "next": visit.urls.at("people", month=month, actor=actor, before=after) if after else "",
            "continued": bool(before),
        },
    )


def revoke(visit: Visit) -> Outcome:
    """End a session. Again is the same; one's own is signing out."""
    visit.app.signing_in.revoke(visit.params["session"])
    return Go(visit.urls.at("people"), said="done")


def _sessions(visit: Visit) -> list[dict[str, Any]]:
    """Open ones, whoever was seen last first."""
    told = [
        {
            "name": name,
            "address": address,
            "made": session.made,
            "seen": session.seen,
            "until": session.until,
            "mine": name == visit.session,
            "revoke": visit.urls.at("people", "sessions", name, "revoke"),
        }
        for name, address, session in visit.app.signing_in.sessions()
    ]
    return sorted(told, key=lambda each: (not each["mine"], -each["seen"].timestamp(), each["name"]))


def _months(today: date) -> list[str]:
    """The months that can be chosen, the present one first; in its first hours, what was done may lie in the one before."""
    found, day = [], today
    for _ in range(MONTHS):
        found.append(f"{day:%Y-%m}")
        day = day.replace(day=1) - timedelta(days=1)
    return found


ROUTES = (
    Route("GET", "people", Right.OVERSEE, people, nav="people"),
    Route("POST", "people/sessions/{session}/revoke", Right.OVERSEE, revoke, nav="people", act="session.revoke"),
)
