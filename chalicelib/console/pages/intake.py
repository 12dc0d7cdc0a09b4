"""Quarantine and dead letters: what could not be read, what it looks like, and on its way again."""

from __future__ import annotations

from chalicelib.console.visit import Go, Outcome, Page, Route, Visit
from chalicelib.domain.health_words import REASONS
from chalicelib.domain.seats import Right
from chalicelib.domain.selection import Selection
from chalicelib.errors import Permanent, Rejected
from chalicelib.quarantine import Held

PAGE = 50
AT_ONCE = 200  # of a reason; more of them go by the command, which keeps a pace and goes on where it ended
SHOWN_BYTES = 20_000


def listing(visit: Visit) -> Outcome:
    """How many by platform and reason, and a page of them, the newest day first; dead letters by queue."""
    counts = sorted(visit.app.quarantine.counts(visit.merchant).items(), key=lambda each: -each[1])
    wanted = Selection(platform=visit.request.query.get("platform") or None, reason=visit.request.query.get("reason") or None)
    page = visit.app.quarantine.page(visit.merchant, wanted, after=visit.request.query.get("after") or None, limit=PAGE)
    dead = [queue for queue in visit.app.status.read().look.queues if queue.dead]
    return Page(
        "intake",
        {
            "one": None,
            "counts": [(platform, reason, _words(visit, reason), count) for (platform, reason), count in counts],
            "held": [(each, _words(visit, each.reason)) for each in page.held],
            "after": page.after,
            "wanted": wanted,
            "dead": dead,
        },
    )


def one(visit: Visit) -> Outcome:
    """What one looks like: names, paths and kinds of values, and no value."""
    return _one(visit, None)


def reveal(visit: Visit) -> Outcome:
    """Its body as it came, once, on record."""
    held = _held(visit)
    body = visit.app.quarantine.reveal(visit.merchant, held, visit.seat.address)
    return _one(visit, body[:SHOWN_BYTES].decode("utf-8", "replace"))


def replay(visit: Visit) -> Outcome:
    """One of them on its way again."""
    visit.app.replay.quarantined(Selection(digest=_held(visit).key))
    return Go(visit.urls.at("intake"), said="queued")


def replay_all(visit: Visit) -> Outcome:
    """All of a platform's that have a reason, where these are not too many for one request."""
    platform, reason = visit.request.field("platform"), visit.request.field("reason")
    count = visit.app.quarantine.counts(visit.merchant).get((platform, reason), 0)
    if count > AT_ONCE:
        raise Rejected("too-many-at-once", "more than one request can send", status=409)
    wanted = Selection(platform=None if platform == "-" else platform, reason=reason)
    visit.app.replay.quarantined(wanted, limit=AT_ONCE)  # more may have come in since they were counted
    return Go(visit.urls.at("intake"), said="queued")


def _one(visit: Visit, body: str | None) -> Page:
    held = _held(visit)
    try:
        shown = visit.app.quarantine.show(visit.merchant, held)
    except Permanent:  # erased, or no delivery at all: there is still its reason
        shown = None
    return Page("intake", {"one": held, "why": _words(visit, held.reason), "shown": shown, "body": body})


def _held(visit: Visit) -> Held:
    try:
        return visit.app.quarantine.find(visit.merchant, visit.params["digest"])
    except Permanent:
        raise Rejected("no-such-page", "nothing of this name", status=404) from None


def _words(visit: Visit, reason: str) -> str:
    words = REASONS.get(reason)
    return words[visit.locale] if words else reason


_ONE = "intake/{digest}"
ROUTES = (
    Route("GET", "intake", Right.READ, listing, nav="intake"),
    Route("GET", _ONE, Right.READ, one, nav="intake"),
    Route("POST", f"{_ONE}/reveal", Right.REVEAL, reveal, nav="intake", act="quarantine.look"),
    Route("POST", f"{_ONE}/replay", Right.OPERATE, replay, act="quarantine.replay"),
    Route("POST", "intake/replay", Right.OPERATE, replay_all, act="quarantine.replay_all"),
)
